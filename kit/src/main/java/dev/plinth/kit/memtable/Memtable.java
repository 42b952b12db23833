package dev.plinth.kit.memtable;

import dev.plinth.kit.memory.RawMemory;
import dev.plinth.kit.memory.SlabPool;
import dev.plinth.kit.merge.KeyWords;
import dev.plinth.kit.merge.RangeTombstone;
import dev.plinth.kit.merge.RangeTombstones;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A skip list (Pugh 1990) of entries in one slab of off-heap memory.
///
/// One thread at a time inserts, any number read without a lock: a node is written whole before the
/// links that lead to it are released, links are only ever replaced by links to new nodes, and
/// nothing is removed. A reader sees every entry whose insertion happened before it started, and
/// may see later ones; it tells them apart by their sequence numbers. A slab of a size given at the
/// start bounds the memory; it belongs to the memtable until [#release()]. An insertion next to the
/// one before takes constant time.
///
/// ```
/// node, at a multiple of 8 bytes from the slab's start; a link is that distance divided by 8, 0 = none
/// +-----+------------+------------------------+--------------+-----------------+-----+-------+
/// | tag | key word   | height, key length     | value length | link per level  | key | value |
/// +-----+------------+------------------------+--------------+-----------------+-----+-------+
///    8        8        4 (height in top 8 bits)      4           4 * height
/// ```
public final class Memtable {
  private static final int WORD = 8;
  private static final int KEY_LENGTH = 16;
  private static final int VALUE_LENGTH = 20;
  private static final int LINKS = 24;
  private static final int KEY_LENGTH_MASK = 0xff_ffff;
  private static final int HEIGHT_MAX = 12;
  private static final int HEAD = 64;
  private static final int FIRST_NODE = HEAD + LINKS + 4 * HEIGHT_MAX + 8;

  private final KeyWords words;
  private final SlabPool pool;
  private final SlabPool.Slab slab;
  private final MemorySegment segment;
  private final long base;
  private final long[] before = new long[HEIGHT_MAX];
  private final List<RangeTombstone> ranges = new ArrayList<>();
  private volatile int rangeCount;
  private volatile @Nullable Fragments fragments;
  private long used = FIRST_NODE;
  private long rangeBytes;
  private long entries;
  private int height = 1;
  private long random = 0x9e3779b97f4a7c15L;

  /// An empty memtable in a slab of a pool.
  public Memtable(SlabPool pool, SlabPool.Slab slab) {
    this(pool, slab, KeyWords.FIRST);
  }

  /// An empty memtable in a slab of a pool.
  ///
  /// @param words tells keys apart; best made for the keys that are going to be added
  public Memtable(SlabPool pool, SlabPool.Slab slab, KeyWords words) {
    this.words = words;
    this.pool = pool;
    this.slab = slab;
    this.segment = slab.segment().asReadOnly();
    this.base = slab.address();
    RawMemory.clear(base, FIRST_NODE);
    Arrays.fill(before, base + HEAD);
  }

  /// The bytes an entry takes at most.
  public static long entryBytesMax(int keyLength, int valueLength) {
    return LINKS + 4 * HEIGHT_MAX + (long) keyLength + valueLength + 7;
  }

  /// The smallest slab that holds entries of this many bytes in all, each counted by
  /// [#entryBytesMax].
  public static long slabBytes(long entryBytes) {
    return (FIRST_NODE + entryBytes + 63) & ~63L;
  }

  /// Whether entries of this many bytes in all, each counted by [#entryBytesMax], still fit.
  public boolean fits(long entryBytes) {
    return used + entryBytes <= slab.bytes();
  }

  /// Adds an entry; its (key, tag) must be new. It must fit.
  public void add(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength,
      long tag) {
    long word = words.of(key, keyOffset, keyLength);
    int level = randomHeight();
    findSplice(key, keyOffset, keyLength, word, tag);
    long node = base + used;
    long keyAddress = node + LINKS + 4L * level;
    used += (keyAddress - node + keyLength + valueLength + 7) & ~7L;
    assert used <= slab.bytes() : "the entry does not fit";
    RawMemory.putLong(node, tag);
    RawMemory.putLong(node + WORD, word);
    RawMemory.putInt(node + KEY_LENGTH, level << 24 | keyLength);
    RawMemory.putInt(node + VALUE_LENGTH, valueLength);
    RawMemory.copyIn(key, keyOffset, keyAddress, keyLength);
    RawMemory.copyIn(value, valueOffset, keyAddress + keyLength, valueLength);
    int link = (int) ((node - base) >>> 3);
    height = Math.max(height, level);
    for (int i = 0; i < level; i++) {
      RawMemory.putInt(node + LINKS + 4L * i, RawMemory.getInt(before[i] + LINKS + 4L * i));
    }
    for (int i = 0; i < level; i++) {
      RawMemory.putIntRelease(before[i] + LINKS + 4L * i, link);
      before[i] = node;
    }
    entries++;
  }

  /// Adds a deleted range. Called by the inserting thread.
  public void deleteRange(RangeTombstone range) {
    synchronized (ranges) {
      ranges.add(range);
    }
    byte[] to = range.to();
    rangeBytes += 64L + range.from().length + (to == null ? 0 : to.length);
    rangeCount = ranges.size();
  }

  /// The deleted ranges so far.
  public RangeTombstones tombstones() {
    int count = rangeCount;
    if (count == 0) {
      return RangeTombstones.EMPTY;
    }
    Fragments known = fragments;
    if (known != null && known.count >= count) {
      return known.tombstones;
    }
    synchronized (ranges) {
      known = new Fragments(ranges.size(), RangeTombstones.of(ranges));
      fragments = known;
      return known.tombstones;
    }
  }

  /// How many deleted ranges there are.
  public int rangeCount() {
    return rangeCount;
  }

  /// Finds the newest entry of a key at or behind a tag.
  ///
  /// @return its node, for [#tag], [#valueOffset] and [#valueLength]; 0 when there is none
  public long find(MemorySegment key, long offset, int length, long tag) {
    long node = seek(key, offset, length, tag);
    if (node != 0
        && keyLength(node) == length
        && RawMemory.compare(keyAddress(node), length, key, offset, length) == 0) {
      return node;
    }
    return 0;
  }

  /// The tag of a node.
  public long tag(long node) {
    return RawMemory.getLong(node);
  }

  /// The memory that holds keys and values.
  public MemorySegment segment() {
    return segment;
  }

  /// Where in [#segment()] a node's value starts.
  public long valueOffset(long node) {
    return keyAddress(node) + keyLength(node) - base;
  }

  /// How long a node's value is.
  public int valueLength(long node) {
    return RawMemory.getInt(node + VALUE_LENGTH);
  }

  /// Tells its keys apart.
  KeyWords words() {
    return words;
  }

  /// A cursor over its entries; those inserted meanwhile may show.
  public MemtableCursor cursor() {
    return new MemtableCursor(this);
  }

  /// How many entries it holds; exact for the inserting thread.
  public long entries() {
    return entries;
  }

  /// How many bytes are taken; exact for the inserting thread.
  public long bytesUsed() {
    return used - FIRST_NODE + rangeBytes;
  }

  /// How many bytes of off-heap memory it holds.
  public long bytesHeld() {
    return slab.bytes();
  }

  /// Whether nothing was added.
  public boolean isEmpty() {
    return entries == 0 && rangeCount == 0;
  }

  /// Gives its memory back; nobody may use it any more.
  public void release() {
    pool.release(slab);
  }

  /// The first node at or behind (key, tag), or 0.
  long seek(MemorySegment key, long offset, int length, long tag) {
    long word = words.of(key, offset, length);
    long node = base + HEAD;
    long last = 0;
    for (int level = topLevel(); level >= 0; ) {
      long next = next(node, level);
      if (next != 0 && next != last && isBefore(next, word, key, offset, length, tag)) {
        node = next;
      } else {
        last = next;
        level--;
      }
    }
    return last;
  }

  /// The last node before (key, tag), or 0.
  long seekBefore(MemorySegment key, long offset, int length, long tag) {
    long word = words.of(key, offset, length);
    long node = base + HEAD;
    long last = 0;
    for (int level = topLevel(); level >= 0; ) {
      long next = next(node, level);
      if (next != 0 && next != last && isBefore(next, word, key, offset, length, tag)) {
        node = next;
      } else {
        last = next;
        level--;
      }
    }
    return node == base + HEAD ? 0 : node;
  }

  /// The last node, or 0.
  long lastNode() {
    long node = base + HEAD;
    for (int level = topLevel(); level >= 0; ) {
      long next = next(node, level);
      if (next != 0) {
        node = next;
      } else {
        level--;
      }
    }
    return node == base + HEAD ? 0 : node;
  }

  /// The first node, or 0.
  long firstNode() {
    return next(base + HEAD, 0);
  }

  /// A copy of the first key; null when there is none.
  public byte @Nullable [] firstKey() {
    return keyOf(firstNode());
  }

  /// A copy of the last key; null when there is none.
  public byte @Nullable [] lastKey() {
    return keyOf(lastNode());
  }

  private byte @Nullable [] keyOf(long node) {
    return node == 0
        ? null
        : segment.asSlice(keyAddress(node) - base, keyLength(node)).toArray(ValueLayout.JAVA_BYTE);
  }

  /// The node behind a node, or 0.
  long nextNode(long node) {
    return next(node, 0);
  }

  long base() {
    return base;
  }

  static long keyAddress(long node) {
    return node + LINKS + 4L * (RawMemory.getInt(node + KEY_LENGTH) >>> 24);
  }

  static int keyLength(long node) {
    return RawMemory.getInt(node + KEY_LENGTH) & KEY_LENGTH_MASK;
  }

  static long word(long node) {
    return RawMemory.getLong(node + WORD);
  }

  /// Levels above the highest node are empty links of the head, so a stale height does no harm.
  private int topLevel() {
    return HEIGHT_MAX - 1;
  }

  private void findSplice(MemorySegment key, long offset, int length, long word, long tag) {
    long near = before[0];
    long behind = near == base + HEAD ? 0 : next(near, 0);
    if (near != base + HEAD
        && isBefore(near, word, key, offset, length, tag)
        && (behind == 0 || !isBefore(behind, word, key, offset, length, tag))) {
      return;
    }
    long node = base + HEAD;
    long last = 0;
    for (int i = height; i < HEIGHT_MAX; i++) {
      before[i] = node;
    }
    for (int level = height - 1; level >= 0; ) {
      long next = next(node, level);
      if (next != 0 && next != last && isBefore(next, word, key, offset, length, tag)) {
        node = next;
      } else {
        last = next;
        before[level--] = node;
      }
    }
  }

  private long next(long node, int level) {
    long link = RawMemory.getIntAcquire(node + LINKS + 4L * level) & 0xffff_ffffL;
    return link == 0 ? 0 : base + (link << 3);
  }

  private static boolean isBefore(
      long node, long word, MemorySegment key, long offset, int length, long tag) {
    long mine = RawMemory.getLong(node + WORD);
    if (mine != word) {
      return Long.compareUnsigned(mine, word) < 0;
    }
    int order = RawMemory.compare(keyAddress(node), keyLength(node), key, offset, length);
    return order != 0 ? order < 0 : RawMemory.getLong(node) > tag;
  }

  private int randomHeight() {
    random ^= random << 13;
    random ^= random >>> 7;
    random ^= random << 17;
    return Math.min(HEIGHT_MAX, 1 + Long.numberOfTrailingZeros(random | 1L << 62) / 2);
  }

  private record Fragments(int count, RangeTombstones tombstones) {}
}
