package dev.plinth.engine.btree;

import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.epoch.ReadCounters;
import dev.plinth.kit.memory.RawMemory;
import dev.plinth.spi.ValueVisitor;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/// Point reads: down the tree without a lock, inside an epoch.
///
/// Pages of a frozen generation are read and shown in place. A page that the writer may change is
/// read optimistically: what was read counts only when the page's version is the same before and
/// after (Leis et al., *Optimistic lock coupling*, 2019; one page at a time suffices here, since
/// splits and merges leave the old pages as they were). Its value is copied before it is shown.
final class PointReads {
  private static final long RETRY = Long.MIN_VALUE;
  private static final long NO_FRAME = Long.MIN_VALUE + 1;
  private static final long ABSENT = -1;
  private static final int TRIES_BEFORE_LOCK = 64;

  private final TreeFile file;
  private final PageLayout layout;
  private final LongKeys keys;
  private final Epochs epochs;
  private final ValueBuffers buffers;
  private final Lock writer;
  private static final int OPERATIONS = 0;
  private static final int PAGES = 1;

  private final ReadCounters counters = new ReadCounters(2);
  private final LongAdder extents = new LongAdder();

  /// @param writer held by the writer during every change
  PointReads(TreeFile file, Epochs epochs, ValueBuffers buffers, Lock writer) {
    this.file = file;
    this.layout = file.layout();
    this.keys = file.keys();
    this.epochs = epochs;
    this.buffers = buffers;
    this.writer = writer;
  }

  /// How many reads there were; one that had to look again counts more than once.
  long operations() {
    return counters.sum(OPERATIONS);
  }

  /// How many pages and long values they looked at.
  long pages() {
    return counters.sum(PAGES) + extents.sum();
  }

  /// Where the reader starts, looked at anew for every try.
  interface Start {
    /// The tree; called inside the epoch.
    Tree.Root root();

    /// The newest generation whose pages do not change.
    long frozen();
  }

  /// Reads a value.
  ///
  /// @param visitor shown the value, or null to copy it
  /// @return for a visitor 0 when the key is present; the rest as [dev.plinth.spi.Reader#copy]
  long read(
      Start start,
      MemorySegment key,
      long offset,
      int length,
      @Nullable ValueVisitor visitor,
      @Nullable MemorySegment target,
      long targetOffset,
      long targetLength) {
    for (int tries = 0; ; tries++) {
      long token = epochs.enter();
      long result;
      try {
        result =
            descend(token, start, key, offset, length, visitor, target, targetOffset, targetLength);
      } finally {
        epochs.exit(token);
      }
      if (result == NO_FRAME) {
        file.cache().reserve();
      } else if (result != RETRY) {
        return result;
      } else if (tries > TRIES_BEFORE_LOCK) {
        awaitWriter();
      } else {
        Thread.onSpinWait();
      }
    }
  }

  /// Waits until the change in progress is done, instead of looking again and again.
  private void awaitWriter() {
    writer.lock();
    try {
      Thread.onSpinWait();
    } finally {
      writer.unlock();
    }
  }

  private long descend(
      long token,
      Start start,
      MemorySegment key,
      long offset,
      int length,
      @Nullable ValueVisitor visitor,
      @Nullable MemorySegment target,
      long targetOffset,
      long targetLength) {
    long frozen = start.frozen();
    Tree.Root root = start.root();
    long number = root.number();
    int crc = root.crc();
    int depth = 0;
    while (true) {
      long page = file.page(number, crc, PageCache.WRITER_RESERVE);
      if (page == 0) {
        return NO_FRAME;
      }
      depth++;
      boolean still = PageLayout.generation(page) <= frozen;
      long version = still ? 0 : PageCache.version(page);
      if ((version & 1) != 0) {
        return RETRY;
      }
      if (PageLayout.isLeaf(page)) {
        counters.add(token, OPERATIONS, 1);
        counters.add(token, PAGES, depth);
        int index = keys.find(page, still ? LongKeys.STILL : version, key, offset, length);
        if (index < 0) {
          return still || (index != PageLayout.TORN && PageCache.isUnchanged(page, version))
              ? ABSENT
              : RETRY;
        }
        return still
            ? showInPlace(page, index, visitor, target, targetOffset, targetLength)
            : showCopy(page, index, version, visitor, target, targetOffset, targetLength);
      }
      int slot = keys.findChild(page, still ? LongKeys.STILL : version, key, offset, length);
      if (slot == PageLayout.TORN) {
        return RETRY;
      }
      int cell = PageLayout.cell(page, slot);
      if (cell + PageFormat.INNER_CELL_BYTES > layout.pageBytes()) {
        return RETRY;
      }
      number = RawMemory.getLong(page + cell);
      crc = RawMemory.getInt(page + cell + PageFormat.CHILD_CRC);
      if (!still && !PageCache.isUnchanged(page, version)) {
        return RETRY;
      }
    }
  }

  private long showInPlace(
      long page,
      int index,
      @Nullable ValueVisitor visitor,
      @Nullable MemorySegment target,
      long targetOffset,
      long targetLength) {
    int field = PageLayout.valueField(page, index);
    long payload = PageLayout.payload(page, index);
    if ((field & PageFormat.EXTENT) != 0) {
      return showExtent(
          RawMemory.getLong(payload),
          RawMemory.getInt(payload + PageFormat.EXTENT_LENGTH),
          RawMemory.getInt(payload + PageFormat.EXTENT_CRC),
          visitor,
          target,
          targetOffset,
          targetLength);
    }
    return show(RawMemory.all(), payload, field, visitor, target, targetOffset, targetLength);
  }

  private long showCopy(
      long page,
      int index,
      long version,
      @Nullable ValueVisitor visitor,
      @Nullable MemorySegment target,
      long targetOffset,
      long targetLength) {
    int cell = PageLayout.cell(page, index);
    int suffix = PageLayout.suffixBytes(page, index);
    int at = cell + PageFormat.LEAF_CELL_BYTES + suffix;
    if (at > layout.pageBytes()) {
      return RETRY;
    }
    int field = RawMemory.getShort(page + cell) & 0xffff;
    int bytes = PageLayout.payloadBytes(field);
    if (at + bytes > layout.pageBytes()) {
      return RETRY;
    }
    if ((field & PageFormat.EXTENT) != 0) {
      long first = RawMemory.getLong(page + at);
      int length = RawMemory.getInt(page + at + PageFormat.EXTENT_LENGTH);
      int crc = RawMemory.getInt(page + at + PageFormat.EXTENT_CRC);
      return PageCache.isUnchanged(page, version)
          ? showExtent(first, length, crc, visitor, target, targetOffset, targetLength)
          : RETRY;
    }
    MemorySegment buffer = buffers.borrow(layout.pageBytes());
    try {
      RawMemory.copyOut(page + at, buffer, 0, bytes);
      return PageCache.isUnchanged(page, version)
          ? show(buffer, 0, bytes, visitor, target, targetOffset, targetLength)
          : RETRY;
    } finally {
      buffers.giveBack(buffer);
    }
  }

  private long showExtent(
      long first,
      int length,
      int crc,
      @Nullable ValueVisitor visitor,
      @Nullable MemorySegment target,
      long targetOffset,
      long targetLength) {
    extents.increment();
    if (visitor == null && length > targetLength) {
      return -2L - length;
    }
    MemorySegment buffer = buffers.borrow(length);
    try {
      file.readExtent(first, length, crc, buffer, 0);
      return show(buffer, 0, length, visitor, target, targetOffset, targetLength);
    } finally {
      buffers.giveBack(buffer);
    }
  }

  private static long show(
      MemorySegment segment,
      long at,
      int bytes,
      @Nullable ValueVisitor visitor,
      @Nullable MemorySegment target,
      long targetOffset,
      long targetLength) {
    if (visitor != null) {
      visitor.value(segment, at, bytes);
      return 0;
    }
    if (bytes > targetLength) {
      return -2L - bytes;
    }
    if (target != null) {
      MemorySegment.copy(segment, at, target, targetOffset, bytes);
    }
    return bytes;
  }
}
