package dev.plinth.lsm.cache;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;

/// A part of a [BlockCache] with a lock of its own: slots of one size, a hash table from names to
/// slots, two queues of slots and a memory of names dropped lately.
final class CacheShard {
  private static final int SMALL_SHARE = 10;
  private static final int CHUNK_SLOTS = 64;
  private static final byte USES_MAX = 3;

  private final ReentrantLock lock = new ReentrantLock();
  private final int slots;
  private final int slotBytes;
  private final LongFunction<MemorySegment> memory;
  private final MemorySegment[] chunks;
  private final long[] identities;
  private final long[] offsets;
  private final int[] lengths;
  private final int[] pins;
  private final byte[] uses;
  private final int[] table;
  private final long[] dropped;
  private final SlotQueue small;
  private final SlotQueue main;
  private int used;
  private long hits;
  private long misses;

  CacheShard(int slots, int slotBytes, LongFunction<MemorySegment> memory) {
    this.slots = slots;
    this.slotBytes = slotBytes;
    this.memory = memory;
    this.chunks = new MemorySegment[slots / CHUNK_SLOTS + 1];
    this.identities = new long[slots];
    this.offsets = new long[slots];
    this.lengths = new int[slots];
    this.pins = new int[slots];
    this.uses = new byte[slots];
    int size = Integer.highestOneBit(Math.max(2, 4 * slots - 1));
    this.table = new int[size];
    Arrays.fill(table, -1);
    this.dropped = new long[Integer.highestOneBit(Math.max(1, 2 * slots - 1))];
    this.small = new SlotQueue(slots);
    this.main = new SlotQueue(slots);
  }

  int pin(long identity, long offset, long hash) {
    lock.lock();
    try {
      int slot = find(identity, offset, hash);
      if (slot < 0) {
        misses++;
        return -1;
      }
      hits++;
      pins[slot]++;
      uses[slot] = (byte) Math.min(USES_MAX, uses[slot] + 1);
      return slot;
    } finally {
      lock.unlock();
    }
  }

  int add(long identity, long offset, long hash, MemorySegment source, int length) {
    lock.lock();
    try {
      int slot = find(identity, offset, hash);
      if (slot < 0) {
        slot = free();
        if (slot < 0) {
          return -1;
        }
        identities[slot] = identity;
        offsets[slot] = offset;
        lengths[slot] = length;
        uses[slot] = 0;
        MemorySegment.copy(source, 0, segment(slot), offset(slot), length);
        insert(slot, hash);
        boolean known = dropped[(int) hash & (dropped.length - 1)] == hash;
        (known ? main : small).add(slot);
      }
      pins[slot]++;
      return slot;
    } finally {
      lock.unlock();
    }
  }

  void unpin(int slot) {
    lock.lock();
    try {
      pins[slot]--;
    } finally {
      lock.unlock();
    }
  }

  MemorySegment segment(int slot) {
    return chunks[slot / CHUNK_SLOTS];
  }

  long offset(int slot) {
    return (long) (slot % CHUNK_SLOTS) * slotBytes;
  }

  int length(int slot) {
    return lengths[slot];
  }

  long hits() {
    lock.lock();
    try {
      return hits;
    } finally {
      lock.unlock();
    }
  }

  long misses() {
    lock.lock();
    try {
      return misses;
    } finally {
      lock.unlock();
    }
  }

  /// A slot that holds nothing; -1 when all are pinned.
  private int free() {
    if (used < slots) {
      int slot = used++;
      if (slot % CHUNK_SLOTS == 0) {
        long count = Math.min(CHUNK_SLOTS, slots - slot);
        chunks[slot / CHUNK_SLOTS] = memory.apply(count * slotBytes);
      }
      return slot;
    }
    for (int tries = 2 * (USES_MAX + 1) * slots; tries > 0; tries--) {
      boolean fromSmall = small.size() > slots / SMALL_SHARE || main.size() == 0;
      int slot = (fromSmall ? small : main).poll();
      if (slot < 0) {
        return -1;
      }
      if (pins[slot] > 0) {
        main.add(slot);
      } else if (uses[slot] > 0) {
        uses[slot]--;
        main.add(slot);
      } else {
        remove(slot, fromSmall);
        return slot;
      }
    }
    return -1;
  }

  private void remove(int slot, boolean remember) {
    long hash = BlockCache.hash(identities[slot], offsets[slot]);
    if (remember) {
      dropped[(int) hash & (dropped.length - 1)] = hash;
    }
    int mask = table.length - 1;
    int at = (int) (hash >>> 20) & mask;
    while (table[at] != slot) {
      at = (at + 1) & mask;
    }
    int hole = at;
    for (int next = (hole + 1) & mask; table[next] >= 0; next = (next + 1) & mask) {
      int moved = table[next];
      int home = (int) (BlockCache.hash(identities[moved], offsets[moved]) >>> 20) & mask;
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        table[hole] = moved;
        hole = next;
      }
    }
    table[hole] = -1;
  }

  private void insert(int slot, long hash) {
    int mask = table.length - 1;
    int at = (int) (hash >>> 20) & mask;
    while (table[at] >= 0) {
      at = (at + 1) & mask;
    }
    table[at] = slot;
  }

  private int find(long identity, long offset, long hash) {
    int mask = table.length - 1;
    for (int at = (int) (hash >>> 20) & mask; table[at] >= 0; at = (at + 1) & mask) {
      int slot = table[at];
      if (identities[slot] == identity && offsets[slot] == offset) {
        return slot;
      }
    }
    return -1;
  }

  /// A queue of slots, the oldest first.
  private static final class SlotQueue {
    private final int[] ring;
    private int head;
    private int size;

    SlotQueue(int capacity) {
      this.ring = new int[Math.max(1, capacity)];
    }

    int size() {
      return size;
    }

    void add(int slot) {
      int tail = head + size;
      ring[tail >= ring.length ? tail - ring.length : tail] = slot;
      size++;
    }

    int poll() {
      if (size == 0) {
        return -1;
      }
      int slot = ring[head];
      head = head + 1 == ring.length ? 0 : head + 1;
      size--;
      return slot;
    }
  }
}
