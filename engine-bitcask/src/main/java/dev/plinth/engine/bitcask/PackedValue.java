package dev.plinth.engine.bitcask;

import dev.plinth.kit.compress.Compression;
import dev.plinth.kit.compress.Unpacker;
import dev.plinth.kit.memory.Varint;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/// Unpacks the packed values of records, one at a time. Not thread-safe.
final class PackedValue {
  private final Unpacker unpacker = new Unpacker();

  /// The bytes that come of a record's packed value.
  ///
  /// @param at where the record begins in its window
  /// @param parsed the record, whose checksum is right
  static int length(DataFile file, MemorySegment memory, long at, long offset, long parsed) {
    long value = start(at, parsed);
    int raw = Varint.getInt(memory, value, value + RecordFormat.valueLength(parsed));
    if (raw < 0 || raw > EngineTraits.VALUE_BYTES_LIMIT) {
      throw new StorageException.Corrupt(
          file.path, offset, "a packed value does not begin with the bytes that come of it");
    }
    return raw;
  }

  /// Unpacks the value of a record.
  ///
  /// @return memory that has it from its beginning on, until the next call
  MemorySegment unpack(DataFile file, MemorySegment memory, long at, long offset, long parsed) {
    int raw = length(file, memory, at, offset, parsed);
    int head = Varint.size(raw);
    try {
      unpacker.unpack(
          Objects.requireNonNull(Compression.of(RecordFormat.code(parsed))),
          memory,
          start(at, parsed) + head,
          RecordFormat.valueLength(parsed) - head,
          raw);
    } catch (Unpacker.Malformed e) {
      throw new StorageException.Corrupt(file.path, offset, "a packed value: " + e.getMessage());
    }
    return unpacker.segment();
  }

  private static long start(long at, long parsed) {
    return at + RecordFormat.headerBytes(parsed) + RecordFormat.keyLength(parsed);
  }
}
