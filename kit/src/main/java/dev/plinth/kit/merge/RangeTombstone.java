package dev.plinth.kit.merge;

import org.jspecify.annotations.Nullable;

/// One deleted range: every entry with a key in `[from, to)` and a lower sequence number is gone.
/// The arrays must not be changed.
///
/// @param from the first key; empty for the first of all
/// @param to the first key behind the range; null when it is open
/// @param sequence of the write that deleted it
@SuppressWarnings("ArrayRecordComponent") // Never changed nor compared.
public record RangeTombstone(byte[] from, byte @Nullable [] to, long sequence) {}
