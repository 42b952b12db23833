package dev.plinth.lsm.table;

import dev.plinth.kit.memory.Varint;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The block that names a table's index blocks: see [TableFormat].
final class TopIndex {
  private TopIndex() {}

  /// An index block.
  ///
  /// @param key at or behind its last key and before the first of the next
  /// @param granules its offset in granules
  /// @param bytes its bytes, without kind and checksum
  @SuppressWarnings("ArrayRecordComponent") // Never changed nor compared.
  record Partition(byte[] key, long granules, int bytes) {}

  /// The block's bytes, with room for kind and checksum.
  static MemorySegment encode(List<Partition> partitions, Arena arena) {
    long most = Varint.LONG_BYTES_MAX + TableFormat.TRAILER_BYTES;
    for (Partition partition : partitions) {
      most += 3L * Varint.LONG_BYTES_MAX + partition.key().length;
    }
    MemorySegment block = arena.allocate(most);
    long at = Varint.put(block, 0, partitions.size());
    for (Partition partition : partitions) {
      byte[] key = partition.key();
      at = Varint.put(block, at, partition.granules());
      at = Varint.put(block, at, partition.bytes());
      at = Varint.put(block, at, key.length);
      MemorySegment.copy(key, 0, block, ValueLayout.JAVA_BYTE, at, key.length);
      at += key.length;
    }
    return block.asSlice(0, at + TableFormat.TRAILER_BYTES);
  }

  /// Reads a block; null when the bytes have not its form.
  static @Nullable List<Partition> decode(MemorySegment source, long offset, int length) {
    long end = offset + length;
    long count = Varint.get(source, offset, end);
    if (count < 0) {
      return null;
    }
    long at = offset + Varint.size(count);
    List<Partition> partitions = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      long granules = Varint.get(source, at, end);
      long bytesAt = granules < 0 ? end : at + Varint.size(granules);
      long bytes = Varint.get(source, bytesAt, end);
      long keyAt = bytes < 0 ? end : bytesAt + Varint.size(bytes);
      long keyLength = Varint.get(source, keyAt, end);
      if (keyLength < 0 || bytes > Integer.MAX_VALUE) {
        return null;
      }
      at = keyAt + Varint.size(keyLength) + keyLength;
      if (at > end) {
        return null;
      }
      byte[] key = source.asSlice(at - keyLength, keyLength).toArray(ValueLayout.JAVA_BYTE);
      partitions.add(new Partition(key, granules, (int) bytes));
    }
    return at == end ? partitions : null;
  }
}
