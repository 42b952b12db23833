package dev.plinth.engine.btree;

import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.memory.RawMemory;
import java.lang.foreign.MemorySegment;

/// Reads pages in memory: where is a key, what is in a cell. The bytes are those of [PageFormat].
///
/// A page is named by its address. Threads: any; a page that is being changed may be read too, then
/// every answer is a guess that must be confirmed with the page's version ([PageCache#version]),
/// and no access leaves the page. Nothing is allocated.
final class PageLayout {
  /// The answer of a search that met bytes that cannot be: the page is being changed.
  static final int TORN = Integer.MIN_VALUE;

  /// The answer of a search that depends on the rest of a long key, which [LongKeys] knows.
  static final int UNDECIDED = Integer.MIN_VALUE + 1;

  private final int pageBytes;
  private final int countMax;

  PageLayout(int pageBytes) {
    this.pageBytes = pageBytes;
    this.countMax = (pageBytes - PageFormat.HEADER_BYTES) / PageFormat.SLOT_BYTES;
  }

  /// The bytes of a page.
  int pageBytes() {
    return pageBytes;
  }

  /// The bytes of a page that slots, cells and prefix share.
  int capacity() {
    return pageBytes - PageFormat.HEADER_BYTES;
  }

  /// More entries than fit.
  int countMax() {
    return countMax;
  }

  static boolean isLeaf(long page) {
    return RawMemory.getByte(page + PageFormat.KIND) == PageFormat.LEAF;
  }

  static int level(long page) {
    return RawMemory.getByte(page + PageFormat.LEVEL);
  }

  static int count(long page) {
    return RawMemory.getShort(page + PageFormat.COUNT) & 0xffff;
  }

  static int heap(long page) {
    return RawMemory.getShort(page + PageFormat.HEAP) & 0xffff;
  }

  static int garbage(long page) {
    return RawMemory.getShort(page + PageFormat.GARBAGE) & 0xffff;
  }

  static int prefixLength(long page) {
    return RawMemory.getShort(page + PageFormat.PREFIX) & 0xffff;
  }

  static long generation(long page) {
    return RawMemory.getLong(page + PageFormat.GENERATION);
  }

  static long number(long page) {
    return RawMemory.getLong(page + PageFormat.NUMBER);
  }

  static long slot(long page, int index) {
    return page + PageFormat.HEADER_BYTES + (long) PageFormat.SLOT_BYTES * index;
  }

  /// Where the cell of an entry begins, from the start of the page.
  static int cell(long page, int index) {
    return RawMemory.getShort(slot(page, index) + 4) & 0xffff;
  }

  /// How an entry's suffix is stored: its length in the page, or that with [PageFormat#LONG_KEY].
  static int suffixField(long page, int index) {
    return RawMemory.getShort(slot(page, index) + 6) & 0xffff;
  }

  /// How many bytes of a suffix stand in the page.
  static int suffixLength(long page, int index) {
    return PageFormat.localLength(suffixField(page, index));
  }

  /// The bytes of a suffix and, when the key is a long one, of the reference behind it.
  static int suffixBytes(long page, int index) {
    return PageFormat.storedBytes(suffixField(page, index));
  }

  static boolean isLongKey(long page, int index) {
    return (suffixField(page, index) & PageFormat.LONG_KEY) != 0;
  }

  /// The address of the reference to the rest of a long key.
  static long keyReference(long page, int index) {
    return suffix(page, index) + suffixLength(page, index);
  }

  static int cellHeaderBytes(long page) {
    return isLeaf(page) ? PageFormat.LEAF_CELL_BYTES : PageFormat.INNER_CELL_BYTES;
  }

  /// The address of a key's suffix.
  static long suffix(long page, int index) {
    return page + cell(page, index) + cellHeaderBytes(page);
  }

  long prefix(long page) {
    return page + pageBytes - prefixLength(page);
  }

  /// The length of a key, its rest included.
  static int keyLength(long page, int index) {
    int local = prefixLength(page) + suffixLength(page, index);
    return isLongKey(page, index)
        ? local + RawMemory.getInt(keyReference(page, index) + PageFormat.EXTENT_LENGTH)
        : local;
  }

  /// How a whole key is stored: its length in the page, prefix and all, or that with
  /// [PageFormat#LONG_KEY].
  static int keyField(long page, int index) {
    return prefixLength(page) + suffixField(page, index);
  }

  /// Copies a whole stored key to an address, with the reference of a long one behind it.
  ///
  /// @return its field
  int copyKey(long page, int index, long target) {
    int prefix = prefixLength(page);
    RawMemory.copy(prefix(page), target, prefix);
    RawMemory.copy(suffix(page, index), target + prefix, suffixBytes(page, index));
    return keyField(page, index);
  }

  /// The value field of a leaf's entry: a length, or one with [PageFormat#EXTENT].
  static int valueField(long page, int index) {
    return RawMemory.getShort(page + cell(page, index)) & 0xffff;
  }

  /// How many bytes follow the key in a leaf's cell.
  static int payloadBytes(int valueField) {
    return (valueField & PageFormat.EXTENT) != 0 ? PageFormat.EXTENT_REFERENCE_BYTES : valueField;
  }

  /// The address of a leaf entry's payload.
  static long payload(long page, int index) {
    return page + cell(page, index) + PageFormat.LEAF_CELL_BYTES + suffixBytes(page, index);
  }

  /// The length of a leaf entry's value, wherever it is.
  static int valueLength(long page, int index) {
    int field = valueField(page, index);
    return (field & PageFormat.EXTENT) != 0
        ? RawMemory.getInt(payload(page, index) + PageFormat.EXTENT_LENGTH)
        : field;
  }

  /// The bytes of an entry's cell.
  static int cellBytes(long page, int index) {
    return isLeaf(page)
        ? PageFormat.LEAF_CELL_BYTES
            + suffixBytes(page, index)
            + payloadBytes(valueField(page, index))
        : PageFormat.INNER_CELL_BYTES + suffixBytes(page, index);
  }

  static long child(long page, int index) {
    return RawMemory.getLong(page + cell(page, index));
  }

  static int childCrc(long page, int index) {
    return RawMemory.getInt(page + cell(page, index) + PageFormat.CHILD_CRC);
  }

  /// The bytes of slots, live cells and prefix.
  int usedBytes(long page) {
    int count = count(page);
    return PageFormat.SLOT_BYTES * count + pageBytes - heap(page) - garbage(page);
  }

  /// The bytes between the slots and the cells.
  static int gap(long page) {
    return heap(page) - PageFormat.HEADER_BYTES - PageFormat.SLOT_BYTES * count(page);
  }

  /// The first four bytes of a suffix as a number.
  static int headOf(MemorySegment key, long offset, int length) {
    return (int) (Keys.prefix(key, offset, length) >>> 32);
  }

  /// Finds a key in a leaf.
  ///
  /// @return its index, or `~index` of the first entry behind it, or [#TORN], or [#UNDECIDED]
  int find(long page, MemorySegment key, long offset, int length) {
    return search(page, 0, PageFormat.LEAF_CELL_BYTES, key, offset, length);
  }

  /// The index of the child of an inner page that holds a key, or [#TORN], or [#UNDECIDED].
  int findChild(long page, MemorySegment key, long offset, int length) {
    int index = search(page, 1, PageFormat.INNER_CELL_BYTES, key, offset, length);
    return index >= 0 || index <= UNDECIDED ? index : ~index - 1;
  }

  private int search(long page, int low, int header, MemorySegment key, long offset, int length) {
    int count = Math.min(count(page), countMax);
    int prefix = prefixLength(page);
    if (prefix > 0) {
      if (prefix > capacity()) {
        return TORN;
      }
      int common = Math.min(prefix, length);
      int order = RawMemory.compare(page + pageBytes - prefix, common, key, offset, common);
      if (order != 0 || length < prefix) {
        return order < 0 ? ~count : ~low;
      }
    }
    return searchSlots(page, low, count, header, key, offset + prefix, length - prefix);
  }

  private int searchSlots(
      long page, int from, int count, int header, MemorySegment key, long offset, int length) {
    int head = headOf(key, offset, length) + Integer.MIN_VALUE;
    int low = from;
    int high = count - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      long word = RawMemory.getLong(slot(page, middle));
      int order = Integer.compare((int) word + Integer.MIN_VALUE, head);
      if (order == 0) {
        int cell = (int) (word >>> 32) & 0xffff;
        int suffix = (int) (word >>> 48);
        if ((suffix & PageFormat.LONG_KEY) != 0) {
          return UNDECIDED;
        }
        if (cell + header + suffix > pageBytes) {
          return TORN;
        }
        order = RawMemory.compare(page + cell + header, suffix, key, offset, length);
      }
      if (order < 0) {
        low = middle + 1;
      } else if (order > 0) {
        high = middle - 1;
      } else {
        return middle;
      }
    }
    return ~low;
  }
}
