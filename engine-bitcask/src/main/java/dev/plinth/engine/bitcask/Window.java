package dev.plinth.engine.bitcask;

import java.lang.foreign.MemorySegment;

/// A stretch of a data file in memory: written bytes through a mapping, or bytes that may not be
/// written yet in the buffer where they were encoded. Records lie in one window as a whole.
///
/// @param start the offset in the file of its first byte
/// @param segment the memory; byte `i` is byte `start + i` of the file
record Window(long start, MemorySegment segment) {}
