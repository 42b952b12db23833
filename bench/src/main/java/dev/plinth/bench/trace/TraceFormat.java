package dev.plinth.bench.trace;

import dev.plinth.spi.StorageException;
import java.nio.file.Path;

/// The bytes of a trace: what was done to an engine, in order, without the values.
///
/// ```
/// header   magic "PLTRACE\n" 8 | version 4 | zero 4
/// block    length 4 | crc32c of the records 4 | records, whole ones
/// record   kind 1 | by kind:
///          PUT, READ_HIT           key length v | key | value length v
///          DELETE, READ_MISS       key length v | key
///          DELETE_RANGE            from length v | from | to length v | to
///          SCAN                    key length v | key | entries v
///          BATCH                   entries v; so many PUT, DELETE, DELETE_RANGE follow
///          FLUSH                   nothing
/// ```
///
/// Numbers are little-endian; `v` is an unsigned LEB128. An empty bound of a range is open. A file
/// whose last block is torn ends before it: a trace is no store. These bytes are on disks.
public final class TraceFormat {
  /// Eight bytes: `PLTRACE` and a line feed.
  static final long MAGIC = 0x0a45434152544c50L;

  /// The version of these bytes.
  static final int VERSION = 1;

  /// Bytes before the first block.
  static final int HEADER_BYTES = 16;

  /// Bytes before the records of a block.
  static final int BLOCK_HEADER_BYTES = 8;

  /// The most bytes of records in a block.
  static final int BLOCK_BYTES_MAX = 1 << 20;

  private TraceFormat() {}

  /// What was done.
  public enum Kind {
    /// A key got a value.
    PUT,
    /// A key was removed.
    DELETE,
    /// The keys of a range were removed.
    DELETE_RANGE,
    /// A key was read and found.
    READ_HIT,
    /// A key was read and not found.
    READ_MISS,
    /// A cursor was put to the first key from one on, and moved.
    SCAN,
    /// The next entries were written as one.
    BATCH,
    /// Everything was made durable.
    FLUSH
  }

  /// The kind of a number.
  static Kind kind(int number, Path file) {
    Kind[] kinds = Kind.values();
    if (number < 0 || number >= kinds.length) {
      throw damaged(file, "it names an operation " + number + " that there is not");
    }
    return kinds[number];
  }

  static StorageException damaged(Path file, String what) {
    return new StorageException.Io(file + ": " + what + "; record the trace again", null);
  }
}
