package dev.plinth.lsm.table;

import dev.plinth.kit.memory.Varint;
import dev.plinth.kit.merge.RangeTombstone;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The block of deleted ranges: see [TableFormat].
final class RangeBlock {
  private RangeBlock() {}

  /// The block's bytes, with room for kind and checksum.
  static MemorySegment encode(List<RangeTombstone> ranges, Arena arena) {
    long most = Varint.LONG_BYTES_MAX + TableFormat.TRAILER_BYTES;
    for (RangeTombstone range : ranges) {
      most += 3L * Varint.LONG_BYTES_MAX + range.from().length + toBytes(range).length;
    }
    MemorySegment block = arena.allocate(most);
    long at = Varint.put(block, 0, ranges.size());
    for (RangeTombstone range : ranges) {
      byte[] to = toBytes(range);
      at = Varint.put(block, at, range.from().length);
      at = Varint.put(block, at, range.to() == null ? 0 : to.length + 1L);
      at = Varint.put(block, at, range.sequence());
      at = putBytes(block, at, range.from());
      at = putBytes(block, at, to);
    }
    return block.asSlice(0, at + TableFormat.TRAILER_BYTES);
  }

  /// Reads a block's ranges; null when the bytes have not their form.
  ///
  /// @param sequenceBase added to every sequence number
  static @Nullable List<RangeTombstone> decode(
      MemorySegment source, long offset, int length, long sequenceBase) {
    long end = offset + length;
    long count = Varint.get(source, offset, end);
    if (count < 0) {
      return null;
    }
    long at = offset + Varint.size(count);
    List<RangeTombstone> ranges = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      long from = Varint.get(source, at, end);
      long to = from < 0 ? -1 : Varint.get(source, at + Varint.size(from), end);
      long middle = to < 0 ? -1 : at + Varint.size(from) + Varint.size(to);
      long sequence = middle < 0 ? -1 : Varint.get(source, middle, end);
      if (sequence < 0 || from > length || to > length) {
        return null;
      }
      at = middle + Varint.size(sequence);
      long toLength = Math.max(0, to - 1);
      if (at + from + toLength > end) {
        return null;
      }
      ranges.add(
          new RangeTombstone(
              bytes(source, at, from),
              to == 0 ? null : bytes(source, at + from, toLength),
              sequence + sequenceBase));
      at += from + toLength;
    }
    return at == end ? ranges : null;
  }

  private static byte[] bytes(MemorySegment source, long offset, long length) {
    return source.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  private static byte[] toBytes(RangeTombstone range) {
    byte[] to = range.to();
    return to == null ? new byte[0] : to;
  }

  private static long putBytes(MemorySegment target, long at, byte[] bytes) {
    MemorySegment.copy(bytes, 0, target, ValueLayout.JAVA_BYTE, at, bytes.length);
    return at + bytes.length;
  }
}
