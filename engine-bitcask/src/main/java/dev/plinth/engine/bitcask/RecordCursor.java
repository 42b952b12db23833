package dev.plinth.engine.bitcask;

import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.StorageException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// What cursors over words have in common: they show the record of a word. Records of sealed files
/// are shown in place: a lease keeps them. Records of files that still grow are copied, since their
/// memory is used again.
abstract class RecordCursor implements Cursor {
  private static final int BUFFER_BYTES_MIN = 4 << 10;
  private static final int LINE_BYTES = 64;

  /// How many entries a walk fetches ahead: at first some at once, since waits overlap and most
  /// walks are short; a long one keeps twice as many on their way as it lets run low.
  private static final int AHEAD_FIRST = 12;

  private static final int AHEAD_MAX = 16;

  /// How many bytes of each.
  private static final int AHEAD_BYTES_MAX = 4 * LINE_BYTES;

  private final Epochs epochs;
  private final Records records;
  private final Snapshots.Lease lease;
  private final Runnable release;
  private final Arena arena = Arena.ofAuto();
  private MemorySegment buffer = MemorySegment.NULL;
  private MemorySegment segment = MemorySegment.NULL;
  private long keyOffset;
  private int keyLength;
  private MemorySegment valueSegment = MemorySegment.NULL;
  private long valueOffset;
  private int valueLength;
  private final PackedValue packed = new PackedValue();
  private boolean valid;
  private boolean closed;

  /// Steps of the present walk, and for how many entries behind the present one records were
  /// fetched.
  private int steps;

  private int fetched;

  /// What was read of them; kept so that the reads are made.
  @SuppressWarnings("UnusedVariable")
  private int seen;

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

  /// The word of an entry behind the present one; [Slots#EMPTY] where that is not known at once.
  abstract long wordAhead(int distance);

  /// Says that the walk begins anew.
  final void walkAnew() {
    steps = 0;
    fetched = 0;
  }

  /// After a step forward: touches the records of the next entries together, so that the memory, in
  /// which they lie apart, is waited for once and not for each. The longer the walk, the more.
  final void fetchAhead() {
    steps++;
    fetched = Math.max(0, fetched - 1);
    if (fetched > (steps <= AHEAD_FIRST ? 0 : AHEAD_MAX / 2)) {
      return;
    }
    int aim = steps <= AHEAD_FIRST ? AHEAD_FIRST : AHEAD_MAX;
    int bytes = Math.min(AHEAD_BYTES_MAX, keyLength + valueLength + LINE_BYTES);
    while (fetched < aim) {
      long word = wordAhead(fetched + 1);
      if (word == Slots.EMPTY) {
        return;
      }
      touch(word, bytes);
      fetched++;
    }
  }

  private void touch(long word, int bytes) {
    long offset = Slots.offset(word);
    Window window = records.file(word).window(offset);
    MemorySegment memory = window.segment();
    long from = offset - window.start();
    long end = Math.min(from + bytes, memory.byteSize());
    for (long at = from; at < end; at += LINE_BYTES) {
      seen += memory.get(Layouts.BYTE, at);
    }
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
    long at = offset - window.start();
    keyOffset = at + RecordFormat.headerBytes(parsed);
    segment = window.segment();
    boolean isPacked = RecordFormat.code(parsed) != 0;
    if (isPacked) {
      valueLength = PackedValue.length(file, segment, at, offset, parsed);
      valueSegment = packed.unpack(file, segment, at, offset, parsed);
    }
    if (!lasting) {
      keep(isPacked ? 0 : valueLength);
    }
    if (isPacked) {
      valueOffset = 0;
    } else {
      valueSegment = segment;
      valueOffset = keyOffset + keyLength;
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
    return valueSegment;
  }

  @Override
  public final long valueOffset() {
    return valueOffset;
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
      valueSegment = MemorySegment.NULL;
      release.run();
    }
  }

  /// Copies the key and the bytes behind it.
  private void keep(int bytesBehind) {
    int bytes = keyLength + bytesBehind;
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
