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
/// Beside each link stands the word of the key that it leads to, so that a search reads only nodes
/// that lie before what it looks for. A link is released before its word: who reads a word and then
/// the link comes to a node whose word is not higher. Words only fall, towards zero.
///
/// ```
/// node: its address is that of word 0, a multiple of 8; a link is its distance from the slab's start
/// divided by 8, 0 = none; the word of no link is -1
/// +--------+-----+--------+--------------------+--------+-----+-----+--------------+-----+-------+-------+
/// | link i | ... | link 0 | height, key length | word 0 | ... | tag | value length | key | value | place |
/// +--------+-----+--------+--------------------+--------+-----+-----+--------------+-----+-------+-------+
///     4               4     4 (height in top 8)    8             8         4                       8 or 0
/// ```
///
/// The place says where the log has the entry, in a memtable that keeps places.
public final class Memtable {
  private static final int KEY_LENGTH = -4;
  private static final int LINKS = -8;
  private static final int WORD_BYTES = 8;
  private static final int LINK_BYTES = 4;
  private static final int VALUE_LENGTH = 8;
  private static final int KEY = 12;
  private static final int KEY_LENGTH_MASK = 0xff_ffff;
  private static final int HEIGHT_SHIFT = 24;
  private static final int HEIGHT_MAX = 12;

  /// Every so manyth node is higher than the others.
  private static final int HEIGHT_RATIO = 4;

  private static final int HEAD = 64;
  private static final int FIRST_NODE = HEAD + WORD_BYTES * HEIGHT_MAX;
  private static final long NO_WORD = -1;

  private static final int PLACE_BYTES = 8;

  private final KeyWords words;
  private final int placeBytes;
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
    this(pool, slab, words, false);
  }

  /// An empty memtable in a slab of a pool.
  ///
  /// @param words tells keys apart; best made for the keys that are going to be added
  /// @param places whether it keeps the place of each entry in the log
  public Memtable(SlabPool pool, SlabPool.Slab slab, KeyWords words, boolean places) {
    this.words = words;
    this.placeBytes = places ? PLACE_BYTES : 0;
    this.pool = pool;
    this.slab = slab;
    this.segment = slab.segment().asReadOnly();
    this.base = slab.address();
    RawMemory.clear(base, FIRST_NODE);
    for (int i = 0; i < HEIGHT_MAX; i++) {
      RawMemory.putLong(base + HEAD + (long) WORD_BYTES * i, NO_WORD);
    }
    Arrays.fill(before, base + HEAD);
  }

  /// The bytes an entry takes at most, its place included.
  public static long entryBytesMax(int keyLength, int valueLength) {
    return headBytes(HEIGHT_MAX) + bodyBytes(HEIGHT_MAX, keyLength, valueLength + PLACE_BYTES);
  }

  /// The bytes an entry takes on average.
  public static double entryBytesMean(int keyLength, int valueLength) {
    double mean = 0;
    double share = 1;
    for (int level = 1; level <= HEIGHT_MAX; level++) {
      double higher = level == HEIGHT_MAX ? 0 : share / HEIGHT_RATIO;
      mean += (share - higher) * (headBytes(level) + bodyBytes(level, keyLength, valueLength));
      share = higher;
    }
    return mean;
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
    add(key, keyOffset, keyLength, value, valueOffset, valueLength, tag, 0);
  }

  /// Adds an entry; its (key, tag) must be new. It must fit.
  ///
  /// @param place where the log has it; forgotten unless the memtable keeps places
  public void add(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength,
      long tag,
      long place) {
    long word = words.of(key, keyOffset, keyLength);
    int level = randomHeight();
    findSplice(key, keyOffset, keyLength, word, tag);
    long node = base + used + headBytes(level);
    long tagAddress = node + (long) WORD_BYTES * level;
    used += headBytes(level) + bodyBytes(level, keyLength, valueLength + placeBytes);
    assert used <= slab.bytes() : "the entry does not fit";
    RawMemory.putInt(node + KEY_LENGTH, level << HEIGHT_SHIFT | keyLength);
    RawMemory.putLong(tagAddress, tag);
    RawMemory.putInt(tagAddress + VALUE_LENGTH, valueLength);
    RawMemory.copyIn(key, keyOffset, tagAddress + KEY, keyLength);
    RawMemory.copyIn(value, valueOffset, tagAddress + KEY + keyLength, valueLength);
    if (placeBytes > 0) {
      RawMemory.putLong(tagAddress + KEY + keyLength + valueLength, place);
    }
    height = Math.max(height, level);
    link(node, level, word);
    entries++;
  }

  private void link(long node, int level, long word) {
    for (int i = 0; i < level; i++) {
      RawMemory.putInt(linkAddress(node, i), RawMemory.getInt(linkAddress(before[i], i)));
      RawMemory.putLong(wordAddress(node, i), RawMemory.getLong(wordAddress(before[i], i)));
    }
    int link = (int) ((node - base) >>> 3);
    for (int i = 0; i < level; i++) {
      RawMemory.putIntRelease(linkAddress(before[i], i), link);
      RawMemory.putLongRelease(wordAddress(before[i], i), word);
      before[i] = node;
    }
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

  /// The deleted ranges as they were added.
  public List<RangeTombstone> addedRanges() {
    synchronized (ranges) {
      return List.copyOf(ranges);
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
    return RawMemory.getLong(tagAddress(node));
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
    return RawMemory.getInt(tagAddress(node) + VALUE_LENGTH);
  }

  /// Where the log has a node's entry; 0 when the memtable keeps no places.
  public long place(long node) {
    return placeBytes == 0
        ? 0
        : RawMemory.getLong(keyAddress(node) + keyLength(node) + valueLength(node));
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

  /// Gives its memory back, to the system too; nobody may use it any more.
  public void release() {
    pool.releaseEmpty(slab);
  }

  /// The first node at or behind (key, tag), or 0.
  ///
  /// The last link may lead to a node that was inserted while its word was being read.
  long seek(MemorySegment key, long offset, int length, long tag) {
    long node = last(words.of(key, offset, length), key, offset, length, tag);
    long next = next(node, 0);
    while (next != 0 && isBefore(next, key, offset, length, tag)) {
      next = next(next, 0);
    }
    return next;
  }

  /// The last node before (key, tag), or 0.
  long seekBefore(MemorySegment key, long offset, int length, long tag) {
    long node = last(words.of(key, offset, length), key, offset, length, tag);
    return node == base + HEAD ? 0 : node;
  }

  /// The last node before (key, tag), or the head.
  private long last(long word, MemorySegment key, long offset, int length, long tag) {
    long node = base + HEAD;
    long last = 0;
    for (int level = HEIGHT_MAX - 1; level >= 0; ) {
      long its = RawMemory.getLongAcquire(wordAddress(node, level));
      int order = Long.compareUnsigned(its, word);
      if (order < 0) {
        node = next(node, level);
        continue;
      }
      if (order == 0) {
        long next = next(node, level);
        if (next != 0 && next != last && isBefore(next, key, offset, length, tag)) {
          node = next;
          continue;
        }
        last = next;
      }
      level--;
    }
    return node;
  }

  /// The last node, or 0.
  long lastNode() {
    long node = base + HEAD;
    for (int level = HEIGHT_MAX - 1; level >= 0; ) {
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
    return tagAddress(node) + KEY;
  }

  static int keyLength(long node) {
    return RawMemory.getInt(node + KEY_LENGTH) & KEY_LENGTH_MASK;
  }

  private static long tagAddress(long node) {
    return wordAddress(node, RawMemory.getInt(node + KEY_LENGTH) >>> HEIGHT_SHIFT);
  }

  private static long linkAddress(long node, int level) {
    return node + LINKS - (long) LINK_BYTES * level;
  }

  private static long wordAddress(long node, int level) {
    return node + (long) WORD_BYTES * level;
  }

  /// The bytes in front of a node's address.
  private static long headBytes(int height) {
    return (LINK_BYTES * height - KEY_LENGTH + 7) & ~7L;
  }

  /// The bytes from a node's address on.
  private static long bodyBytes(int height, int keyLength, int valueLength) {
    return (WORD_BYTES * height + KEY + (long) keyLength + valueLength + 7) & ~7L;
  }

  private void findSplice(MemorySegment key, long offset, int length, long word, long tag) {
    if (isSpliceRight(key, offset, length, word, tag)) {
      return;
    }
    long node = base + HEAD;
    long last = 0;
    for (int i = height; i < HEIGHT_MAX; i++) {
      before[i] = node;
    }
    for (int level = height - 1; level >= 0; ) {
      long its = RawMemory.getLong(wordAddress(node, level));
      int order = Long.compareUnsigned(its, word);
      if (order == 0) {
        long next = next(node, level);
        boolean goesOn = next != 0 && next != last && isBefore(next, key, offset, length, tag);
        last = goesOn ? last : next;
        order = goesOn ? -1 : 1;
      }
      if (order < 0) {
        node = next(node, level);
      } else {
        before[level--] = node;
      }
    }
  }

  /// Whether an entry belongs right behind the one that was added last.
  private boolean isSpliceRight(MemorySegment key, long offset, int length, long word, long tag) {
    long near = before[0];
    if (near == base + HEAD || !isBefore(near, key, offset, length, tag)) {
      return false;
    }
    int order = Long.compareUnsigned(RawMemory.getLong(wordAddress(near, 0)), word);
    if (order != 0) {
      return order > 0;
    }
    long behind = next(near, 0);
    return behind == 0 || !isBefore(behind, key, offset, length, tag);
  }

  private long next(long node, int level) {
    long link = RawMemory.getIntAcquire(linkAddress(node, level)) & 0xffff_ffffL;
    return link == 0 ? 0 : base + (link << 3);
  }

  private static boolean isBefore(long node, MemorySegment key, long offset, int length, long tag) {
    long tagAddress = tagAddress(node);
    int order = RawMemory.compare(tagAddress + KEY, keyLength(node), key, offset, length);
    return order != 0 ? order < 0 : RawMemory.getLong(tagAddress) > tag;
  }

  private int randomHeight() {
    random ^= random << 13;
    random ^= random >>> 7;
    random ^= random << 17;
    return Math.min(HEIGHT_MAX, 1 + Long.numberOfTrailingZeros(random | 1L << 62) / 2);
  }

  private record Fragments(int count, RangeTombstones tombstones) {}
}
