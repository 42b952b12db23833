package dev.plinth.bench.workload;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The bench's values: slices of one buffer that compresses to about half, as db_bench's do, so
/// that a value costs neither an allocation nor a copy. Which slice is decided by key and version.
/// May be shared by threads.
public final class Values {
  private static final int PIECE_BYTES = 100;
  private static final long STARTS = 1L << 20;

  private final MemorySegment segment;
  private final int valueBytes;
  private final long seed;

  /// Values of one size.
  public Values(int valueBytes, long seed) {
    this.valueBytes = valueBytes;
    this.seed = seed;
    this.segment = Arena.ofAuto().allocate(STARTS + valueBytes, 8);
    Dice dice = new Dice(seed, 0x76616c75L);
    long size = segment.byteSize();
    for (long at = 0; at < size; at++) {
      long within = at % PIECE_BYTES;
      byte next =
          within < PIECE_BYTES / 2
              ? (byte) dice.bits()
              : segment.get(ValueLayout.JAVA_BYTE, at - PIECE_BYTES / 2);
      segment.set(ValueLayout.JAVA_BYTE, at, next);
    }
  }

  /// The memory that holds every value.
  public MemorySegment segment() {
    return segment;
  }

  /// Bytes of a value.
  public int valueBytes() {
    return valueBytes;
  }

  /// Where in [#segment()] a value starts.
  ///
  /// @param version 0 for what the load wrote, the number of the overwriting operation otherwise
  public long offset(long index, long version) {
    return Dice.mix(seed ^ (index * 0x9e3779b97f4a7c15L) ^ (version * 0xd1b54a32d192ed03L))
        & (STARTS - 1);
  }
}
