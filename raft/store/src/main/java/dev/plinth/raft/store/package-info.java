/// What a Raft library stands on, without knowing any: logs of many groups that share one physical
/// log and its syncs, and state machines on any engine.
@NullMarked
package dev.plinth.raft.store;

import org.jspecify.annotations.NullMarked;
