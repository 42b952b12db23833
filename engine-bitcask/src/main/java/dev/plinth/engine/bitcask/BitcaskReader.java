package dev.plinth.engine.bitcask;

import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.epoch.ReadCounters;
import dev.plinth.spi.ValueVisitor;
import java.lang.foreign.MemorySegment;

/// Point reads of the newest state and of frozen ones. Any thread; nothing is allocated.
final class BitcaskReader {
  private final Epochs epochs;
  private final LiveState live;
  private final Records records;
  private final Committer committer;
  private static final int READS = 0;
  private static final int HITS = 1;
  private static final int BYTES = 2;

  private final ReadCounters counters = new ReadCounters(3);
  private final PackedValues packed = new PackedValues();

  BitcaskReader(Epochs epochs, LiveState live, Records records, Committer committer) {
    this.epochs = epochs;
    this.live = live;
    this.records = records;
    this.committer = committer;
  }

  /// How many reads were made.
  long reads() {
    return counters.sum(READS);
  }

  /// How many of them found something.
  long hits() {
    return counters.sum(HITS);
  }

  /// The bytes of the records they found.
  long bytes() {
    return counters.sum(BYTES);
  }

  /// Reads the newest value.
  boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    long token = epochs.enter();
    try {
      counters.add(token, READS, 1);
      long word = newest(key, offset, length);
      if (word == Slots.EMPTY) {
        return false;
      }
      visit(token, word, visitor);
      return true;
    } finally {
      epochs.exit(token);
    }
  }

  /// Copies the newest value.
  long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    long token = epochs.enter();
    try {
      counters.add(token, READS, 1);
      return copyWord(token, newest(key, offset, length), target, targetOffset, targetLength);
    } finally {
      epochs.exit(token);
    }
  }

  /// Reads the value at the sequence of a lease.
  boolean readAt(
      Snapshots.Lease lease, MemorySegment key, long offset, int length, ValueVisitor visitor) {
    long token = epochs.enter();
    try {
      counters.add(token, READS, 1);
      long word = frozen(lease, key, offset, length);
      if (word == Slots.EMPTY) {
        return false;
      }
      visit(token, word, visitor);
      return true;
    } finally {
      epochs.exit(token);
    }
  }

  /// Copies the value at the sequence of a lease.
  long copyAt(
      Snapshots.Lease lease,
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    long token = epochs.enter();
    try {
      counters.add(token, READS, 1);
      long word = frozen(lease, key, offset, length);
      return copyWord(token, word, target, targetOffset, targetLength);
    } finally {
      epochs.exit(token);
    }
  }

  private long newest(MemorySegment key, long offset, int length) {
    committer.awaitWholeBatch();
    return live.index.find(KeyHash.of(key, offset, length), key, offset, length);
  }

  private long frozen(Snapshots.Lease lease, MemorySegment key, long offset, int length) {
    lease.requireUsable();
    OrderedView view = lease.view();
    if (view != null) {
      return view.find(records, key, offset, length);
    }
    lease.requireUsable();
    long hash = KeyHash.of(key, offset, length);
    long word = live.index.find(hash, key, offset, length);
    if (word == Slots.EMPTY || sequence(word) > lease.sequence()) {
      word = live.old.find(hash, lease.sequence(), records, key, offset, length);
    }
    lease.requireUsable();
    return word;
  }

  private long sequence(long word) {
    DataFile file = records.file(word);
    long offset = Slots.offset(word);
    return Records.sequence(file, file.window(offset), offset);
  }

  private void visit(long token, long word, ValueVisitor visitor) {
    DataFile file = records.file(word);
    long offset = Slots.offset(word);
    Window window = file.window(offset);
    long parsed = records.parse(file, window, offset);
    count(token, parsed);
    long at = offset - window.start();
    if (RecordFormat.code(parsed) != 0) {
      visitPacked(token, file, window.segment(), at, offset, parsed, visitor);
      return;
    }
    long value = at + RecordFormat.headerBytes(parsed) + RecordFormat.keyLength(parsed);
    visitor.value(window.segment(), value, RecordFormat.valueLength(parsed));
  }

  private void visitPacked(
      long token,
      DataFile file,
      MemorySegment memory,
      long at,
      long offset,
      long parsed,
      ValueVisitor visitor) {
    PackedValue one = packed.borrow(token);
    try {
      int length = PackedValue.length(file, memory, at, offset, parsed);
      visitor.value(one.unpack(file, memory, at, offset, parsed), 0, length);
    } finally {
      packed.giveBack(token, one);
    }
  }

  private long copyWord(
      long token, long word, MemorySegment target, long targetOffset, long targetLength) {
    if (word == Slots.EMPTY) {
      return -1;
    }
    DataFile file = records.file(word);
    long offset = Slots.offset(word);
    Window window = file.window(offset);
    long parsed = records.parse(file, window, offset);
    count(token, parsed);
    long at = offset - window.start();
    boolean isPacked = RecordFormat.code(parsed) != 0;
    int length =
        isPacked
            ? PackedValue.length(file, window.segment(), at, offset, parsed)
            : RecordFormat.valueLength(parsed);
    if (length > targetLength) {
      return -2L - length;
    }
    if (isPacked) {
      copyPacked(token, file, window.segment(), at, offset, parsed, target, targetOffset, length);
    } else {
      long value = at + RecordFormat.headerBytes(parsed) + RecordFormat.keyLength(parsed);
      MemorySegment.copy(window.segment(), value, target, targetOffset, length);
    }
    return length;
  }

  private void copyPacked(
      long token,
      DataFile file,
      MemorySegment memory,
      long at,
      long offset,
      long parsed,
      MemorySegment target,
      long targetOffset,
      int length) {
    PackedValue one = packed.borrow(token);
    try {
      MemorySegment value = one.unpack(file, memory, at, offset, parsed);
      MemorySegment.copy(value, 0, target, targetOffset, length);
    } finally {
      packed.giveBack(token, one);
    }
  }

  private void count(long token, long parsed) {
    counters.add(token, HITS, 1);
    counters.add(token, BYTES, RecordFormat.recordBytes(parsed));
  }
}
