package dev.plinth.raft.store;

import dev.plinth.kit.log.LogVisitor;
import dev.plinth.kit.memory.Varint;
import dev.plinth.spi.Durability;
import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.Engine;
import dev.plinth.spi.StorageException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// One group of a [SegmentedLog].
final class SegmentedLogStore implements RaftLogStore {
  private static final long MOVE_BYTES = 1 << 20;

  private final SegmentedLog owner;
  private final LogGroup state;
  private final MemorySegment prefix = Arena.ofAuto().allocate(Varint.LONG_BYTES_MAX);

  SegmentedLogStore(SegmentedLog owner, LogGroup state) {
    this.owner = owner;
    this.state = state;
  }

  @Override
  public long group() {
    return state.number;
  }

  void base(long base) {
    state.lock.lock();
    try {
      state.base(base);
    } finally {
      state.lock.unlock();
    }
  }

  boolean holdsSomething() {
    state.lock.lock();
    try {
      return !state.fresh() || state.statePosition > 0;
    } finally {
      state.lock.unlock();
    }
  }

  long liveBytes() {
    state.lock.lock();
    try {
      return state.index.bytes();
    } finally {
      state.lock.unlock();
    }
  }

  @Override
  public long firstIndex() {
    state.lock.lock();
    try {
      return state.first();
    } finally {
      state.lock.unlock();
    }
  }

  @Override
  public long lastIndex() {
    state.lock.lock();
    try {
      return state.last();
    } finally {
      state.lock.unlock();
    }
  }

  @Override
  public long append(EntryBatch batch) {
    state.changes.lock();
    try {
      requireEntries(batch);
      long least = state.fresh() ? 0 : state.last() + 1;
      if (batch.first() < least) {
        throw new IllegalArgumentException(
            "index " + batch.first() + " does not follow the last index " + state.last());
      }
      return write(batch);
    } finally {
      state.changes.unlock();
    }
  }

  @Override
  public long overwriteFrom(long index, EntryBatch batch) {
    state.changes.lock();
    try {
      requireEntries(batch);
      if (batch.first() != index || (index < state.first() && !state.fresh())) {
        throw new IllegalArgumentException(
            "index "
                + index
                + " must be that of the first entry ("
                + batch.first()
                + ") and not below the first index "
                + state.first());
      }
      return write(batch);
    } finally {
      state.changes.unlock();
    }
  }

  private static void requireEntries(EntryBatch batch) {
    if (batch.isEmpty()) {
      throw new IllegalArgumentException("the batch is empty");
    }
  }

  private long write(EntryBatch batch) {
    owner.requireOpen();
    boolean begins = reserve(batch);
    int shift = (int) Varint.put(prefix, 0, commitIndex() + 1);
    long position =
        owner.log.append(
            Durability.BUFFERED,
            begins ? RaftLogFormat.BEGIN : RaftLogFormat.ENTRIES,
            state.number,
            batch.first(),
            prefix,
            0,
            shift,
            batch.segment(),
            0,
            batch.bytes());
    owner.payloadBytes.add(batch.bytes());
    boolean replaces;
    state.lock.lock();
    try {
      replaces = batch.first() <= state.last();
      state.appended(batch.runs(), position, shift, begins);
    } finally {
      state.lock.unlock();
    }
    if (replaces) {
      owner.requestReclaim();
    }
    return batch.last();
  }

  /// Makes room in the index.
  ///
  /// @return whether the batch's entries are going to be the only ones
  private boolean reserve(EntryBatch batch) {
    state.lock.lock();
    try {
      state.index.reserve(batch.runs().count());
      return state.beginsAt(batch.first());
    } finally {
      state.lock.unlock();
    }
  }

  @Override
  public void truncateSuffix(long lastKept) {
    state.changes.lock();
    try {
      owner.requireOpen();
      if (lastKept >= state.last()) {
        return;
      }
      long from = Math.max(lastKept + 1, state.first());
      long position =
          owner.log.append(
              Durability.BUFFERED, RaftLogFormat.TRUNCATE, state.number, from, prefix, 0, 0);
      state.lock.lock();
      try {
        state.truncated(from);
      } finally {
        state.lock.unlock();
      }
      owner.log.awaitSynced(position);
    } finally {
      state.changes.unlock();
    }
    owner.requestReclaim();
  }

  @Override
  public void compactPrefix(long firstKept) {
    state.changes.lock();
    try {
      owner.requireOpen();
      if (firstKept <= state.first()) {
        return;
      }
      long position = putState(firstKept, 0, commitIndex(), state.hardState(), null);
      state.lock.lock();
      try {
        state.setFresh(false);
        state.compacted(firstKept);
        state.statePosition = position;
      } finally {
        state.lock.unlock();
      }
    } finally {
      state.changes.unlock();
    }
    owner.requestReclaim();
  }

  @Override
  public void reset(long next, @Nullable EntryBatch entry) {
    if (next < 0 || (entry != null && (entry.count() != 1 || entry.first() != next))) {
      throw new IllegalArgumentException("the batch must be of one entry with index " + next);
    }
    state.changes.lock();
    try {
      owner.requireOpen();
      if (entry != null) {
        reserve(entry);
      }
      long commit = commitIndex();
      long position = putState(next, RaftLogFormat.RESET, commit, state.hardState(), entry);
      state.lock.lock();
      try {
        state.cleared();
        state.compacted(next);
        state.statePosition = position;
        if (entry != null) {
          state.index.reserve(1);
          int shift = RaftLogFormat.stateBytes(commit, state.hardState());
          state.appended(entry.runs(), position, shift, false);
        }
      } finally {
        state.lock.unlock();
      }
      owner.log.awaitSynced(position);
    } finally {
      state.changes.unlock();
    }
    owner.requestReclaim();
  }

  @Override
  public void saveHardState(HardState hardState) {
    state.changes.lock();
    try {
      owner.requireOpen();
      int flags = state.fresh() ? RaftLogFormat.FRESH : 0;
      long position = putState(state.first(), flags, commitIndex(), hardState, null);
      state.lock.lock();
      try {
        state.saved(hardState);
        state.statePosition = position;
      } finally {
        state.lock.unlock();
      }
      owner.log.awaitSynced(position);
    } finally {
      state.changes.unlock();
    }
  }

  /// Appends a record with the group's state. The caller holds the lock for changes.
  private long putState(
      long first, int flags, long commit, HardState hardState, @Nullable EntryBatch entry) {
    try (Arena arena = Arena.ofConfined()) {
      int bytes = RaftLogFormat.stateBytes(commit, hardState);
      MemorySegment body = arena.allocate(bytes);
      RaftLogFormat.putState(body, 0, flags, commit, hardState);
      return owner.log.append(
          Durability.BUFFERED,
          RaftLogFormat.STATE,
          state.number,
          first,
          body,
          0,
          bytes,
          entry == null ? body : entry.segment(),
          0,
          entry == null ? 0 : entry.bytes());
    }
  }

  @Override
  public long term(long index) {
    state.lock.lock();
    try {
      long slot = index < state.first() ? state.index.tail() : state.index.atOrBehind(index);
      boolean there = slot < state.index.tail() && state.index.first(slot) <= index;
      return there ? state.index.term(slot) : -1;
    } finally {
      state.lock.unlock();
    }
  }

  @Override
  public int read(long from, long to, long bytesMax, EntryVisitor visitor) {
    owner.requireOpen();
    RunReader reader = new RunReader(visitor, to, bytesMax);
    long next = from;
    while (next <= to && reader.goesOn() && reader.find(next)) {
      reader.begun = false;
      try {
        owner.log.read(reader.position, reader);
      } catch (StorageException e) {
        if (reader.begun || reader.isThere()) {
          throw e;
        }
      }
      // The run may have been moved or voided meanwhile: then it is looked up once more.
      next = reader.begun ? reader.last + 1 : next;
    }
    return reader.count;
  }

  /// Shows the entries of one run after the other.
  private final class RunReader implements LogVisitor {
    private final EntryVisitor visitor;
    private final EntryHeader header = new EntryHeader();
    private final long to;
    private final long bytesMax;
    private long bytes;
    private int count;
    private boolean begun;

    private long from;
    private long first;
    private long last;
    private long position;
    private int start;

    RunReader(EntryVisitor visitor, long to, long bytesMax) {
      this.visitor = visitor;
      this.to = to;
      this.bytesMax = bytesMax;
    }

    boolean goesOn() {
      return count == 0 || bytes < bytesMax;
    }

    /// Finds the run of the first entry at or behind an index.
    boolean find(long index) {
      state.lock.lock();
      try {
        from = Math.max(index, state.first());
        long slot = state.index.atOrBehind(from);
        if (slot == state.index.tail()) {
          return false;
        }
        first = state.index.first(slot);
        last = state.index.last(slot);
        position = state.index.position(slot);
        start = state.index.offset(slot);
        return Math.max(first, from) <= to;
      } finally {
        state.lock.unlock();
      }
    }

    /// Whether the run still stands where it was found.
    boolean isThere() {
      state.lock.lock();
      try {
        long slot = state.index.atOrBehind(Math.max(from, state.first()));
        return slot < state.index.tail()
            && state.index.first(slot) == first
            && state.index.position(slot) == position;
      } finally {
        state.lock.unlock();
      }
    }

    @Override
    public void record(
        int type,
        long at,
        long group,
        long second,
        MemorySegment segment,
        long offset,
        int length) {
      begun = true;
      long end = offset + length;
      long next = offset + start;
      for (long index = first; index <= last && index <= to && goesOn(); index++) {
        if (!StopBitCodec.INSTANCE.get(segment, next, end, header)) {
          throw new IllegalStateException("entry " + index + " of group " + group + " is cut off");
        }
        if (index >= from) {
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
        next = header.end();
      }
    }
  }

  @Override
  public long[] configurationIndexes() {
    state.lock.lock();
    try {
      return state.configurations();
    } finally {
      state.lock.unlock();
    }
  }

  @Override
  public HardState hardState() {
    state.lock.lock();
    try {
      return state.hardState();
    } finally {
      state.lock.unlock();
    }
  }

  @Override
  public void stageCommit(long index) {
    state.lock.lock();
    try {
      state.committed(index);
    } finally {
      state.lock.unlock();
    }
  }

  @Override
  public long commitIndex() {
    state.lock.lock();
    try {
      return state.commit();
    } finally {
      state.lock.unlock();
    }
  }

  @Override
  public long durableIndex() {
    long synced = owner.log.syncedPosition();
    state.lock.lock();
    try {
      long slot = state.index.notBelow(synced);
      return slot == state.index.head() ? state.first() - 1 : state.index.last(slot - 1);
    } finally {
      state.lock.unlock();
    }
  }

  @Override
  public void sync(long upTo) {
    owner.requireOpen();
    long position = -1;
    state.lock.lock();
    try {
      if (!state.index.isEmpty()) {
        long slot = Math.min(state.index.atOrBehind(upTo), state.index.tail() - 1);
        position = state.index.position(slot);
        if (upTo >= state.last()) {
          position = Math.max(position, state.statePosition);
        }
      }
    } finally {
      state.lock.unlock();
    }
    if (position < 0) {
      owner.log.sync();
    } else {
      owner.log.awaitSynced(position);
    }
  }

  @Override
  public long requestSync() {
    owner.requireOpen();
    long last = lastIndex();
    owner.log.requestSync();
    return last;
  }

  @Override
  public Engine.Registration onDurable(DurableIndexListener listener) {
    owner.requireOpen();
    return owner.listeners.add(
        new DurabilityListener() {
          private long told = durableIndex();

          @Override
          public void durable(long position) {
            long index = durableIndex();
            boolean more = index > told;
            told = index;
            if (more) {
              listener.durable(index);
            }
          }

          @Override
          public void failed(StorageException cause) {
            listener.failed(cause);
          }
        });
  }

  /// The lowest position of a live entry; `Long.MAX_VALUE` when there is none.
  ///
  /// Changes wait meanwhile: an entry whose record was appended before is in the index.
  long lowestPosition() {
    state.changes.lock();
    try {
      state.lock.lock();
      try {
        return state.lowestPosition();
      } finally {
        state.lock.unlock();
      }
    } finally {
      state.changes.unlock();
    }
  }

  /// Whether the group's live entries passed the size to warn about; the size doubles then.
  boolean passes(long bytesWarned) {
    state.lock.lock();
    try {
      long limit = Math.max(bytesWarned, state.bytesWarned);
      boolean passes = state.index.bytes() > limit;
      state.bytesWarned = passes ? 2 * state.index.bytes() : limit;
      return passes;
    } finally {
      state.lock.unlock();
    }
  }

  /// Writes the group's state again when it stands below a position, or nowhere.
  void renewState(long below) {
    state.changes.lock();
    try {
      if (!holdsSomething() || state.statePosition >= below) {
        return;
      }
      int flags = state.fresh() ? RaftLogFormat.FRESH : 0;
      setStatePosition(putState(state.first(), flags, commitIndex(), state.hardState(), null));
    } finally {
      state.changes.unlock();
    }
  }

  private void setStatePosition(long position) {
    state.lock.lock();
    try {
      state.statePosition = position;
    } finally {
      state.lock.unlock();
    }
  }

  /// Writes the live entries below a position again, at the end.
  ///
  /// @return how many encoded bytes
  long moveEntriesBelow(long position, EntryBatch moving) {
    long bytes = 0;
    long before = -1;
    while (bytes != before) {
      before = bytes;
      bytes += moveSome(position, moving);
    }
    return bytes;
  }

  /// Moves entries of neighbouring slots, some MiB, as one record. Changes of the group wait
  /// meanwhile, so that replay finds the record where it was true.
  private long moveSome(long below, EntryBatch moving) {
    state.changes.lock();
    try {
      long slot = state.index.head();
      long end = state.index.tail();
      while (slot < end && state.index.position(slot) >= below) {
        slot++;
      }
      if (slot == end) {
        return 0;
      }
      long from = slot;
      moving.clear();
      long bytes = 0;
      while (slot < end && state.index.position(slot) < below && bytes < MOVE_BYTES) {
        readRun(slot, moving);
        bytes += state.index.length(slot);
        slot++;
      }
      int shift = (int) Varint.put(prefix, 0, 0);
      long position =
          owner.log.append(
              Durability.BUFFERED,
              RaftLogFormat.MOVED,
              state.number,
              moving.first(),
              prefix,
              0,
              shift,
              moving.segment(),
              0,
              moving.bytes());
      // Replay meets these entries late: what it took for the first index before is put right.
      long renewed = putState(state.first(), 0, commitIndex(), state.hardState(), null);
      owner.log.awaitSynced(renewed);
      relocate(from, slot, position, shift, moving);
      setStatePosition(renewed);
      return bytes;
    } finally {
      moving.clear();
      state.changes.unlock();
    }
  }

  /// Copies the whole run of a slot into the batch that is being moved, also what lies below the
  /// first index, so that every run begins where its slot says.
  private void readRun(long slot, EntryBatch moving) {
    long first = state.index.first(slot);
    long last = state.index.last(slot);
    int start = state.index.offset(slot);
    EntryHeader header = new EntryHeader();
    owner.log.read(
        state.index.position(slot),
        (_, _, _, _, segment, offset, length) -> {
          long next = offset + start;
          for (long index = first; index <= last; index++) {
            if (!StopBitCodec.INSTANCE.get(segment, next, offset + length, header)) {
              throw new IllegalStateException("entry " + index + " is cut off");
            }
            moving.add(
                index,
                header.term,
                header.type,
                header.timestamp,
                segment,
                header.payload,
                header.length);
            next = header.end();
          }
        });
  }

  private void relocate(long fromSlot, long toSlot, long position, int shift, EntryBatch moving) {
    state.lock.lock();
    try {
      state.setUnordered();
      // Slots that follow one another in one term became one run: find each slot's place in it.
      EntryHeader header = new EntryHeader();
      long at = 0;
      long index = moving.first() - 1;
      long slot = fromSlot;
      while (at < moving.bytes() && slot < toSlot) {
        boolean good = StopBitCodec.INSTANCE.get(moving.segment(), at, moving.bytes(), header);
        assert good;
        index += header.gap + 1;
        if (index == state.index.first(slot)) {
          state.index.move(slot, position, shift + (int) at);
          slot++;
        }
        at = header.end();
      }
      assert slot == toSlot : "every slot was moved";
    } finally {
      state.lock.unlock();
    }
  }
}
