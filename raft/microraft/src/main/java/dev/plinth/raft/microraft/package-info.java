/// Plinth under MicroRaft: its store, a serializer, and state machines, on the log stores and
/// engines of Plinth. [PlinthRaftStore] is where to begin.
@NullMarked
package dev.plinth.raft.microraft;

import org.jspecify.annotations.NullMarked;
