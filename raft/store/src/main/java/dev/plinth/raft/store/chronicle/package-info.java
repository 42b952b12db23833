/// The entry codec on Chronicle Bytes; needs its three jars on the class path.
@NullMarked
package dev.plinth.raft.store.chronicle;

import org.jspecify.annotations.NullMarked;
