package dev.plinth.raft.jraft;

import com.alipay.sofa.jraft.Closure;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A committed entry that a state machine applies.
///
/// @param index its index in the Raft log
/// @param term its term
/// @param data its bytes, to be read only, lent until the state machine's method returns
/// @param done who is told on the node where it was proposed; null elsewhere, and after a restart.
///   It is run when the changes are visible; put a result into it before
public record Command(long index, long term, ByteBuffer data, @Nullable Closure done) {}
