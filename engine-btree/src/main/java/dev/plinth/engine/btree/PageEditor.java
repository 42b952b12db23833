package dev.plinth.engine.btree;

import dev.plinth.kit.memory.RawMemory;

/// Changes pages in place, each change between [PageCache#beginChange] and [PageCache#endChange],
/// so that readers in the page notice. Only the tree's writer calls it, with dirty pages of the
/// present generation.
final class PageEditor {
  private PageEditor() {}

  /// Gives an entry of a leaf another value of the same payload length.
  static void overwrite(long page, int index, int valueField, long payload) {
    PageCache.beginChange(page);
    RawMemory.putShort(page + PageLayout.cell(page, index), (short) valueField);
    RawMemory.copy(payload, PageLayout.payload(page, index), PageLayout.payloadBytes(valueField));
    PageCache.endChange(page);
  }

  /// Writes a leaf's cell into the gap, where it fits, and points a slot at it.
  ///
  /// @param insert whether the slot is a new one
  /// @param suffixField how the suffix is stored, as in a slot
  static void putEntry(
      long page, int index, boolean insert, long suffix, int suffixField, int field, long payload) {
    int payloadLength = PageLayout.payloadBytes(field);
    int suffixBytes = PageFormat.storedBytes(suffixField);
    int bytes = PageFormat.LEAF_CELL_BYTES + suffixBytes + payloadLength;
    PageCache.beginChange(page);
    int heap = PageLayout.heap(page) - bytes;
    long cell = page + heap;
    RawMemory.putShort(cell, (short) field);
    RawMemory.copy(suffix, cell + PageFormat.LEAF_CELL_BYTES, suffixBytes);
    RawMemory.copy(payload, cell + PageFormat.LEAF_CELL_BYTES + suffixBytes, payloadLength);
    if (insert) {
      openSlot(page, index);
    } else {
      addGarbage(page, PageLayout.cellBytes(page, index));
    }
    putSlot(page, index, suffix, suffixField, heap);
    PageCache.endChange(page);
  }

  /// Points an inner page's entry at another child, and adds one behind it, where that fits.
  ///
  /// @param child what entry `index - 1` becomes
  /// @param added the child of the new entry
  static void putChild(long page, int index, long child, long suffix, int suffixField, long added) {
    PageCache.beginChange(page);
    int suffixBytes = PageFormat.storedBytes(suffixField);
    int heap = PageLayout.heap(page) - PageFormat.INNER_CELL_BYTES - suffixBytes;
    long cell = page + heap;
    RawMemory.putLong(cell, added);
    RawMemory.putInt(cell + PageFormat.CHILD_CRC, 0);
    RawMemory.copy(suffix, cell + PageFormat.INNER_CELL_BYTES, suffixBytes);
    openSlot(page, index);
    putSlot(page, index, suffix, suffixField, heap);
    RawMemory.putLong(page + PageLayout.cell(page, index - 1), child);
    PageCache.endChange(page);
  }

  /// Points an inner page's entry at another child.
  static void setChild(long page, int index, long child, int crc) {
    PageCache.beginChange(page);
    long cell = page + PageLayout.cell(page, index);
    RawMemory.putLong(cell, child);
    RawMemory.putInt(cell + PageFormat.CHILD_CRC, crc);
    PageCache.endChange(page);
  }

  /// Gives the rest of a long key another place.
  static void moveKey(long page, int index, long reference) {
    PageCache.beginChange(page);
    RawMemory.copy(
        reference, PageLayout.keyReference(page, index), PageFormat.EXTENT_REFERENCE_BYTES);
    PageCache.endChange(page);
  }

  /// Removes entries `from` to `to` of a leaf.
  static void removeEntries(long page, int from, int to) {
    PageCache.beginChange(page);
    for (int i = from; i < to; i++) {
      addGarbage(page, PageLayout.cellBytes(page, i));
    }
    closeSlots(page, from, to);
    PageCache.endChange(page);
  }

  /// Removes a child of an inner page.
  static void removeChild(long page, int index) {
    PageCache.beginChange(page);
    dropChild(page, index);
    PageCache.endChange(page);
  }

  /// Replaces two neighbours of an inner page by one child.
  static void mergeChildren(long page, int index, long child) {
    PageCache.beginChange(page);
    long cell = page + PageLayout.cell(page, index);
    RawMemory.putLong(cell, child);
    RawMemory.putInt(cell + PageFormat.CHILD_CRC, 0);
    dropChild(page, index + 1);
    PageCache.endChange(page);
  }

  /// Replaces all bytes of a page but its generation and number.
  static void replace(long page, long from, int pageBytes) {
    PageCache.beginChange(page);
    RawMemory.copy(from, page, PageFormat.GENERATION);
    RawMemory.copy(
        from + PageFormat.HEADER_BYTES,
        page + PageFormat.HEADER_BYTES,
        pageBytes - PageFormat.HEADER_BYTES);
    PageCache.endChange(page);
  }

  private static void dropChild(long page, int index) {
    addGarbage(page, PageLayout.cellBytes(page, index));
    closeSlots(page, index, index + 1);
    if (index == 0 && PageLayout.count(page) > 0) {
      addGarbage(page, PageLayout.suffixBytes(page, 0));
      long slot = PageLayout.slot(page, 0);
      RawMemory.putInt(slot, 0);
      RawMemory.putShort(slot + 6, (short) 0);
    }
  }

  private static void openSlot(long page, int index) {
    int count = PageLayout.count(page);
    long slot = PageLayout.slot(page, index);
    RawMemory.copy(
        slot, slot + PageFormat.SLOT_BYTES, (long) (count - index) * PageFormat.SLOT_BYTES);
    RawMemory.putShort(page + PageFormat.COUNT, (short) (count + 1));
  }

  private static void closeSlots(long page, int from, int to) {
    int count = PageLayout.count(page);
    RawMemory.copy(
        PageLayout.slot(page, to),
        PageLayout.slot(page, from),
        (long) (count - to) * PageFormat.SLOT_BYTES);
    RawMemory.putShort(page + PageFormat.COUNT, (short) (count - (to - from)));
  }

  private static void putSlot(long page, int index, long suffix, int suffixField, int heap) {
    int local = PageFormat.localLength(suffixField);
    long slot = PageLayout.slot(page, index);
    RawMemory.putInt(slot, PageLayout.headOf(RawMemory.all(), suffix, local));
    RawMemory.putShort(slot + 4, (short) heap);
    RawMemory.putShort(slot + 6, (short) suffixField);
    RawMemory.putShort(page + PageFormat.HEAP, (short) heap);
  }

  private static void addGarbage(long page, int bytes) {
    RawMemory.putShort(page + PageFormat.GARBAGE, (short) (PageLayout.garbage(page) + bytes));
  }
}
