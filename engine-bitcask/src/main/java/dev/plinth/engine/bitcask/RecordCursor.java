package dev.plinth.engine.bitcask;

import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.memory.Keys;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.StorageException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What cursors over words have in common: they show the record of a word. Records of sealed files
/// are shown in place: a lease keeps them. Records of files that still grow are copied, since their
/// memory is used again.
abstract class RecordCursor implements Cursor {
  private static final int BUFFER_BYTES_MIN = 4 << 10;

  private final Epochs epochs;
  private final Records records;
  private final Snapshots.Lease lease;
  private final Runnable release;
  private final Arena arena = Arena.ofAuto();
  private MemorySegment buffer = MemorySegment.NULL;
  private MemorySegment segment = MemorySegment.NULL;
  private long keyOffset;
  private int keyLength;
  private int valueLength;
  private boolean valid;
  private boolean closed;

  /// @param lease tells when what it shows was given up or closed
  /// @param release run once when it is closed
  RecordCursor(Epochs epochs, Records records, Snapshots.Lease lease, Runnable release) {
    this.epochs = epochs;
    this.records = records;
    this.lease = lease;
    this.release = release;
  }

  /// Enters an epoch, and makes sure that what is shown is still there.
  final long enter() {
    if (closed) {
      throw new StorageException.Closed("the cursor was closed");
    }
    long token = epochs.enter();
    try {
      lease.requireUsable();
      return token;
    } catch (RuntimeException e) {
      epochs.exit(token);
      throw e;
    }
  }

  final void exit(long token) {
    epochs.exit(token);
  }

  /// Stands on no entry.
  final boolean showNone() {
    valid = false;
    return false;
  }

  /// Shows the record of a word; inside an epoch.
  final boolean show(long word) {
    valid = false;
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
    valid = true;
    return true;
  }

  /// Whether the entry it stands on has a key.
  final boolean hasKey(MemorySegment key, long offset, int length) {
    return Keys.equal(segment, keyOffset, keyLength, key, offset, length);
  }

  @Override
  public final boolean isValid() {
    return valid;
  }

  @Override
  public final MemorySegment keySegment() {
    requireValid();
    return segment;
  }

  @Override
  public final long keyOffset() {
    return keyOffset;
  }

  @Override
  public final int keyLength() {
    return keyLength;
  }

  @Override
  public final MemorySegment valueSegment() {
    requireValid();
    return segment;
  }

  @Override
  public final long valueOffset() {
    return keyOffset + keyLength;
  }

  @Override
  public final int valueLength() {
    return valueLength;
  }

  @Override
  public final void close() {
    if (!closed) {
      closed = true;
      valid = false;
      segment = MemorySegment.NULL;
      release.run();
    }
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

  private void requireValid() {
    if (!valid) {
      exit(enter());
      throw new IllegalStateException("the cursor stands on no entry");
    }
  }
}
