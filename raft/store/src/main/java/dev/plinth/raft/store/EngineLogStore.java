package dev.plinth.raft.store;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// One group of an [EngineLog].
final class EngineLogStore implements RaftLogStore {
  private final EngineLog owner;
  private final Engine engine;
  private final long group;

  /// Held from a change's batch to the fields below.
  private final ReentrantLock changes = new ReentrantLock();

  private final WriteBatch batch = new WriteBatch();
  private final MemorySegment key = LogKeys.allocate();
  private MemorySegment value = Arena.ofAuto().allocate(4 << 10);

  /// Guards the fields below; never held while the engine is called.
  private final ReentrantLock lock = new ReentrantLock();

  private final PendingDurable pending;
  private long first;
  private long last;
  private boolean fresh = true;
  private boolean hasState;
  private long commit = -1;
  private long commitWritten = -1;
  private HardState hardState = HardState.NONE;
  private long[] configurations = new long[0];

  EngineLogStore(EngineLog owner, long group, long base) {
    this.owner = owner;
    this.engine = owner.engine;
    this.group = group;
    this.first = base;
    this.last = base - 1;
    this.pending = new PendingDurable(base - 1);
  }

  /// Reads what the engine holds of the group; everything found is durable.
  void load() {
    long[] range = {-1, -1};
    try (Cursor cursor = engine.cursor(LogKeys.from(group, LogKeys.ENTRY, 0))) {
      if (cursor.first()) {
        range[0] = LogKeys.index(cursor.keySegment(), cursor.keyOffset());
      }
      if (cursor.last()) {
        range[1] = LogKeys.index(cursor.keySegment(), cursor.keyOffset());
      }
    }
    LogKeys.put(key, group, LogKeys.STATE, 0);
    boolean found = engine.read(key, 0, LogKeys.KEY_BYTES, this::loadState);
    if (range[0] >= 0) {
      fresh = false;
      first = found ? first : range[0];
      last = range[1];
    } else {
      last = first - 1;
    }
    try (Cursor cursor = engine.cursor(LogKeys.from(group, LogKeys.CONFIGURATION, 0))) {
      while (cursor.next()) {
        addConfiguration(LogKeys.index(cursor.keySegment(), cursor.keyOffset()));
      }
    }
    pending.reset(last);
  }

  private void loadState(MemorySegment segment, long offset, int length) {
    RaftLogFormat.State state =
        length < Long.BYTES
            ? null
            : RaftLogFormat.getState(segment, offset + Long.BYTES, offset + length);
    if (state == null) {
      throw new StorageException.UnsupportedFormat(
          "the state of group " + group + " in the engine is not that of a Raft log");
    }
    first = segment.get(Layouts.LONG, offset);
    fresh = (state.flags() & RaftLogFormat.FRESH) != 0;
    commit = state.commit();
    commitWritten = commit;
    hardState = state.hardState();
    hasState = true;
  }

  void base(long base) {
    lock.lock();
    try {
      if (fresh && last < first) {
        first = base;
        last = base - 1;
        pending.reset(last);
      }
    } finally {
      lock.unlock();
    }
  }

  boolean holdsSomething() {
    lock.lock();
    try {
      return !fresh || hasState;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long group() {
    return group;
  }

  @Override
  public long firstIndex() {
    lock.lock();
    try {
      return first;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long lastIndex() {
    lock.lock();
    try {
      return last;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long append(EntryBatch entries) {
    changes.lock();
    try {
      requireEntries(entries);
      if (entries.first() < (fresh ? 0 : last + 1)) {
        throw new IllegalArgumentException(
            "index " + entries.first() + " does not follow the last index " + last);
      }
      return write(entries.first(), entries);
    } finally {
      changes.unlock();
    }
  }

  @Override
  public long overwriteFrom(long index, EntryBatch entries) {
    changes.lock();
    try {
      requireEntries(entries);
      if (entries.first() != index || (index < first && !fresh)) {
        throw new IllegalArgumentException(
            "index "
                + index
                + " must be that of the first entry ("
                + entries.first()
                + ") and not below the first index "
                + first);
      }
      return write(index, entries);
    } finally {
      changes.unlock();
    }
  }

  private static void requireEntries(EntryBatch entries) {
    if (entries.isEmpty()) {
      throw new IllegalArgumentException("the batch is empty");
    }
  }

  private long write(long from, EntryBatch entries) {
    owner.requireOpen();
    batch.clear();
    boolean empties = from <= first || last < first || (from <= last && lastHeld(from) < first);
    long newFirst = empties ? from : first;
    if (from <= last) {
      deleteFrom(from);
    }
    putEntries(entries);
    long newCommit = commitIndex();
    if (newFirst != first || newCommit != commitWritten) {
      putState(newFirst, 0, newCommit, hardState);
    }
    long sequence = commit(false);
    owner.payloadBytes.add(entries.bytes());
    lock.lock();
    try {
      if (from <= last) {
        truncated(from);
      }
      pending.add(sequence, entries.last());
      first = newFirst;
      last = entries.last();
      fresh = false;
      commitWritten = newCommit;
      for (int i = 0; i < entries.runs().configurationCount(); i++) {
        addConfiguration(entries.runs().configuration(i));
      }
    } finally {
      lock.unlock();
    }
    return entries.last();
  }

  /// Writes the batch as it was put together. The caller holds the lock for changes.
  private long commit(boolean durable) {
    engine.traits().requireBatch(batch.bytes());
    return owner.guarded(
        () -> {
          long sequence = engine.write(batch, Durability.BUFFERED);
          return durable ? engine.flush() : sequence;
        });
  }

  private void putEntries(EntryBatch entries) {
    entries.forEach(
        (index, term, type, timestamp, segment, offset, length) -> {
          ensureValue(EntryCodec.HEADER_BYTES_MAX + (long) length);
          long at = StopBitCodec.INSTANCE.put(value, 0, 0, term, type, timestamp, length);
          MemorySegment.copy(segment, offset, value, at, length);
          engine.traits().requireValue((int) at + length);
          LogKeys.put(key, group, LogKeys.ENTRY, index);
          batch.put(key, 0, LogKeys.KEY_BYTES, value, 0, (int) at + length);
          if (type == EntryTypes.CONFIGURATION) {
            LogKeys.put(key, group, LogKeys.CONFIGURATION, index);
            batch.put(key, 0, LogKeys.KEY_BYTES, value, 0, 0);
          }
        });
  }

  private void putState(long newFirst, int flags, long newCommit, HardState state) {
    int bytes = Long.BYTES + RaftLogFormat.stateBytes(newCommit, state);
    ensureValue(bytes);
    value.set(Layouts.LONG, 0, newFirst);
    RaftLogFormat.putState(value, Long.BYTES, flags, newCommit, state);
    LogKeys.put(key, group, LogKeys.STATE, 0);
    batch.put(key, 0, LogKeys.KEY_BYTES, value, 0, bytes);
  }

  private void ensureValue(long bytes) {
    if (bytes > value.byteSize()) {
      value = Arena.ofAuto().allocate(Math.max(bytes, 2 * value.byteSize()));
    }
  }

  private void deleteFrom(long from) {
    batch.deleteRange(LogKeys.from(group, LogKeys.ENTRY, from));
    if (configurations.length > 0 && configurations[configurations.length - 1] >= from) {
      batch.deleteRange(LogKeys.from(group, LogKeys.CONFIGURATION, from));
    }
  }

  private void deleteBefore(long to) {
    batch.deleteRange(LogKeys.between(group, LogKeys.ENTRY, 0, to));
    if (configurations.length > 0 && configurations[0] < to) {
      batch.deleteRange(LogKeys.between(group, LogKeys.CONFIGURATION, 0, to));
    }
  }

  private void addConfiguration(long index) {
    configurations = Arrays.copyOf(configurations, configurations.length + 1);
    configurations[configurations.length - 1] = index;
  }

  private void truncated(long from) {
    last = Math.min(last, from - 1);
    pending.truncate(from);
    configurations = Arrays.stream(configurations).filter(index -> index < from).toArray();
  }

  @Override
  public void truncateSuffix(long lastKept) {
    changes.lock();
    try {
      owner.requireOpen();
      if (lastKept >= last) {
        return;
      }
      long from = Math.max(lastKept + 1, first);
      batch.clear();
      deleteFrom(from);
      long newCommit = commitIndex();
      putState(first, 0, newCommit, hardState);
      commit(true);
      long held = lastHeld(from);
      lock.lock();
      try {
        truncated(from);
        last = held;
        pending.reset(held);
        commitWritten = newCommit;
        hasState = true;
      } finally {
        lock.unlock();
      }
    } finally {
      changes.unlock();
    }
  }

  /// The highest index that is there, after a truncation that may have ended in a gap.
  private long lastHeld(long from) {
    if (from <= first || hasEntry(from - 1)) {
      return from - 1;
    }
    try (Cursor cursor = engine.cursor(LogKeys.between(group, LogKeys.ENTRY, first, from))) {
      return cursor.last() ? LogKeys.index(cursor.keySegment(), cursor.keyOffset()) : first - 1;
    }
  }

  private boolean hasEntry(long index) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment own = arena.allocate(LogKeys.KEY_BYTES);
      LogKeys.put(own, group, LogKeys.ENTRY, index);
      return engine.read(own, 0, LogKeys.KEY_BYTES, (_, _, _) -> {});
    }
  }

  @Override
  public void compactPrefix(long firstKept) {
    changes.lock();
    try {
      owner.requireOpen();
      if (firstKept <= first) {
        return;
      }
      batch.clear();
      deleteBefore(firstKept);
      long newCommit = commitIndex();
      putState(firstKept, 0, newCommit, hardState);
      long sequence = commit(false);
      lock.lock();
      try {
        first = firstKept;
        last = Math.max(last, firstKept - 1);
        pending.add(sequence, last);
        fresh = false;
        hasState = true;
        commitWritten = newCommit;
        configurations =
            Arrays.stream(configurations).filter(index -> index >= firstKept).toArray();
      } finally {
        lock.unlock();
      }
    } finally {
      changes.unlock();
    }
  }

  @Override
  public void reset(long next, @Nullable EntryBatch entry) {
    if (next < 0 || (entry != null && (entry.count() != 1 || entry.first() != next))) {
      throw new IllegalArgumentException("the batch must be of one entry with index " + next);
    }
    changes.lock();
    try {
      owner.requireOpen();
      batch.clear();
      deleteFrom(0);
      long newCommit = commitIndex();
      putState(next, 0, newCommit, hardState);
      if (entry != null) {
        putEntries(entry);
      }
      commit(true);
      lock.lock();
      try {
        first = next;
        last = entry == null ? next - 1 : next;
        fresh = false;
        hasState = true;
        commitWritten = newCommit;
        configurations = new long[0];
        if (entry != null && entry.runs().configurationCount() > 0) {
          addConfiguration(next);
        }
        pending.reset(last);
      } finally {
        lock.unlock();
      }
    } finally {
      changes.unlock();
    }
  }

  @Override
  public void saveHardState(HardState state) {
    changes.lock();
    try {
      owner.requireOpen();
      batch.clear();
      long newCommit = commitIndex();
      putState(first, fresh ? RaftLogFormat.FRESH : 0, newCommit, state);
      commit(true);
      lock.lock();
      try {
        hardState = state;
        hasState = true;
        commitWritten = newCommit;
      } finally {
        lock.unlock();
      }
    } finally {
      changes.unlock();
    }
  }

  @Override
  public long term(long index) {
    if (index < firstIndex() || index > lastIndex()) {
      return -1;
    }
    long[] term = {-1};
    read(index, (_, found, _, _, _, _, _) -> term[0] = found);
    return term[0];
  }

  @Override
  public int read(long from, long to, long bytesMax, EntryVisitor visitor) {
    owner.requireOpen();
    long low;
    long high;
    lock.lock();
    try {
      low = Math.max(from, first);
      high = Math.min(to, last);
    } finally {
      lock.unlock();
    }
    if (low > high) {
      return 0;
    }
    Shown shown = new Shown(visitor);
    if (low == high || !engine.traits().ordered()) {
      readOneByOne(low, high, bytesMax, shown);
    } else {
      try (Cursor cursor = engine.cursor(LogKeys.between(group, LogKeys.ENTRY, low, high + 1))) {
        while ((shown.count == 0 || shown.bytes < bytesMax) && cursor.next()) {
          shown.index = LogKeys.index(cursor.keySegment(), cursor.keyOffset());
          shown.value(cursor.valueSegment(), cursor.valueOffset(), cursor.valueLength());
        }
      }
    }
    return shown.count;
  }

  private void readOneByOne(long low, long high, long bytesMax, Shown shown) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment own = arena.allocate(LogKeys.KEY_BYTES);
      for (long i = low; i <= high && (shown.count == 0 || shown.bytes < bytesMax); i++) {
        LogKeys.put(own, group, LogKeys.ENTRY, i);
        shown.index = i;
        engine.read(own, 0, LogKeys.KEY_BYTES, shown::value);
      }
    }
  }

  /// Decodes values for a visitor.
  private final class Shown {
    private final EntryVisitor visitor;
    private final EntryHeader header = new EntryHeader();
    private long index;
    private long bytes;
    private int count;

    Shown(EntryVisitor visitor) {
      this.visitor = visitor;
    }

    void value(MemorySegment segment, long offset, int length) {
      if (!StopBitCodec.INSTANCE.get(segment, offset, offset + length, header)) {
        throw new StorageException.UnsupportedFormat(
            "entry " + index + " of group " + group + " in the engine is not that of a Raft log");
      }
      count++;
      bytes += header.length;
      visitor.entry(
          index,
          header.term,
          header.type,
          header.timestamp,
          segment,
          header.payload,
          header.length);
    }
  }

  @Override
  public long[] configurationIndexes() {
    lock.lock();
    try {
      return configurations.clone();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public HardState hardState() {
    lock.lock();
    try {
      return hardState;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void stageCommit(long index) {
    lock.lock();
    try {
      commit = Math.max(commit, index);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long commitIndex() {
    lock.lock();
    try {
      return commit;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long durableIndex() {
    return durableIndex(engine.durableSequence());
  }

  long durableIndex(long sequence) {
    lock.lock();
    try {
      return Math.max(Math.min(pending.durable(sequence), last), first - 1);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void sync(long upTo) {
    owner.requireOpen();
    long needed;
    lock.lock();
    try {
      needed = upTo >= last ? pending.newest() : pending.sequenceOf(upTo);
    } finally {
      lock.unlock();
    }
    if (needed > engine.durableSequence()) {
      owner.sync();
    }
  }

  @Override
  public long requestSync() {
    long index = lastIndex();
    owner.guarded(
        () -> {
          engine.requestFlush();
          return 0;
        });
    return index;
  }

  @Override
  public Engine.Registration onDurable(DurableIndexListener listener) {
    owner.requireOpen();
    return owner.listen(this, listener);
  }
}
