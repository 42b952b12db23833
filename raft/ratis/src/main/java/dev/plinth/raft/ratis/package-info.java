/// Plinth under Apache Ratis: state machines on the engines of Plinth, and large values in its log
/// stores. [PlinthStateMachine] is where to begin.
@NullMarked
package dev.plinth.raft.ratis;

import org.jspecify.annotations.NullMarked;
