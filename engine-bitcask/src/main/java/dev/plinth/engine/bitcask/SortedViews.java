package dev.plinth.engine.bitcask;

import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.memory.Keys;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Makes [SortedView]s within a limit of memory, and keeps the newest one for as long as nothing is
/// written, so that one scan after the other costs one sort. Thread-safe.
final class SortedViews {
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final int STEPS_PER_EPOCH = 1024;

  private final LiveState live;
  private final Records records;
  private final Epochs epochs;
  private final Snapshots snapshots;
  private final long bytesMax;
  private @Nullable Lent cached;
  private long bytesUsed;

  SortedViews(LiveState live, Records records, Epochs epochs, Snapshots snapshots, long bytesMax) {
    this.live = live;
    this.records = records;
    this.epochs = epochs;
    this.snapshots = snapshots;
    this.bytesMax = bytesMax;
  }

  /// A view that someone uses, with the lease that keeps its files.
  final class Lent implements AutoCloseable {
    private final SortedView view;
    private final Snapshots.Lease pin;
    private final KeyRange range;
    private int users = 1;

    private Lent(SortedView view, Snapshots.Lease pin, KeyRange range) {
      this.view = view;
      this.pin = pin;
      this.range = range;
    }

    SortedView view() {
      return view;
    }

    /// Keeps the files of the view; ends with the engine.
    Snapshots.Lease lease() {
      return pin;
    }

    @Override
    public void close() {
      leave(this);
    }
  }

  /// The bytes of all views.
  synchronized long bytes() {
    return bytesUsed;
  }

  /// A view of the state of a lease, for reading a range.
  ///
  /// @param lease open, with the versions it needs; the caller may close it afterwards
  Lent lend(Snapshots.Lease lease, KeyRange range) {
    Lent shared = shared(lease.sequence());
    if (shared != null) {
      return shared;
    }
    boolean whole = (live.index.size() + 1) * SortedView.ENTRY_BYTES * 2 <= bytesMax;
    KeyRange covered = whole ? KeyRange.all() : range;
    Snapshots.Lease pin = snapshots.pin(lease);
    try {
      Lent made = new Lent(new Build(lease, covered).run(), pin, covered);
      keep(made);
      return made;
    } catch (RuntimeException e) {
      snapshots.close(pin);
      throw e;
    }
  }

  /// Lets the kept view go when nobody uses it, so that files can be deleted.
  void dropIdle() {
    Lent idle;
    synchronized (this) {
      idle = cached;
      cached = null;
    }
    if (idle != null) {
      leave(idle);
    }
  }

  private synchronized @Nullable Lent shared(long sequence) {
    Lent newest = cached;
    if (newest == null || newest.view.sequence() != sequence) {
      return null;
    }
    newest.users++;
    return newest;
  }

  private void keep(Lent made) {
    if (!made.range.equals(KeyRange.all())) {
      return;
    }
    Lent before;
    synchronized (this) {
      before = cached;
      if (before != null && before.view.sequence() > made.view.sequence()) {
        return;
      }
      cached = made;
      made.users++;
    }
    if (before != null) {
      leave(before);
    }
  }

  private void leave(Lent lent) {
    synchronized (this) {
      lent.users--;
      if (lent.users > 0) {
        return;
      }
      bytesUsed -= lent.view.bytes();
    }
    lent.view.close();
    snapshots.close(lent.pin);
  }

  private void take(long bytes) {
    boolean taken;
    synchronized (this) {
      taken = bytesUsed + bytes <= bytesMax;
      if (taken) {
        bytesUsed += bytes;
      }
    }
    if (!taken) {
      dropIdle();
      synchronized (this) {
        if (bytesUsed + bytes > bytesMax) {
          throw new StorageException.LimitExceeded(
              "a sorted view of "
                  + bytes
                  + " more bytes goes over sorted.view.bytes.max = "
                  + bytesMax
                  + "; read a smaller range, close other cursors, or raise it");
        }
        bytesUsed += bytes;
      }
    }
  }

  private synchronized void give(long bytes) {
    bytesUsed -= bytes;
  }

  /// Gathers and sorts the keys of one state. Used by one thread.
  private final class Build implements SortedView.KeyReader {
    private final Snapshots.Lease lease;
    private final long sequence;
    private final byte @Nullable [] from;
    private final byte @Nullable [] to;
    private long epoch;
    private int steps;
    private Arena arena = Arena.ofShared();
    private MemorySegment entries = MemorySegment.NULL;
    private long count;
    private int shared = -1;
    private byte[] first = {};

    Build(Snapshots.Lease lease, KeyRange range) {
      this.lease = lease;
      this.sequence = lease.sequence();
      this.from = range.from();
      this.to = range.to();
    }

    SortedView run() {
      epoch = epochs.enter();
      try {
        gather();
        lease.requireUsable();
        sort();
        MemorySegment prefix = MemorySegment.ofArray(Arrays.copyOf(first, Math.max(0, shared)));
        return new SortedView(new Reader(), sequence, arena, entries, count, prefix);
      } catch (RuntimeException e) {
        give(entries.byteSize());
        arena.close();
        throw e;
      } finally {
        epochs.exit(epoch);
      }
    }

    private void gather() {
      KeyIndex index = live.index;
      for (IndexPart part = index.partAt(0); part != null; part = index.partAt(next(part))) {
        KeyIndex.forEach(part, this::addCurrent);
      }
      live.old.forEachAt(sequence, (_, word, _, _) -> add(word));
    }

    private long next(IndexPart part) {
      epochs.exit(epoch);
      epoch = epochs.enter();
      return KeyIndex.behind(part);
    }

    /// A record that seems to be newer is checked too: a damaged sequence number would hide a key.
    private void addCurrent(long word) {
      DataFile file = records.file(word);
      long offset = Slots.offset(word);
      Window window = file.window(offset);
      if (Records.sequence(file, window, offset) <= sequence) {
        add(word);
      } else {
        records.parseChecked(file, window, offset);
      }
    }

    private void add(long word) {
      DataFile file = records.file(word);
      long offset = Slots.offset(word);
      Window window = file.window(offset);
      long parsed = records.parseChecked(file, window, offset);
      MemorySegment memory = window.segment();
      long key = offset - window.start() + RecordFormat.headerBytes(parsed);
      int length = RecordFormat.keyLength(parsed);
      if (outside(memory, key, length)) {
        return;
      }
      share(memory, key, length);
      if ((count + 1) * SortedView.ENTRY_BYTES > entries.byteSize()) {
        grow();
      }
      entries.set(
          LONG, count * SortedView.ENTRY_BYTES, SortedView.prefix(memory, key, length, shared));
      entries.set(LONG, count * SortedView.ENTRY_BYTES + 8, word);
      count++;
    }

    private boolean outside(MemorySegment memory, long key, int length) {
      return (from != null
              && Keys.compare(memory, key, length, MemorySegment.ofArray(from), 0, from.length) < 0)
          || (to != null
              && Keys.compare(memory, key, length, MemorySegment.ofArray(to), 0, to.length) >= 0);
    }

    /// Keeps what all keys so far share; entries made with more of it are made again.
    private void share(MemorySegment memory, long key, int length) {
      if (shared < 0) {
        first = new byte[length];
        MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, key, first, 0, length);
        shared = length;
        return;
      }
      int common =
          Keys.sharedLength(
              memory, key, length, MemorySegment.ofArray(first), 0, Math.min(shared, first.length));
      if (common < shared) {
        shared = common;
        for (long i = 0; i < count; i++) {
          remake(i);
        }
      }
    }

    private void remake(long i) {
      long word = entries.get(LONG, i * SortedView.ENTRY_BYTES + 8);
      DataFile file = records.file(word);
      long offset = Slots.offset(word);
      Window window = file.window(offset);
      long parsed = records.parse(file, window, offset);
      entries.set(
          LONG,
          i * SortedView.ENTRY_BYTES,
          SortedView.prefix(
              window.segment(),
              offset - window.start() + RecordFormat.headerBytes(parsed),
              RecordFormat.keyLength(parsed),
              shared));
    }

    private void grow() {
      long expected = from == null && to == null ? live.index.size() : 0;
      long more = Math.max(Math.max(256, expected + 64), count + count / 2);
      long bytes = more * SortedView.ENTRY_BYTES;
      take(bytes);
      Arena larger = Arena.ofShared();
      MemorySegment moved = larger.allocate(bytes, 8);
      MemorySegment.copy(entries, 0, moved, 0, count * SortedView.ENTRY_BYTES);
      give(entries.byteSize());
      arena.close();
      arena = larger;
      entries = moved;
    }

    private void sort() {
      if (count == 0) {
        return;
      }
      long bytes = count * SortedView.ENTRY_BYTES;
      take(bytes);
      try (Arena spare = Arena.ofShared()) {
        count = EntrySort.byKey(entries, spare.allocate(bytes, 8), count, this);
      } finally {
        give(bytes);
      }
    }

    @Override
    public int compare(long a, long b) {
      if (++steps % STEPS_PER_EPOCH == 0) {
        epochs.exit(epoch);
        epoch = epochs.enter();
      }
      return compareWords(a, b);
    }

    @Override
    public int compare(long word, MemorySegment key, long offset, int length) {
      return compareKey(word, key, offset, length);
    }
  }

  /// Reads keys for a view in use, each inside an epoch of its own.
  private final class Reader implements SortedView.KeyReader {
    @Override
    public int compare(long word, MemorySegment key, long offset, int length) {
      long epoch = epochs.enter();
      try {
        return compareKey(word, key, offset, length);
      } finally {
        epochs.exit(epoch);
      }
    }

    @Override
    public int compare(long a, long b) {
      long epoch = epochs.enter();
      try {
        return compareWords(a, b);
      } finally {
        epochs.exit(epoch);
      }
    }
  }

  private int compareKey(long word, MemorySegment key, long offset, int length) {
    DataFile file = records.file(word);
    long at = Slots.offset(word);
    Window window = file.window(at);
    long parsed = records.parse(file, window, at);
    return Keys.compare(
        window.segment(),
        at - window.start() + RecordFormat.headerBytes(parsed),
        RecordFormat.keyLength(parsed),
        key,
        offset,
        length);
  }

  private int compareWords(long a, long b) {
    DataFile file = records.file(b);
    long at = Slots.offset(b);
    Window window = file.window(at);
    long parsed = records.parse(file, window, at);
    return compareKey(
        a,
        window.segment(),
        at - window.start() + RecordFormat.headerBytes(parsed),
        RecordFormat.keyLength(parsed));
  }
}
