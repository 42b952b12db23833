package dev.plinth.engine.bitcask;

import dev.plinth.kit.epoch.Epochs;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Walks a range of a [SortedView]. Records of sealed files are shown in place: the lease of the
/// view keeps them. Records of files that still grow are copied, since their memory is used again.
final class BitcaskCursor implements Cursor {
  private static final int NONE = -1;
  private static final int BUFFER_BYTES_MIN = 4 << 10;

  private final Epochs epochs;
  private final Records records;
  private final Snapshots.Lease lease;
  private final Runnable release;
  private final SortedView view;
  private final long low;
  private final long high;
  private final Arena arena = Arena.ofAuto();
  private MemorySegment buffer = MemorySegment.NULL;
  private MemorySegment segment = MemorySegment.NULL;
  private long at = NONE;
  private long keyOffset;
  private int keyLength;
  private int valueLength;
  private boolean closed;

  /// @param lease tells when what it shows was given up or closed
  /// @param release run once when it is closed
  BitcaskCursor(
      Epochs epochs,
      Records records,
      Snapshots.Lease lease,
      SortedView view,
      KeyRange range,
      Runnable release) {
    this.epochs = epochs;
    this.records = records;
    this.lease = lease;
    this.view = view;
    this.release = release;
    byte[] from = range.from();
    byte[] to = range.to();
    this.low = from == null ? 0 : view.lowerBound(MemorySegment.ofArray(from), 0, from.length);
    long end = to == null ? view.count() : view.lowerBound(MemorySegment.ofArray(to), 0, to.length);
    this.high = Math.max(low, end);
  }

  @Override
  public boolean first() {
    return show(low);
  }

  @Override
  public boolean last() {
    return show(high - 1);
  }

  @Override
  public boolean seek(MemorySegment key, long offset, int length) {
    requireOpen();
    return show(Math.max(low, view.lowerBound(key, offset, length)));
  }

  @Override
  public boolean seekAtOrBefore(MemorySegment key, long offset, int length) {
    requireOpen();
    long behind = view.lowerBound(key, offset, length);
    if (behind < high && show(Math.max(behind, low))) {
      if (behind >= low && equalsCurrent(key, offset, length)) {
        return true;
      }
    }
    return show(Math.min(behind, high) - 1);
  }

  @Override
  public boolean next() {
    return show(at == NONE ? low : at + 1);
  }

  @Override
  public boolean previous() {
    return show(at == NONE ? high - 1 : at - 1);
  }

  @Override
  public boolean isValid() {
    return at != NONE;
  }

  @Override
  public MemorySegment keySegment() {
    requireValid();
    return segment;
  }

  @Override
  public long keyOffset() {
    return keyOffset;
  }

  @Override
  public int keyLength() {
    return keyLength;
  }

  @Override
  public MemorySegment valueSegment() {
    requireValid();
    return segment;
  }

  @Override
  public long valueOffset() {
    return keyOffset + keyLength;
  }

  @Override
  public int valueLength() {
    return valueLength;
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      at = NONE;
      segment = MemorySegment.NULL;
      release.run();
    }
  }

  private boolean equalsCurrent(MemorySegment key, long offset, int length) {
    return dev.plinth.kit.memory.Keys.equal(segment, keyOffset, keyLength, key, offset, length);
  }

  private boolean show(long index) {
    requireOpen();
    if (index < low || index >= high) {
      at = NONE;
      return false;
    }
    long word = view.word(index);
    long token = epochs.enter();
    try {
      DataFile file = records.file(word);
      long offset = Slots.offset(word);
      boolean lasting = file.isSealed();
      Window window = file.window(offset);
      long parsed = records.parseChecked(file, window, offset);
      keyLength = RecordFormat.keyLength(parsed);
      valueLength = RecordFormat.valueLength(parsed);
      keyOffset = offset - window.start() + RecordFormat.headerBytes(parsed);
      segment = window.segment();
      if (!lasting) {
        keep();
      }
    } finally {
      epochs.exit(token);
    }
    at = index;
    return true;
  }

  private void keep() {
    int bytes = keyLength + valueLength;
    if (buffer.byteSize() < bytes) {
      buffer = arena.allocate(Math.max(BUFFER_BYTES_MIN, Math.max(bytes, 2 * buffer.byteSize())));
    }
    MemorySegment.copy(segment, keyOffset, buffer, 0, bytes);
    segment = buffer;
    keyOffset = 0;
  }

  private void requireOpen() {
    if (closed) {
      throw new StorageException.Closed("the cursor was closed");
    }
    lease.requireUsable();
  }

  private void requireValid() {
    if (at == NONE) {
      requireOpen();
      throw new IllegalStateException("the cursor stands on no entry");
    }
  }
}
