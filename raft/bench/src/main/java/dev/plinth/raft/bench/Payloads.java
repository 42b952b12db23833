package dev.plinth.raft.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/// Payloads that are slices of one buffer, which compresses to about half; the entry's index says
/// where a slice begins, so that what is read back can be checked.
final class Payloads {
  private static final int STEP = 7;

  private final MemorySegment buffer;
  private final int length;
  private final long places;

  Payloads(int length, long seed) {
    this.length = length;
    this.buffer = Arena.ofAuto().allocate(Math.max(1 << 20, 4L * length), 8);
    this.places = (buffer.byteSize() - length) / STEP;
    SplittableRandom random = new SplittableRandom(seed);
    for (long at = 0; at < buffer.byteSize(); at++) {
      buffer.set(ValueLayout.JAVA_BYTE, at, (byte) (random.nextInt(16) * (at & 1)));
    }
  }

  MemorySegment segment() {
    return buffer;
  }

  long offset(long index) {
    return index % places * STEP;
  }

  int length() {
    return length;
  }

  /// Whether bytes are the payload of an index.
  boolean matches(long index, MemorySegment segment, long offset, int bytes) {
    return bytes == length
        && MemorySegment.mismatch(
                segment, offset, offset + bytes, buffer, offset(index), offset(index) + length)
            < 0;
  }
}
