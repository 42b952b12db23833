/// Plinth under SOFAJRaft: the log, the vote and the term, and state machines, on the log stores
/// and engines of Plinth. [PlinthServiceFactory] is where to begin.
@NullMarked
package dev.plinth.raft.jraft;

import org.jspecify.annotations.NullMarked;
