/// What the Raft log makes of the store: commands, sessions, members, and the state machine that
/// keeps them on an engine.
@NullMarked
package dev.plinth.kv.state;

import org.jspecify.annotations.NullMarked;
