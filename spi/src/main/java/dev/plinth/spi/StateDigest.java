package dev.plinth.spi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// A 128-bit fingerprint of live content that does not depend on engine or order: the sum, modulo
/// 2^128, of a hash over (key length, value length, key, value) of every live entry. Equal for
/// equal content on any engine, so that replicas on different engines can check one another.
///
/// Not cryptographic: it finds accidents, not attacks. The function is fixed (version 1), drawn in
/// `docs/formats/state-digest.md`.
///
/// @param high the upper 64 bits of the sum
/// @param low the lower 64 bits of the sum
/// @param entries how many entries
public record StateDigest(long high, long low, long entries) {

  /// The digest of everything a reader shows now.
  public static StateDigest of(Reader reader) {
    Sum sum = new Sum();
    try (Cursor cursor = reader.cursor(KeyRange.all())) {
      while (cursor.next()) {
        sum.add(
            cursor.keySegment(),
            cursor.keyOffset(),
            cursor.keyLength(),
            cursor.valueSegment(),
            cursor.valueOffset(),
            cursor.valueLength());
      }
    }
    return sum.digest();
  }

  /// 32 hexadecimal digits, a hyphen and the number of entries.
  @Override
  public String toString() {
    return String.format("%016x%016x-%d", high, low, entries);
  }

  /// A running sum; not thread-safe. Sums of disjoint parts may be added up.
  public static final class Sum {
    private static final ValueLayout.OfLong WORD =
        ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long LOW_SEED = 0x9e3779b97f4a7c15L;
    private static final long HIGH_SEED = 0xd1b54a32d192ed03L;
    private static final long LOW_FACTOR = 0xbf58476d1ce4e5b9L;
    private static final long HIGH_FACTOR = 0x94d049bb133111ebL;

    private long high;
    private long low;
    private long entries;
    private long laneHigh;
    private long laneLow;

    /// Adds an entry.
    public void add(
        MemorySegment key,
        long keyOffset,
        int keyLength,
        MemorySegment value,
        long valueOffset,
        int valueLength) {
      hash(key, keyOffset, keyLength, value, valueOffset, valueLength);
      plus(laneHigh, laneLow);
      entries++;
    }

    /// Takes an entry that was added out again.
    public void remove(
        MemorySegment key,
        long keyOffset,
        int keyLength,
        MemorySegment value,
        long valueOffset,
        int valueLength) {
      hash(key, keyOffset, keyLength, value, valueOffset, valueLength);
      plus(laneLow == 0 ? -laneHigh : ~laneHigh, -laneLow);
      entries--;
    }

    /// Adds the entries of another sum.
    public void add(StateDigest part) {
      plus(part.high, part.low);
      entries += part.entries;
    }

    /// The digest of what was added so far.
    public StateDigest digest() {
      return new StateDigest(high, low, entries);
    }

    private void plus(long addHigh, long addLow) {
      long sum = low + addLow;
      high += addHigh + (Long.compareUnsigned(sum, low) < 0 ? 1 : 0);
      low = sum;
    }

    private void hash(
        MemorySegment key,
        long keyOffset,
        int keyLength,
        MemorySegment value,
        long valueOffset,
        int valueLength) {
      laneLow = LOW_SEED;
      laneHigh = HIGH_SEED;
      step(((long) keyLength << 32) | valueLength);
      absorb(key, keyOffset, keyLength);
      absorb(value, valueOffset, valueLength);
      laneLow = finish(laneLow ^ laneHigh);
      laneHigh = finish(laneHigh + laneLow);
    }

    private void absorb(MemorySegment segment, long offset, int length) {
      int at = 0;
      for (; at + 8 <= length; at += 8) {
        step(segment.get(WORD, offset + at));
      }
      if (at < length) {
        long word = 0;
        for (int i = 0; at + i < length; i++) {
          word |= (segment.get(ValueLayout.JAVA_BYTE, offset + at + i) & 0xffL) << (8 * i);
        }
        step(word);
      }
    }

    private void step(long word) {
      laneLow = Long.rotateLeft((laneLow ^ word) * LOW_FACTOR, 29);
      laneHigh = Long.rotateLeft((laneHigh + word) * HIGH_FACTOR, 37) ^ laneLow;
    }

    private static long finish(long lane) {
      long mixed = (lane ^ (lane >>> 32)) * LOW_FACTOR;
      mixed = (mixed ^ (mixed >>> 29)) * HIGH_FACTOR;
      return mixed ^ (mixed >>> 32);
    }
  }
}
