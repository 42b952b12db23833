package dev.plinth.raft.store;

import java.lang.foreign.MemorySegment;

/// Writes and reads what stands before an entry's payload ([RaftLogFormat] draws it). All codecs
/// give the same bytes and allocate nothing. A codec without state may be used by any thread.
public interface EntryCodec {
  /// The most bytes before a payload.
  int HEADER_BYTES_MAX = 9 + 9 + 1 + 9 + 5;

  /// A codec for one thread: on Chronicle Bytes where that library is on the class path, as it is
  /// unless it was left out, else its twin on plain segments.
  static EntryCodec standard() {
    return StandardCodec.make();
  }

  /// Writes a header; all numbers are 0 or more.
  ///
  /// @param target native memory with room for [#HEADER_BYTES_MAX]
  /// @param gap how many indexes lie between the entry and the one before it in its batch
  /// @param type 0 to [EntryTypes#MAX]
  /// @param length the bytes of the payload that follows
  /// @return the offset behind it
  long put(
      MemorySegment target, long offset, long gap, long term, int type, long timestamp, int length);

  /// Reads a header and checks that its payload lies before `end`.
  ///
  /// @param source native memory
  /// @param into takes what was read
  /// @return whether there is a well-formed entry
  boolean get(MemorySegment source, long offset, long end, EntryHeader into);
}
