package dev.plinth.lsm.table;

import dev.plinth.kit.memory.HugeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The off-heap memory in which the filters of one table after the other are built.
///
/// Hashes take eight bytes a key, doubled as they come, and stay for the next table. What building
/// a fuse filter takes beside them, some 25 bytes a key, is taken for the building alone. For one
/// table and one thread at a time, the one that made it.
public final class FilterMemory implements AutoCloseable {
  private static final int KEYS_MIN = 1024;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final AtomicLong held;
  private @Nullable Piece keys;
  private @Nullable Piece building;
  private MemorySegment hashes = MemorySegment.NULL;
  private int capacity;
  private int count;
  private long last;

  /// Memory of no bytes yet.
  ///
  /// @param held where bytes are counted as long as they are held
  public FilterMemory(AtomicLong held) {
    this.held = held;
  }

  /// A piece of memory that is freed alone.
  private record Piece(Arena arena, MemorySegment segment) {}

  /// What the building of a fuse filter needs, filled with zeros.
  ///
  /// @param sums eight bytes a slot
  /// @param alone four bytes a slot
  /// @param counts a byte a slot
  /// @param fingerprints a byte a slot
  /// @param order eight bytes a key
  /// @param which a byte a key
  record Fuse(
      MemorySegment sums,
      MemorySegment alone,
      MemorySegment counts,
      MemorySegment fingerprints,
      MemorySegment order,
      MemorySegment which) {}

  /// How many keys were added.
  int count() {
    return count;
  }

  /// The hash of a key, by the order of adding.
  long hash(int at) {
    return hashes.getAtIndex(LONG, at);
  }

  /// The hash added last.
  long last() {
    return last;
  }

  /// Forgets the keys.
  void clear() {
    count = 0;
  }

  /// Adds the hash of a key that is not the last one added.
  void add(long hash) {
    if (count == capacity) {
      grow();
    }
    hashes.setAtIndex(LONG, count++, hash);
    last = hash;
  }

  /// Takes memory for the building of a fuse filter, anew for each attempt.
  Fuse fuse(int slots) {
    endFuse();
    long perSlot = 8L + 4 + 1 + 1;
    Piece piece = take(slots * perSlot + count * 9L);
    building = piece;
    MemorySegment all = piece.segment();
    long order = 8L * slots;
    long alone = order + 8L * count;
    long counts = alone + 4L * slots;
    long fingerprints = counts + slots;
    long which = fingerprints + slots;
    return new Fuse(
        all.asSlice(0, order),
        all.asSlice(alone, 4L * slots),
        all.asSlice(counts, slots),
        all.asSlice(fingerprints, slots),
        all.asSlice(order, 8L * count),
        all.asSlice(which, count));
  }

  /// Gives back what [#fuse] took.
  void endFuse() {
    give(building);
    building = null;
  }

  @Override
  public void close() {
    endFuse();
    give(keys);
    keys = null;
    hashes = MemorySegment.NULL;
    capacity = 0;
    count = 0;
  }

  private void grow() {
    int next = Math.max(KEYS_MIN, Math.multiplyExact(2, capacity));
    Piece larger = take(8L * next);
    MemorySegment.copy(hashes, 0, larger.segment(), 0, 8L * count);
    give(keys);
    keys = larger;
    hashes = larger.segment();
    capacity = next;
  }

  private Piece take(long bytes) {
    Arena arena = Arena.ofConfined();
    Piece piece = new Piece(arena, HugeMemory.allocate(bytes, arena));
    held.addAndGet(bytes);
    return piece;
  }

  private void give(@Nullable Piece piece) {
    if (piece != null) {
      held.addAndGet(-piece.segment().byteSize());
      piece.arena().close();
    }
  }
}
