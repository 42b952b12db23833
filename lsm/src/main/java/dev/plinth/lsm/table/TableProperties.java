package dev.plinth.lsm.table;

import dev.plinth.kit.memory.Layouts;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// What a table tells about itself in its properties block: eight-byte little-endian numbers in the
/// order of the components, then each key as its length (eight bytes, -1 for none) and its bytes.
///
/// @param entries how many entries
/// @param deletes how many of them are deletes
/// @param rangeDeletes how many deleted ranges
/// @param keyBytes bytes of all keys, before prefix compression
/// @param valueBytes bytes of all values
/// @param dataBytes bytes of the data blocks, padding included
/// @param dataBlocks how many data blocks
/// @param sequenceMin the lowest sequence number of an entry or deleted range
/// @param sequenceMax the highest one
/// @param granuleShift every block starts at a multiple of 1 shifted left by this
/// @param probes how many bits a key sets in a Bloom filter
/// @param filterOffset where the filter starts
/// @param filterLines how many lines a Bloom filter has, how many slots a binary fuse filter; 0 for
///   no filter
/// @param filterSegment how many slots a segment of a binary fuse filter has; 0 for a Bloom filter
/// @param filterSeed what is mixed into hashes by a binary fuse filter
/// @param topOffset where the top index block starts
/// @param topBytes how many bytes it has, without kind and checksum
/// @param rangesOffset where the deleted ranges start
/// @param rangesBytes how many bytes they have, without kind and checksum; 0 for none
/// @param smallest the first key of an entry; null when there is none
/// @param largest the last key of an entry; null when there is none
@SuppressWarnings("ArrayRecordComponent") // Never changed nor compared.
public record TableProperties(
    long entries,
    long deletes,
    long rangeDeletes,
    long keyBytes,
    long valueBytes,
    long dataBytes,
    long dataBlocks,
    long sequenceMin,
    long sequenceMax,
    long granuleShift,
    long probes,
    long filterOffset,
    long filterLines,
    long filterSegment,
    long filterSeed,
    long topOffset,
    long topBytes,
    long rangesOffset,
    long rangesBytes,
    byte @Nullable [] smallest,
    byte @Nullable [] largest) {
  private static final int NUMBERS = 19;

  int encodedBytes() {
    return 8 * (NUMBERS + 2)
        + (smallest == null ? 0 : smallest.length)
        + (largest == null ? 0 : largest.length);
  }

  void encode(MemorySegment target, long offset) {
    long[] numbers = {
      entries,
      deletes,
      rangeDeletes,
      keyBytes,
      valueBytes,
      dataBytes,
      dataBlocks,
      sequenceMin,
      sequenceMax,
      granuleShift,
      probes,
      filterOffset,
      filterLines,
      filterSegment,
      filterSeed,
      topOffset,
      topBytes,
      rangesOffset,
      rangesBytes
    };
    long at = offset;
    for (long number : numbers) {
      target.set(Layouts.LONG, at, number);
      at += 8;
    }
    putKey(target, putKey(target, at, smallest), largest);
  }

  /// Reads properties; null when the bytes have not their form.
  static @Nullable TableProperties decode(MemorySegment source, long offset, int length) {
    if (length < 8 * (NUMBERS + 2)) {
      return null;
    }
    long[] n = new long[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) {
      n[i] = source.get(Layouts.LONG, offset + 8L * i);
    }
    long at = offset + 8L * NUMBERS;
    long end = offset + length;
    long smallestLength = source.get(Layouts.LONG, at);
    long next = at + 8 + Math.max(0, smallestLength);
    if (smallestLength > length || next + 8 > end) {
      return null;
    }
    long largestLength = source.get(Layouts.LONG, next);
    if (largestLength > length || next + 8 + Math.max(0, largestLength) != end) {
      return null;
    }
    return new TableProperties(
        n[0],
        n[1],
        n[2],
        n[3],
        n[4],
        n[5],
        n[6],
        n[7],
        n[8],
        n[9],
        n[10],
        n[11],
        n[12],
        n[13],
        n[14],
        n[15],
        n[16],
        n[17],
        n[18],
        key(source, at + 8, smallestLength),
        key(source, next + 8, largestLength));
  }

  private static byte @Nullable [] key(MemorySegment source, long offset, long length) {
    return length < 0 ? null : source.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  private static long putKey(MemorySegment target, long at, byte @Nullable [] key) {
    target.set(Layouts.LONG, at, key == null ? -1 : key.length);
    if (key == null) {
      return at + 8;
    }
    MemorySegment.copy(key, 0, target, ValueLayout.JAVA_BYTE, at + 8, key.length);
    return at + 8 + key.length;
  }
}
