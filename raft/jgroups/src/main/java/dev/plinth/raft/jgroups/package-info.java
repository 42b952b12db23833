/// Plinth under jgroups-raft: its log and state machines, on the log stores and engines of Plinth.
/// [PlinthLog] is where to begin.
@NullMarked
package dev.plinth.raft.jgroups;

import org.jspecify.annotations.NullMarked;
