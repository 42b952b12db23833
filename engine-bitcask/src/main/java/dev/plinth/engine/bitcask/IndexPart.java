package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.RawMemory;
import java.lang.foreign.MemorySegment;

/// A part of a [KeyIndex]: the keys whose placement begins with certain bits, in one to eight units
/// of open addressing with linear probing inside a unit.
///
/// Readers of any number and one writer at a time. A key's word stays in its slot until the key is
/// deleted; growing builds other parts and leaves this one as it was, so that a reader in it never
/// misses a key.
final class IndexPart {
  /// Slots of a unit that may be occupied before the part is built anew.
  static final int OCCUPIED_MAX = UnitPool.SLOTS * 7 / 8;

  static final int UNITS_MAX = 7;
  private static final int MASK = UnitPool.SLOTS - 1;
  private static final long PLACEMENTS = UnitPool.SLOTS * 8L;

  /// How many leading bits of the placement all keys here share.
  final int depth;

  /// Those bits.
  final int prefix;

  private final long[] units;
  private final int[] occupied;
  private int live;

  IndexPart(int depth, int prefix, int unitCount, UnitPool pool) {
    this.depth = depth;
    this.prefix = prefix;
    this.units = new long[unitCount];
    this.occupied = new int[unitCount];
    for (int i = 0; i < unitCount; i++) {
      units[i] = pool.acquire();
    }
  }

  int unitCount() {
    return units.length;
  }

  /// How many keys it holds; the writer's.
  int live() {
    return live;
  }

  /// The unit of a placement.
  int unitOf(int placement) {
    return (int) (((spread(placement) >>> 16) * (long) units.length) >>> 16);
  }

  /// The slot where the search for a placement begins.
  static int homeOf(int placement) {
    return (int) spread(placement) & MASK;
  }

  /// The next slot of a search.
  static int after(int slot) {
    return (slot + 1) & MASK;
  }

  long word(int unit, int slot) {
    return RawMemory.getLongAcquire(units[unit] + 8L * slot);
  }

  /// The placement of the key in an occupied slot; the writer's.
  int placement(int unit, int slot) {
    return RawMemory.getInt(units[unit] + PLACEMENTS + 4L * slot);
  }

  /// Whether a new key may go to a unit.
  boolean hasRoom(int unit) {
    return occupied[unit] < OCCUPIED_MAX;
  }

  /// Fills a slot that is empty or deleted.
  void fill(int unit, int slot, long word, int placement) {
    if (word(unit, slot) == Slots.EMPTY) {
      occupied[unit]++;
    }
    live++;
    RawMemory.putInt(units[unit] + PLACEMENTS + 4L * slot, placement);
    RawMemory.putLongRelease(units[unit] + 8L * slot, word);
  }

  /// Replaces the word of a key.
  void replace(int unit, int slot, long word) {
    RawMemory.putLongRelease(units[unit] + 8L * slot, word);
  }

  /// Empties the slot of a key.
  void delete(int unit, int slot) {
    live--;
    boolean chainEnds = word(unit, after(slot)) == Slots.EMPTY;
    if (chainEnds) {
      occupied[unit]--;
    }
    RawMemory.putLongRelease(units[unit] + 8L * slot, chainEnds ? Slots.EMPTY : Slots.DELETED);
  }

  /// Adds a key known to be absent, while building.
  ///
  /// @return false when its unit has no room
  boolean add(long word, int placement) {
    int unit = unitOf(placement);
    if (!hasRoom(unit)) {
      return false;
    }
    int slot = homeOf(placement);
    while (word(unit, slot) != Slots.EMPTY) {
      slot = after(slot);
    }
    fill(unit, slot, word, placement);
    return true;
  }

  /// Fills new units with what was written of a part.
  ///
  /// @param files the slot that a file has now, by the one it had
  void load(MemorySegment bytes, long offset, int[] files) {
    for (int unit = 0; unit < units.length; unit++) {
      long from = offset + (long) unit * UnitPool.UNIT_BYTES;
      long to = units[unit];
      for (int i = 0; i < UnitPool.SLOTS; i++) {
        long word = bytes.get(Layouts.LONG, from + 8L * i);
        if (Slots.isRecord(word)) {
          RawMemory.putLong(
              to + 8L * i, Slots.word(word, files[Slots.file(word)], Slots.offset(word)));
          RawMemory.putInt(
              to + PLACEMENTS + 4L * i, bytes.get(Layouts.INT, from + PLACEMENTS + 4L * i));
          live++;
          occupied[unit]++;
        } else if (word != Slots.EMPTY) {
          RawMemory.putLong(to + 8L * i, word);
          occupied[unit]++;
        }
      }
    }
  }

  /// Gives its units back; no reader may be in it any more.
  void release(UnitPool pool) {
    for (long unit : units) {
      pool.release(unit);
    }
  }

  private static long spread(int placement) {
    return Integer.toUnsignedLong(placement * 0x9e3779b1);
  }
}
