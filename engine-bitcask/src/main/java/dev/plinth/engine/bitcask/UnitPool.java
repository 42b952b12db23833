package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.HugeMemory;
import dev.plinth.kit.memory.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The memory of an index: units of equal size cut from large pieces, used again and again, and
/// given back to the operating system when the pool is closed. Any thread may call it.
final class UnitPool implements AutoCloseable {
  /// Slots of a unit, a power of two.
  static final int SLOTS = 1024;

  /// The bytes of a unit: an aligned word of eight bytes and a placement of four for each slot.
  static final int UNIT_BYTES = SLOTS * 12;

  private static final int UNITS_FIRST = 4;
  private static final int UNITS_SOME = 128;
  private static final long PIECE_BYTES = 3 * HugeMemory.PAGE_BYTES;

  private final int unitBytes;

  private final Arena arena = Arena.ofShared();
  private final List<Long> pieces = new ArrayList<>();
  private long[] free = new long[UNITS_SOME];
  private int freeCount;
  private long bytesAllocated;
  private long bytesInUse;

  /// A pool of units for a [KeyIndex].
  UnitPool() {
    this(UNIT_BYTES);
  }

  /// A pool of units of a size that divides six mebibytes.
  UnitPool(int unitBytes) {
    this.unitBytes = unitBytes;
  }

  /// Takes a unit with all bytes zero.
  long acquire() {
    long unit = acquireDirty();
    RawMemory.clear(unit, unitBytes);
    return unit;
  }

  /// Takes a unit with any content.
  synchronized long acquireDirty() {
    if (freeCount == 0) {
      grow();
    }
    bytesInUse += unitBytes;
    return free[--freeCount];
  }

  /// Gives a unit back; nobody may read it any more.
  synchronized void release(long unit) {
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, free.length * 2);
    }
    free[freeCount++] = unit;
    bytesInUse -= unitBytes;
  }

  /// The bytes of units in use.
  synchronized long bytesInUse() {
    return bytesInUse;
  }

  /// The bytes taken from the operating system.
  synchronized long bytesAllocated() {
    return bytesAllocated;
  }

  @Override
  public synchronized void close() {
    if (arena.scope().isAlive()) {
      pieces.forEach(RawMemory::retract);
      arena.close();
    }
  }

  private void grow() {
    int units =
        switch (pieces.size()) {
          case 0 -> UNITS_FIRST;
          case 1, 2, 3 -> UNITS_SOME;
          default -> (int) (PIECE_BYTES / unitBytes);
        };
    long bytes = (long) units * unitBytes;
    MemorySegment piece = HugeMemory.allocate(bytes, arena);
    RawMemory.declare(piece.address(), bytes);
    pieces.add(piece.address());
    bytesAllocated += bytes;
    if (free.length < units) {
      free = Arrays.copyOf(free, units);
    }
    for (int i = units - 1; i >= 0; i--) {
      free[freeCount++] = piece.address() + (long) i * unitBytes;
    }
  }
}
