package dev.plinth.lsm.table;

import dev.plinth.kit.compress.Unpacker;
import java.lang.foreign.MemorySegment;

/// Fetches values from blob files for one reader: shows one value at a time, which stays until the
/// next one or [#release()], and as long as its file stays open. Not thread-safe.
final class BlobReader {
  /// Memory of larger values is not kept for the next one.
  private static final long KEPT_BYTES_MAX = 1 << 20;

  private final BlobReference reference = new BlobReference();
  private Unpacker unpacker = new Unpacker();
  private MemorySegment segment = MemorySegment.NULL;
  private long offset;
  private int length;
  private boolean unpacked;

  /// Fetches the value that a reference names.
  void fetch(BlobSource files, MemorySegment of, long at, int bytes) {
    reference.read(of, at, bytes);
    files.file(reference.file()).show(reference, this);
  }

  /// Lets memory go that is too large to keep.
  void release() {
    if (unpacked && unpacker.segment().byteSize() > KEPT_BYTES_MAX) {
      unpacker = new Unpacker();
    }
    unpacked = false;
  }

  /// The memory that holds the value.
  MemorySegment segment() {
    return segment;
  }

  /// Where the value starts.
  long offset() {
    return offset;
  }

  /// How long the value is.
  int length() {
    return length;
  }

  /// Unpacks compressed values.
  Unpacker unpacker() {
    unpacked = true;
    return unpacker;
  }

  /// Says where the value is.
  void set(MemorySegment memory, long start, int bytes) {
    segment = memory;
    offset = start;
    length = bytes;
  }
}
