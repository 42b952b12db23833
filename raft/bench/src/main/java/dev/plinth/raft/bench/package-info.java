/// Measures Raft logs and state machines: what `./plinth raft-bench` runs.
@NullMarked
package dev.plinth.raft.bench;

import org.jspecify.annotations.NullMarked;
