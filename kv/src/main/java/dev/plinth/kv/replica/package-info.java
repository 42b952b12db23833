/// One member of a cluster without its ports: JRaft, the log, the state machine, and the changes of
/// members.
@NullMarked
package dev.plinth.kv.replica;

import org.jspecify.annotations.NullMarked;
