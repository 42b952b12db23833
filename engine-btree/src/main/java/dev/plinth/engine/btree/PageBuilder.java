package dev.plinth.engine.btree;

import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.memory.RawMemory;

/// Lays out pages anew: collects entries of a few pages and a few new ones, in key order, and
/// writes any run of them as a page with its own prefix. Keys are as pages store them: a long one
/// with the reference to its rest.
///
/// The pages it collected from must not change until it is done. Not thread-safe; its memory is the
/// writer's.
final class PageBuilder {
  private final PageLayout layout;
  private long[] pages = new long[256];
  private int[] indexes = new int[256];
  private int count;
  private boolean leaf;

  /// New entries: an entry whose "page" is below this is one of them.
  private static final int EXTRAS = 4;

  private final long[] extraKeys = new long[EXTRAS];
  private final int[] extraKeyFields = new int[EXTRAS];
  private final int[] extraFields = new int[EXTRAS];
  private final long[] extraPayloads = new long[EXTRAS];
  private int extras;

  private final long keyA;
  private final long keyB;

  /// @param scratch memory for two keys of the longest kind, each rounded up to half of it
  PageBuilder(PageLayout layout, long scratch, int scratchBytes) {
    this.layout = layout;
    this.keyA = scratch;
    this.keyB = scratch + scratchBytes / 2;
  }

  /// Forgets all entries.
  ///
  /// @param ofLeaves whether the entries are of leaves
  void begin(boolean ofLeaves) {
    count = 0;
    extras = 0;
    leaf = ofLeaves;
  }

  /// Adds entries of a page.
  void add(long page, int from, int to) {
    for (int i = from; i < to; i++) {
      add(page, i);
    }
  }

  private void add(long page, int index) {
    if (count == pages.length) {
      pages = java.util.Arrays.copyOf(pages, 2 * count);
      indexes = java.util.Arrays.copyOf(indexes, 2 * count);
    }
    pages[count] = page;
    indexes[count++] = index;
  }

  /// Adds the new entry of a leaf. Key and payload stay where they are until it is written.
  ///
  /// @param keyField how the key is stored, as [PageLayout#keyField]
  void addEntry(long key, int keyField, int valueField, long payload) {
    addExtra(key, keyField, valueField, payload);
  }

  /// Adds the new entry of an inner page; its payload is a child's number and checksum, as in a
  /// cell.
  void addChild(long key, int keyField, long childAndCrc) {
    addExtra(key, keyField, 0, childAndCrc);
  }

  private void addExtra(long key, int keyField, int valueField, long payload) {
    extraKeys[extras] = key;
    extraKeyFields[extras] = keyField;
    extraFields[extras] = valueField;
    extraPayloads[extras] = payload;
    add(extras++, 0);
  }

  private boolean isExtra(int i) {
    return pages[i] < EXTRAS;
  }

  /// How many entries were added.
  int count() {
    return count;
  }

  private int keyField(int i) {
    return isExtra(i) ? extraKeyFields[(int) pages[i]] : PageLayout.keyField(pages[i], indexes[i]);
  }

  /// Copies a stored key to an address.
  ///
  /// @return its field
  int copyKey(int i, long target) {
    if (isExtra(i)) {
      int extra = (int) pages[i];
      int field = extraKeyFields[extra];
      RawMemory.copy(extraKeys[extra], target, PageFormat.storedBytes(field));
      return field;
    }
    return layout.copyKey(pages[i], indexes[i], target);
  }

  /// The length of the prefix that the keys of a run share. The first key of an inner page does not
  /// count, since it is not stored.
  int prefixLength(int from, int to) {
    int first = leaf ? from : from + 1;
    if (to - first < 2) {
      return 0;
    }
    return sharedPrefix(first, to - 1);
  }

  private int sharedPrefix(int first, int last) {
    int a = PageFormat.localLength(copyKey(first, keyA));
    int b = PageFormat.localLength(copyKey(last, keyB));
    int shared = Keys.sharedLength(RawMemory.all(), keyA, a, RawMemory.all(), keyB, b);
    return Math.min(shared, PageFormat.prefixBytesMax(layout.pageBytes()));
  }

  /// The bytes an entry takes in slot and cell.
  int entryBytes(int i, int prefix) {
    int bytes = PageFormat.SLOT_BYTES + PageFormat.storedBytes(keyField(i)) - prefix;
    if (!leaf) {
      return bytes + PageFormat.INNER_CELL_BYTES;
    }
    return bytes + PageFormat.LEAF_CELL_BYTES + payloadLength(i);
  }

  private int payloadLength(int i) {
    return isExtra(i)
        ? PageLayout.payloadBytes(extraFields[(int) pages[i]])
        : PageLayout.payloadBytes(PageLayout.valueField(pages[i], indexes[i]));
  }

  /// The bytes of a page that holds a run, prefix and all, to compare with the capacity.
  int runBytes(int from, int to) {
    int prefix = prefixLength(from, to);
    int bytes = prefix;
    for (int i = from; i < to; i++) {
      bytes +=
          leaf || i > from
              ? entryBytes(i, prefix)
              : PageFormat.SLOT_BYTES + PageFormat.INNER_CELL_BYTES;
    }
    return bytes;
  }

  /// Where to cut the entries in two halves of about the same bytes, so that both fit.
  int middle() {
    int total = 0;
    for (int i = 0; i < count; i++) {
      total += entryBytes(i, 0);
    }
    int bytes = 0;
    int cut = 0;
    while (cut < count - 1 && bytes < total / 2) {
      bytes += entryBytes(cut++, 0);
    }
    cut = Math.max(1, cut);
    while (cut > 1 && runBytes(0, cut) > layout.capacity()) {
      cut--;
    }
    while (cut < count - 1 && runBytes(cut, count) > layout.capacity()) {
      cut++;
    }
    return cut;
  }

  /// The longest run from the front that fits, at most `bytesMax` full.
  int fill(int bytesMax) {
    int low = 1;
    int high = count;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (runBytes(0, middle) <= bytesMax) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  /// Writes the shortest key that is behind entry `i - 1` and not behind entry `i`; for inner pages
  /// the key of entry `i`, which is theirs no more.
  ///
  /// @return its field, or [PageLayout#UNDECIDED] when it depends on the rest of long keys
  int separator(int i, long target) {
    int beforeField = copyKey(i - 1, keyA);
    int behindField = copyKey(i, target);
    if (!leaf) {
      return behindField;
    }
    int before = PageFormat.localLength(beforeField);
    int behind = PageFormat.localLength(behindField);
    int shared = Keys.sharedLength(RawMemory.all(), keyA, before, RawMemory.all(), target, behind);
    boolean decided =
        shared < Math.min(before, behind) || (shared < behind && beforeField == before);
    return decided ? shared + 1 : PageLayout.UNDECIDED;
  }

  /// The length of what the last two keys share: a guess at what keys to come will share, too.
  int sharedByLastTwo() {
    return sharedPrefix(count - 2, count - 1);
  }

  /// Writes a run of entries as a page.
  ///
  /// @param page where to; not one that entries came from
  void write(long page, int from, int to, int level, long generation, long number) {
    write(page, from, to, level, generation, number, prefixLength(from, to));
  }

  /// As the other one, with a prefix that all keys of the run have.
  void write(long page, int from, int to, int level, long generation, long number, int prefix) {
    RawMemory.clear(page, layout.pageBytes());
    int heap = layout.pageBytes() - prefix;
    if (prefix > 0) {
      copyKey(to - 1, keyB);
      RawMemory.copy(keyB, page + heap, prefix);
    }
    for (int i = from; i < to; i++) {
      heap = writeEntry(page, i - from, i, prefix, heap);
    }
    RawMemory.putByte(page + PageFormat.KIND, leaf ? PageFormat.LEAF : PageFormat.INNER);
    RawMemory.putByte(page + PageFormat.LEVEL, (byte) level);
    RawMemory.putShort(page + PageFormat.COUNT, (short) (to - from));
    RawMemory.putShort(page + PageFormat.HEAP, (short) heap);
    RawMemory.putShort(page + PageFormat.PREFIX, (short) prefix);
    RawMemory.putLong(page + PageFormat.GENERATION, generation);
    RawMemory.putLong(page + PageFormat.NUMBER, number);
  }

  private int writeEntry(long page, int index, int i, int prefix, int heapBefore) {
    int field = leaf || index > 0 ? keyField(i) - prefix : 0;
    int suffix = PageFormat.storedBytes(field);
    int header = leaf ? PageFormat.LEAF_CELL_BYTES : PageFormat.INNER_CELL_BYTES;
    int payload = leaf ? payloadLength(i) : 0;
    int heap = heapBefore - header - suffix - payload;
    long cell = page + heap;
    copySuffix(i, prefix, suffix, cell + header);
    if (isExtra(i)) {
      int extra = (int) pages[i];
      if (leaf) {
        RawMemory.putShort(cell, (short) extraFields[extra]);
        RawMemory.copy(extraPayloads[extra], cell + header + suffix, payload);
      } else {
        RawMemory.copy(extraPayloads[extra], cell, header);
      }
    } else {
      long source = pages[i] + PageLayout.cell(pages[i], indexes[i]);
      RawMemory.copy(source, cell, header);
      if (leaf) {
        RawMemory.copy(PageLayout.payload(pages[i], indexes[i]), cell + header + suffix, payload);
      }
    }
    long slot = PageLayout.slot(page, index);
    int local = PageFormat.localLength(field);
    RawMemory.putInt(slot, PageLayout.headOf(RawMemory.all(), cell + header, local));
    RawMemory.putShort(slot + 4, (short) heap);
    RawMemory.putShort(slot + 6, (short) field);
    return heap;
  }

  private void copySuffix(int i, int prefix, int length, long target) {
    if (length == 0) {
      return;
    }
    if (isExtra(i)) {
      RawMemory.copy(extraKeys[(int) pages[i]] + prefix, target, length);
      return;
    }
    long page = pages[i];
    int own = PageLayout.prefixLength(page);
    long suffix = PageLayout.suffix(page, indexes[i]);
    if (prefix >= own) {
      RawMemory.copy(suffix + prefix - own, target, length);
    } else {
      RawMemory.copy(layout.prefix(page) + prefix, target, own - prefix);
      RawMemory.copy(suffix, target + own - prefix, length - own + prefix);
    }
  }
}
