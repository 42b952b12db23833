package dev.plinth.engine.btree;

import dev.plinth.kit.memory.RawMemory;
import dev.plinth.spi.KeyRange;
import java.lang.foreign.MemorySegment;

/// Estimates how much of the file holds a range, from inner pages alone: leaves wholly or partly in
/// the range, and their share of the pages of long values.
final class RangeSize {
  private final Store store;
  private final Pin pin;

  RangeSize(Store store, Pin pin) {
    this.store = store;
    this.pin = pin;
  }

  long bytes(KeyRange range) {
    byte[] from = range.from();
    byte[] to = range.to();
    MemorySegment start = from == null ? null : MemorySegment.ofArray(from);
    MemorySegment end = to == null ? null : MemorySegment.ofArray(to);
    double share;
    try (WriterMemory memory = new WriterMemory(store.file.layout().pageBytes())) {
      share = position(memory, end, true) - position(memory, start, false);
    }
    long used = store.space.end() - store.space.firstPage();
    store.treeLock.lock();
    try {
      used -= store.space.freePages() + store.space.pendingPages();
    } finally {
      store.treeLock.unlock();
    }
    return Math.max(0, Math.round(share * Math.max(1, used) * store.file.layout().pageBytes()));
  }

  /// Where a key stands in the tree, from 0 to 1.
  private double position(
      WriterMemory memory, @org.jspecify.annotations.Nullable MemorySegment key, boolean atEnd) {
    if (key == null) {
      return atEnd ? 1 : 0;
    }
    LongKeys keys = store.file.keys();
    double position = 0;
    double width = 1;
    long token = store.epochs.enter();
    try {
      Tree.Root root = pin.root();
      long number = root.number();
      int crc = root.crc();
      long page = memory.page(0);
      while (true) {
        store.file.copy(number, crc, memory.segment(), memory.offset(page));
        int count = Math.max(1, PageLayout.count(page));
        if (PageLayout.isLeaf(page)) {
          int found = keys.find(page, LongKeys.STILL, key, 0, (int) key.byteSize());
          return position + width * (found < 0 ? ~found : found) / count;
        }
        int slot = keys.findChild(page, LongKeys.STILL, key, 0, (int) key.byteSize());
        width /= count;
        position += width * slot;
        number = PageLayout.child(page, slot);
        crc = RawMemory.getInt(page + PageLayout.cell(page, slot) + PageFormat.CHILD_CRC);
      }
    } finally {
      store.epochs.exit(token);
    }
  }
}
