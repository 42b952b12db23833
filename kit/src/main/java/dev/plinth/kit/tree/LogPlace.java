package dev.plinth.kit.tree;

import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memtable.Memtable;
import dev.plinth.kit.merge.Tag;
import dev.plinth.spi.StorageException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What stands for a value in a layer that points into the log: where the log has it, its length
/// and its checksum. Only in memory; short values stay themselves. Not thread-safe.
///
/// ```
/// +------------------+--------+----------------------------------+
/// | place of a value | length | CRC32C, the place mixed into it  |
/// +------------------+--------+----------------------------------+
///          8             4                    4
/// ```
public final class LogPlace {
  /// How many bytes it takes; values up to as many stay themselves.
  public static final int BYTES = 16;

  private static final int LENGTH = 8;
  private static final int CRC = 12;

  private final MemorySegment place = Arena.ofAuto().allocate(BYTES, 8);

  /// The length of the value.
  public static int length(MemorySegment segment, long offset) {
    return segment.get(Layouts.INT, offset + LENGTH);
  }

  /// The bytes that an entry takes at most.
  public static long entryBytesMax(int keyLength, int valueLength) {
    return Memtable.entryBytesMax(keyLength, Math.min(BYTES, valueLength));
  }

  /// Adds an entry, with the tag [Tag#BLOB] in place of [Tag#PUT] where the value stays in the log.
  ///
  /// @param position where the log has the value
  public void add(
      Layer layer,
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength,
      long tag,
      long position) {
    Memtable memtable = layer.memtable();
    if (valueLength <= BYTES) {
      memtable.add(key, keyOffset, keyLength, value, valueOffset, valueLength, tag);
      return;
    }
    place.set(Layouts.LONG, 0, position);
    place.set(Layouts.INT, LENGTH, valueLength);
    place.set(Layouts.INT, CRC, Crc32c.of(position, value, valueOffset, valueLength));
    long pointing = Tag.of(Tag.sequence(tag), Tag.BLOB);
    memtable.add(key, keyOffset, keyLength, place, 0, BYTES, pointing);
    layer.addElsewhere(valueLength);
  }

  /// Copies a value from the log and checks it.
  ///
  /// @param reference holds what stands for the value
  /// @param target has room for its length
  /// @throws StorageException.Corrupt when the log has other bytes there
  public static void read(
      LogWriter log, MemorySegment reference, long offset, MemorySegment target) {
    long position = reference.get(Layouts.LONG, offset);
    int length = length(reference, offset);
    boolean whole = log.copy(position, target, 0, length);
    int crc = reference.get(Layouts.INT, offset + CRC);
    if (!whole || Crc32c.of(position, target, 0, length) != crc) {
      throw new StorageException.Corrupt(
          log.file(position),
          position & 0xffff_ffffL,
          "the value of "
              + length
              + " bytes that was written here "
              + (whole ? "has another checksum now" : "is cut short"));
    }
  }
}
