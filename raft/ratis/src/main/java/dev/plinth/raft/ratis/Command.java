package dev.plinth.raft.ratis;

import java.nio.ByteBuffer;

/// A committed entry that a state machine applies.
///
/// @param index its index in the Raft log
/// @param term its term
/// @param data its bytes, to be read only, lent until the state machine's method returns
public record Command(long index, long term, ByteBuffer data) {}
