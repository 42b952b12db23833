package dev.plinth.lsm.table;

import dev.plinth.kit.memory.Varint;
import java.lang.foreign.MemorySegment;

/// What a table holds instead of a value that lies in a blob file, in the form of [BlobFormat].
/// Reused for reference after reference; not thread-safe.
public final class BlobReference {
  /// No reference is longer.
  public static final int BYTES_MAX = 2 * (Varint.INT_BYTES_MAX + Varint.LONG_BYTES_MAX);

  private int valueBytes;
  private long file;
  private long offset;
  private int storedBytes;

  /// Takes a reference over; its bytes are covered by a checksum that is right.
  public void read(MemorySegment segment, long start, int length) {
    long end = start + length;
    long at = start;
    valueBytes = Varint.getInt(segment, at, end);
    at += Varint.size(valueBytes);
    file = Varint.get(segment, at, end);
    at += Varint.size(file);
    offset = Varint.get(segment, at, end);
    at += Varint.size(offset);
    int stored = Varint.getInt(segment, at, end);
    storedBytes = stored == 0 ? valueBytes : stored;
  }

  /// Takes over where a value was written.
  void set(int bytes, long inFile, long at, int stored) {
    valueBytes = bytes;
    file = inFile;
    offset = at;
    storedBytes = stored;
  }

  /// Writes it at the start of a piece of memory.
  ///
  /// @return how many bytes it takes
  public int write(MemorySegment target) {
    long at = Varint.put(target, 0, valueBytes);
    at = Varint.put(target, at, file);
    at = Varint.put(target, at, offset);
    return (int) Varint.put(target, at, storedBytes == valueBytes ? 0 : storedBytes);
  }

  /// How long the value is.
  public int valueBytes() {
    return valueBytes;
  }

  /// The number of the blob file.
  public long file() {
    return file;
  }

  /// How many bytes of the blob file it keeps alive.
  public long recordBytes() {
    return BlobFormat.recordBytes(storedBytes);
  }

  /// Where the record starts.
  long offset() {
    return offset;
  }

  /// How many bytes the value takes in the file.
  int storedBytes() {
    return storedBytes;
  }

  /// The length of the value that a reference names.
  static int valueBytes(MemorySegment segment, long start, int length) {
    return Varint.getInt(segment, start, start + length);
  }
}
