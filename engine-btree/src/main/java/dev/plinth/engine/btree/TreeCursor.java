package dev.plinth.engine.btree;

import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.memory.RawMemory;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A cursor over a frozen tree. It copies one leaf after the other into memory of its own, so that
/// it holds no epoch and no frame while it rests, and keeps the path of page numbers above it.
///
/// One thread at a time; [#close()] by any thread waits for a move in progress.
final class TreeCursor implements Cursor {
  private static final long NO_FRAME = 0;

  private final TreeFile file;
  private final PageLayout layout;
  private final Epochs epochs;
  private final ValueBuffers buffers;
  private final LongKeys keys;
  private final Pin pin;
  private final Runnable release;
  private final ReentrantLock moving = new ReentrantLock();

  private final @Nullable MemorySegment from;
  private final @Nullable MemorySegment to;
  private final boolean empty;

  private final MemorySegment memory;
  private final MemorySegment readOnly;
  private final long leaf;
  private final long keyAddress;
  private final MemorySegment keySegment;
  private int prefixLength;

  private final long[] numbers = new long[WriterMemory.LEVELS_MAX];
  private final int[] crcs = new int[WriterMemory.LEVELS_MAX];
  private final int[] slots = new int[WriterMemory.LEVELS_MAX];
  private int depth;

  /// Whether the lowest page of the path is known to be a leaf.
  private boolean atLeaf;

  /// Where the key is that the last descent looked for, as [PageLayout#find] says it.
  private int found;

  private int index;
  private int low;
  private int high;
  private boolean valid;
  private volatile boolean closed;

  private int keyLength;
  private long valueAddress;
  private int valueLength;
  private @Nullable MemorySegment extent;

  /// Room for long keys, made when the first one is shown.
  private @Nullable MemorySegment longKey;

  private boolean isLong;
  private boolean isKeyRead;

  TreeCursor(
      TreeFile file,
      Epochs epochs,
      ValueBuffers buffers,
      Pin pin,
      KeyRange range,
      Runnable release) {
    this.file = file;
    this.layout = file.layout();
    this.epochs = epochs;
    this.buffers = buffers;
    this.keys = file.keys();
    this.pin = pin;
    this.release = release;
    byte[] start = range.from();
    byte[] end = range.to();
    this.from = start == null ? null : MemorySegment.ofArray(start);
    this.to = end == null ? null : MemorySegment.ofArray(end);
    this.empty = range.isEmpty();
    this.memory = Arena.ofAuto().allocate(2L * layout.pageBytes(), 64);
    RawMemory.declare(memory.address(), memory.byteSize());
    this.readOnly = memory.asReadOnly();
    this.leaf = memory.address();
    this.keyAddress = leaf + layout.pageBytes();
    this.keySegment = memory.asSlice(layout.pageBytes()).asReadOnly();
  }

  @Override
  public boolean first() {
    begin();
    try {
      return seekFirst();
    } finally {
      moving.unlock();
    }
  }

  @Override
  public boolean last() {
    begin();
    try {
      return seekLast();
    } finally {
      moving.unlock();
    }
  }

  @Override
  public boolean seek(MemorySegment key, long offset, int length) {
    begin();
    try {
      if (empty) {
        return false;
      }
      return (from != null && RawOrder.compare(key, offset, length, from) < 0)
          ? seekTo(from, 0, from.byteSize())
          : seekTo(key, offset, length);
    } finally {
      moving.unlock();
    }
  }

  @Override
  public boolean seekAtOrBefore(MemorySegment key, long offset, int length) {
    begin();
    try {
      if (empty) {
        return false;
      }
      return (to != null && RawOrder.compare(key, offset, length, to) >= 0)
          ? seekBefore(to, 0, to.byteSize(), false)
          : seekBefore(key, offset, length, true);
    } finally {
      moving.unlock();
    }
  }

  @Override
  public boolean next() {
    moving.lock();
    try {
      requireOpen();
      if (!valid) {
        return seekFirst();
      }
      dropExtent();
      if (++index < high) {
        return show();
      }
      valid = false;
      return stepLeaf(1) && show();
    } finally {
      moving.unlock();
    }
  }

  @Override
  public boolean previous() {
    moving.lock();
    try {
      requireOpen();
      if (!valid) {
        return seekLast();
      }
      dropExtent();
      if (--index >= low) {
        return show();
      }
      valid = false;
      return stepLeaf(-1) && show();
    } finally {
      moving.unlock();
    }
  }

  @Override
  public boolean isValid() {
    requireOpen();
    return valid;
  }

  @Override
  public MemorySegment keySegment() {
    requireValid();
    return isLong ? readKey() : keySegment;
  }

  @Override
  public long keyOffset() {
    requireValid();
    return 0;
  }

  @Override
  public int keyLength() {
    requireValid();
    return keyLength;
  }

  @Override
  public MemorySegment valueSegment() {
    requireValid();
    if (valueAddress != 0) {
      return readOnly;
    }
    return readExtent();
  }

  @Override
  public long valueOffset() {
    requireValid();
    return valueAddress == 0 ? 0 : valueAddress - leaf;
  }

  @Override
  public int valueLength() {
    requireValid();
    return valueLength;
  }

  @Override
  public void close() {
    moving.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      valid = false;
      dropExtent();
      RawMemory.retract(memory.address());
    } finally {
      moving.unlock();
    }
    release.run();
  }

  private void begin() {
    moving.lock();
    if (closed) {
      moving.unlock();
      throw new StorageException.Closed("the cursor was closed");
    }
    valid = false;
    dropExtent();
  }

  private void requireOpen() {
    if (closed) {
      throw new StorageException.Closed("the cursor was closed");
    }
  }

  private void requireValid() {
    requireOpen();
    if (!valid) {
      throw new IllegalStateException("the cursor stands on no entry");
    }
  }

  private void dropExtent() {
    MemorySegment buffer = extent;
    if (buffer != null) {
      extent = null;
      buffers.giveBack(buffer);
    }
  }

  /// The long key of the present entry, read when it is asked for.
  private MemorySegment readKey() {
    MemorySegment room = longKey;
    if (room == null) {
      room = Arena.ofAuto().allocate(EngineTraits.KEY_BYTES_LIMIT, 64);
      longKey = room;
    }
    if (!isKeyRead) {
      long token = epochs.enter();
      try {
        pin.root();
        keys.read(leaf, index, room, 0);
        isKeyRead = true;
      } finally {
        epochs.exit(token);
      }
    }
    return room.asReadOnly();
  }

  /// The long value of the present entry, read when it is asked for.
  private MemorySegment readExtent() {
    MemorySegment present = extent;
    if (present != null) {
      return present;
    }
    long reference = PageLayout.payload(leaf, index);
    MemorySegment buffer = buffers.borrow(valueLength);
    boolean good = false;
    long token = epochs.enter();
    try {
      pin.root();
      file.readExtent(
          RawMemory.getLong(reference),
          valueLength,
          RawMemory.getInt(reference + PageFormat.EXTENT_CRC),
          buffer,
          0);
      good = true;
    } finally {
      epochs.exit(token);
      if (!good) {
        buffers.giveBack(buffer);
      }
    }
    extent = buffer;
    return buffer;
  }

  private boolean seekFirst() {
    if (empty) {
      return false;
    }
    return from == null ? seekEdge(false) : seekTo(from, 0, from.byteSize());
  }

  private boolean seekLast() {
    if (empty) {
      return false;
    }
    return to == null ? seekEdge(true) : seekBefore(to, 0, to.byteSize(), false);
  }

  private boolean seekEdge(boolean atEnd) {
    descend(null, 0, 0, atEnd);
    index = atEnd ? high - 1 : low;
    return land(atEnd);
  }

  private boolean seekTo(MemorySegment key, long offset, long length) {
    descend(key, offset, (int) length, false);
    index = Math.max(low, found < 0 ? ~found : found);
    return land(false);
  }

  private boolean seekBefore(MemorySegment key, long offset, long length, boolean inclusive) {
    descend(key, offset, (int) length, false);
    index = Math.min(high - 1, found < 0 ? ~found - 1 : inclusive ? found : found - 1);
    return land(true);
  }

  /// Shows the entry at the index, or the nearest one in a direction.
  private boolean land(boolean backward) {
    if (index >= low && index < high) {
      return show();
    }
    if (backward ? index >= high : index < low) {
      return false;
    }
    return stepLeaf(backward ? -1 : 1) && show();
  }

  private boolean show() {
    int suffix = PageLayout.suffixField(leaf, index);
    isLong = (suffix & PageFormat.LONG_KEY) != 0;
    if (isLong) {
      isKeyRead = false;
      keyLength = PageLayout.keyLength(leaf, index);
    } else {
      RawMemory.copy(PageLayout.suffix(leaf, index), keyAddress + prefixLength, suffix);
      keyLength = prefixLength + suffix;
    }
    int field = PageLayout.valueField(leaf, index);
    long payload = PageLayout.payload(leaf, index);
    if ((field & PageFormat.EXTENT) == 0) {
      valueAddress = payload;
      valueLength = field;
    } else {
      valueAddress = 0;
      valueLength = RawMemory.getInt(payload + PageFormat.EXTENT_LENGTH);
    }
    valid = true;
    return true;
  }

  /// Goes down to the leaf of a key, or to the first or last leaf when the key is null.
  private void descend(@Nullable MemorySegment key, long offset, int length, boolean atEnd) {
    while (true) {
      long token = epochs.enter();
      try {
        Tree.Root root = pin.root();
        numbers[0] = root.number();
        crcs[0] = root.crc();
        depth = 1;
        atLeaf = false;
        if (descendFrom(key, offset, length, atEnd)) {
          return;
        }
      } finally {
        epochs.exit(token);
      }
      file.cache().reserve();
    }
  }

  /// Goes down from the lowest page of the path. Inside an epoch.
  ///
  /// @return false when there is no frame to read a page into
  private boolean descendFrom(@Nullable MemorySegment key, long offset, int length, boolean atEnd) {
    while (true) {
      long page = file.page(numbers[depth - 1], crcs[depth - 1], PageCache.WRITER_RESERVE);
      if (page == NO_FRAME) {
        return false;
      }
      if (PageLayout.isLeaf(page)) {
        RawMemory.copy(page, leaf, layout.pageBytes());
        enterLeaf();
        if (key != null) {
          found = find(key, offset, length);
        }
        return true;
      }
      int slot =
          key == null
              ? (atEnd ? PageLayout.count(page) - 1 : 0)
              : keys.findChild(page, LongKeys.STILL, key, offset, length);
      push(page, slot);
    }
  }

  /// Takes the leaf at the end of the path. It gets a frame while the cache has memory that nobody
  /// needed so far; after that a long scan leaves the cache as it is.
  private void copyLeaf() {
    long number = numbers[depth - 1];
    int crc = crcs[depth - 1];
    long page =
        file.cache().isHalfEmpty() ? file.page(number, crc, PageCache.WRITER_RESERVE) : NO_FRAME;
    if (page != NO_FRAME) {
      RawMemory.copy(page, leaf, layout.pageBytes());
    } else {
      file.copy(number, crc, memory, 0);
    }
    enterLeaf();
  }

  private void push(long page, int slot) {
    slots[depth - 1] = slot;
    numbers[depth] = PageLayout.child(page, slot);
    crcs[depth] = PageLayout.childCrc(page, slot);
    atLeaf = PageLayout.level(page) == 1;
    depth++;
  }

  /// Prepares a leaf that was copied: its prefix, and which of its entries are in the range.
  private void enterLeaf() {
    prefixLength = PageLayout.prefixLength(leaf);
    RawMemory.copy(layout.prefix(leaf), keyAddress, prefixLength);
    low = 0;
    high = PageLayout.count(leaf);
    if (from != null) {
      int first = find(from, 0, (int) from.byteSize());
      low = first < 0 ? ~first : first;
    }
    if (to != null) {
      int behind = find(to, 0, (int) to.byteSize());
      high = behind < 0 ? ~behind : behind;
    }
  }

  private int find(MemorySegment key, long offset, int length) {
    return keys.find(leaf, LongKeys.STILL, key, offset, length);
  }

  /// Goes to the next leaf in a direction that has an entry in the range; the index stands on it.
  private boolean stepLeaf(int direction) {
    while (true) {
      if (direction > 0 ? high < PageLayout.count(leaf) : low > 0) {
        return false;
      }
      if (!moveLeaf(direction)) {
        return false;
      }
      if (low < high) {
        index = direction > 0 ? low : high - 1;
        return true;
      }
    }
  }

  private boolean moveLeaf(int direction) {
    int above = depth - 2;
    while (above >= 0) {
      long token = epochs.enter();
      try {
        pin.root();
        long page = file.page(numbers[above], crcs[above], PageCache.WRITER_RESERVE);
        if (page != NO_FRAME) {
          int slot = slots[above] + direction;
          if (slot >= 0 && slot < PageLayout.count(page)) {
            depth = above + 1;
            push(page, slot);
            break;
          }
          above--;
          continue;
        }
      } finally {
        epochs.exit(token);
      }
      file.cache().reserve();
    }
    return above >= 0 && descendToEdge(direction < 0);
  }

  /// Goes down from the lowest page of the path to the first or last leaf below it.
  private boolean descendToEdge(boolean atEnd) {
    while (true) {
      long token = epochs.enter();
      try {
        pin.root();
        if (atLeaf) {
          copyLeaf();
          return true;
        }
        if (descendFrom(null, 0, 0, atEnd)) {
          return true;
        }
      } finally {
        epochs.exit(token);
      }
      file.cache().reserve();
    }
  }
}
