/// `plinth kv`: the replicated key-value server and its client.
@NullMarked
package dev.plinth.cli.kv;

import org.jspecify.annotations.NullMarked;
