package dev.plinth.lsm.table;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// A binary fuse filter with fingerprints of eight bits (Graf and Lemire 2022): about 9 bits per
/// key and 0.4 % false positives, where a Bloom filter needs 11.5. It is built from all keys at
/// once, so it suits tables that live long. The arithmetic is on disks: version 1.
///
/// The slots form segments of a power of two; the hash of a key picks one slot in each of three
/// neighbouring segments, whose fingerprints give the key's own when they are combined by exclusive
/// or.
final class FuseFilter {
  /// More keys than this take a Bloom filter, since building takes some 25 bytes of memory for
  /// each.
  static final int KEYS_MAX = 1 << 20;

  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final int ATTEMPTS_MAX = 64;
  private static final int SEGMENT_SLOTS_MAX = 1 << 18;
  private static final long SEED_STEP = 0x9e3779b97f4a7c15L;

  private FuseFilter() {}

  /// A filter.
  ///
  /// @param fingerprints one for each slot, in the memory it was built in
  /// @param slots how many there are
  /// @param seed mixed into hashes
  /// @param segmentSlots slots of a segment
  record Built(MemorySegment fingerprints, int slots, long seed, int segmentSlots) {}

  /// Builds a filter.
  ///
  /// @param memory has the hashes of different keys
  /// @return null when it did not come out, which equal hashes cause
  static @Nullable Built build(FilterMemory memory) {
    int count = memory.count();
    int segment = segmentSlots(count);
    int slots = slots(count, segment);
    long seed = 1;
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      seed += SEED_STEP;
      Peeling peeling = new Peeling(memory.fuse(slots), slots, segment);
      if (peeling.run(memory, count, seed)) {
        return new Built(peeling.fingerprints(count), slots, seed, segment);
      }
    }
    return null;
  }

  /// The first of a key's three slots.
  static int slot0(long mixed, long slots, int segment) {
    return (int) Math.unsignedMultiplyHigh(mixed, slots - 2L * segment);
  }

  /// The second of a key's three slots.
  static int slot1(long mixed, int slot0, int segment) {
    return (slot0 + segment) ^ ((int) (mixed >>> 18) & (segment - 1));
  }

  /// The third of a key's three slots.
  static int slot2(long mixed, int slot0, int segment) {
    return (slot0 + 2 * segment) ^ ((int) mixed & (segment - 1));
  }

  /// What a key's three fingerprints must give.
  static byte fingerprint(long mixed) {
    return (byte) (mixed ^ mixed >>> 32);
  }

  /// Mixes a seed into a key's hash.
  static long mix(long hash, long seed) {
    long mixed = hash + seed;
    mixed = (mixed ^ mixed >>> 33) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ mixed >>> 33;
  }

  private static int segmentSlots(int count) {
    double exponent = Math.log(Math.max(2, count)) / Math.log(3.33) + 2.25;
    return Math.min(SEGMENT_SLOTS_MAX, 1 << (int) exponent);
  }

  private static int slots(int count, int segment) {
    double factor = Math.max(1.125, 0.875 + 0.25 * Math.log(1e6) / Math.log(Math.max(2, count)));
    long capacity = Math.round(count * factor);
    return Math.toIntExact(Math.max(3, (capacity + segment - 1) / segment) * segment);
  }

  /// Takes keys off one by one, each while one of its slots is its own, so that the fingerprints
  /// can be set in the opposite order.
  private static final class Peeling {
    private final int segment;
    private final int slots;
    private final MemorySegment counts;
    private final MemorySegment sums;
    private final MemorySegment order;
    private final MemorySegment which;
    private final MemorySegment alone;
    private final MemorySegment fingerprints;
    private final int[] at = new int[3];

    Peeling(FilterMemory.Fuse memory, int slots, int segment) {
      this.slots = slots;
      this.segment = segment;
      this.counts = memory.counts();
      this.sums = memory.sums();
      this.order = memory.order();
      this.which = memory.which();
      this.alone = memory.alone();
      this.fingerprints = memory.fingerprints();
    }

    boolean run(FilterMemory keys, int count, long seed) {
      for (int i = 0; i < count; i++) {
        long mixed = mix(keys.hash(i), seed);
        locate(mixed);
        for (int j = 0; j < 3; j++) {
          int more = count(at[j]) + 4;
          if (more > 0xff) {
            return false;
          }
          take(at[j], more ^ j, mixed);
        }
      }
      return peel(count);
    }

    private int count(int slot) {
      return counts.get(BYTE, slot) & 0xff;
    }

    private void take(int slot, int count, long mixed) {
      counts.set(BYTE, slot, (byte) count);
      sums.setAtIndex(LONG, slot, sums.getAtIndex(LONG, slot) ^ mixed);
    }

    private boolean peel(int count) {
      int waiting = 0;
      for (int i = 0; i < slots; i++) {
        if (count(i) >>> 2 == 1) {
          alone.setAtIndex(INT, waiting++, i);
        }
      }
      int taken = 0;
      while (waiting > 0) {
        int slot = alone.getAtIndex(INT, --waiting);
        if (count(slot) >>> 2 != 1) {
          continue;
        }
        long mixed = sums.getAtIndex(LONG, slot);
        int own = count(slot) & 3;
        order.setAtIndex(LONG, taken, mixed);
        which.set(BYTE, taken++, (byte) own);
        locate(mixed);
        for (int j = 0; j < 3; j++) {
          int left = count(at[j]) - 4;
          take(at[j], left ^ j, mixed);
          if (j != own && left >>> 2 == 1) {
            alone.setAtIndex(INT, waiting++, at[j]);
          }
        }
      }
      return taken == count;
    }

    MemorySegment fingerprints(int count) {
      for (int i = count - 1; i >= 0; i--) {
        long mixed = order.getAtIndex(LONG, i);
        locate(mixed);
        int own = at[which.get(BYTE, i)];
        int sum = fingerprint(mixed);
        for (int slot : at) {
          sum ^= slot == own ? 0 : fingerprints.get(BYTE, slot);
        }
        fingerprints.set(BYTE, own, (byte) sum);
      }
      return fingerprints;
    }

    private void locate(long mixed) {
      at[0] = slot0(mixed, slots, segment);
      at[1] = slot1(mixed, at[0], segment);
      at[2] = slot2(mixed, at[0], segment);
    }
  }
}
