/// A node with its ports, and several of them in one process.
@NullMarked
package dev.plinth.kv.server;

import org.jspecify.annotations.NullMarked;
