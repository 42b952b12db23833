package dev.plinth.engine.btree;

import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.memory.RawMemory;
import dev.plinth.kit.memory.Varint;
import dev.plinth.spi.BatchVisitor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.EntrySource;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// The single writer: whoever holds the writer's lock. Single puts and deletes change the tree in
/// place; batches, range deletes and ingestions change a hidden tree that is shown at once.
///
/// Order of every write: room is made, the tree changed, the record appended to the redo log, the
/// change shown; then, without the lock, the log is synced together with others. A write that
/// cannot be done fails before anything was changed.
final class Writes {
  /// A record's body is a batch's operations.
  static final int TYPE_OPERATIONS = 1;

  /// The same behind a Raft group and its applied index, 8 bytes each.
  static final int TYPE_APPLIED = 2;

  /// How often a write at the limit of space commits to get pages back.
  private static final int COMMITS_FOR_SPACE = 2;

  private final Store store;
  private final Committer committer;
  private final EngineTraits traits;
  private final int pageBytes;
  private final long dirtyPagesMax;
  private final Applier applier = new Applier();

  /// A byte for the kind, and two lengths.
  private static final int HEADER_BYTES_MAX = 16;

  private @Nullable MemorySegment longRecord;
  private long entriesSinceCommit;
  private long bytesSinceCommit;
  private boolean recovering;
  final LongAdder userBytes = new LongAdder();
  final LongAdder stallNanos = new LongAdder();

  Writes(Store store, Committer committer, EngineTraits traits) {
    this.store = store;
    this.committer = committer;
    this.traits = traits;
    this.pageBytes = store.file.layout().pageBytes();
    this.dirtyPagesMax = Math.max(16, store.options.dirtyBytesMax() / pageBytes);
  }

  long put(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength,
      Durability durability) {
    traits.requireKey(keyLength);
    traits.requireValue(valueLength);
    requireDurability(durability);
    long position;
    long sequence;
    store.writerLock.lock();
    try {
      store.requireWritable();
      admitMemory();
      sequence = store.sequence + 1;
      change(key, keyOffset, keyLength, value, valueOffset, valueLength, sequence);
      position = appendPut(sequence, key, keyOffset, keyLength, value, valueOffset, valueLength);
      count(keyLength + (long) valueLength, 1);
    } finally {
      store.writerLock.unlock();
    }
    finish(durability, sequence, position);
    return sequence;
  }

  private void change(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength,
      long sequence) {
    lockWithRoom(pagesOfPut(keyLength, valueLength), false);
    long token = store.epochs.enter();
    try {
      putNow(key, keyOffset, keyLength, value, valueOffset, valueLength);
      store.sequence = sequence;
    } finally {
      store.epochs.exit(token);
      releaseWhenDue();
      store.treeLock.unlock();
    }
  }

  /// Lets pages go that splits and merges have replaced, so that they are used before the file
  /// grows. With the tree's lock held.
  private void releaseWhenDue() {
    if (store.space.isReleaseDue()) {
      store.space.release(committer.durable().generation(), store.pins.oldest());
    }
  }

  /// How many pages a put may take.
  private int pagesOfPut(int keyLength, int valueLength) {
    int pages = store.tree.pagesPerWrite();
    if (keyLength > PageFormat.keyBytesMax(pageBytes)) {
      // The rest of the key, and of the separator that a split may make of it.
      pages += 2 * store.tree.extents.pagesOfKey(keyLength);
    }
    return valueLength <= Values.inlineBytesMax(pageBytes, keyLength)
        ? pages
        : pages + store.file.extentPages(valueLength);
  }

  /// Takes the tree's lock when there are enough free pages for a write.
  private void lockWithRoom(long pages, boolean frees) {
    store.treeLock.lock();
    if (!store.space.hasFree(pages + Space.RESERVE_PAGES)) {
      store.treeLock.unlock();
      makeRoom(pages, frees);
      store.treeLock.lock();
    }
  }

  /// Puts with both locks held, inside an epoch.
  private void putNow(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength) {
    Tree tree = store.tree;
    long payload = tree.memory().key(3);
    int field;
    if (valueLength <= Values.inlineBytesMax(pageBytes, keyLength)) {
      RawMemory.copyIn(value, valueOffset, payload, valueLength);
      field = valueLength;
    } else {
      tree.extents.write(value, valueOffset, valueLength, payload);
      field = PageFormat.EXTENT | PageFormat.EXTENT_REFERENCE_BYTES;
    }
    boolean good = false;
    try {
      tree.put(key, keyOffset, keyLength, field, payload, valueLength);
      good = true;
    } finally {
      if (!good && field != valueLength) {
        tree.extents.free(payload);
      }
    }
  }

  long delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    traits.requireKey(keyLength);
    requireDurability(durability);
    long position;
    long sequence;
    store.writerLock.lock();
    try {
      store.requireWritable();
      admitMemory();
      sequence = store.sequence + 1;
      lockWithRoom(store.tree.pagesPerWrite(), true);
      long token = store.epochs.enter();
      try {
        store.tree.delete(key, keyOffset, keyLength);
        store.sequence = sequence;
      } finally {
        store.epochs.exit(token);
        releaseWhenDue();
        store.treeLock.unlock();
      }
      MemorySegment head = store.tree.memory().segment();
      long at = store.tree.memory().offset(store.tree.memory().key(4));
      int header = encodeHeader(head, at, WriteBatch.DELETE, keyLength, 0);
      position = append(sequence, head, at, header, key, keyOffset, keyLength);
      count(keyLength, 1);
    } finally {
      store.writerLock.unlock();
    }
    finish(durability, sequence, position);
    return sequence;
  }

  /// Writes a batch of one or more operations.
  long write(WriteBatch batch, Durability durability) {
    traits.requireBatch(batch.bytes());
    applier.check(batch);
    requireDurability(durability);
    long position = 0;
    long sequence;
    store.writerLock.lock();
    try {
      store.requireWritable();
      sequence = store.sequence + 1;
      // A hidden tree cannot wait for a commit: pages that are free after one are fetched before.
      admit(store.tree.pagesPerRange(), true);
      applyHidden(batch);
      LogWriter log = store.log;
      if (log != null) {
        position = appendBatch(log, batch, sequence);
      }
      show(sequence, position, batch);
      count(batch.userBytes(), batch.count());
    } finally {
      store.writerLock.unlock();
    }
    finish(durability, sequence, position);
    if (position > 0 && durability == Durability.SYNCED && batch.group() != WriteBatch.NO_GROUP) {
      committer.loggedUpTo(sequence, batch.group(), batch.appliedIndex());
    }
    return sequence;
  }

  long deleteRange(byte @Nullable [] from, byte @Nullable [] to, Durability durability) {
    WriteBatch batch = new WriteBatch();
    MemorySegment start = MemorySegment.ofArray(from == null ? new byte[0] : from);
    MemorySegment end = MemorySegment.ofArray(to == null ? new byte[0] : to);
    batch.deleteRange(start, 0, (int) start.byteSize(), end, 0, (int) end.byteSize());
    return write(batch, durability);
  }

  private void applyHidden(WriteBatch batch) {
    store.treeLock.lock();
    try {
      store.tree.begin();
    } finally {
      store.treeLock.unlock();
    }
    boolean good = false;
    try {
      batch.forEach(applier);
      good = true;
    } finally {
      if (!good) {
        abort();
      }
    }
  }

  private void abort() {
    store.treeLock.lock();
    try {
      store.tree.abort();
      store.space.release(committer.durable().generation(), store.pins.oldest());
    } finally {
      store.treeLock.unlock();
    }
  }

  private void show(long sequence, long position, @Nullable WriteBatch batch) {
    store.treeLock.lock();
    try {
      store.tree.publish();
      store.sequence = sequence;
      if (position > 0) {
        store.appliedPosition = position;
      }
      if (batch != null && batch.group() != WriteBatch.NO_GROUP) {
        store.applied.set(batch.group(), batch.appliedIndex());
      }
      store.space.release(committer.durable().generation(), store.pins.oldest());
    } finally {
      store.treeLock.unlock();
    }
  }

  /// Adds sorted entries as one hidden change, then makes them durable.
  long ingest(EntrySource source) {
    long sequence;
    store.writerLock.lock();
    try {
      store.requireWritable();
      sequence = store.sequence + 1;
      store.treeLock.lock();
      try {
        store.tree.begin();
      } finally {
        store.treeLock.unlock();
      }
      boolean changed = false;
      try {
        changed = ingestHidden(source);
      } finally {
        if (!changed) {
          abort();
        }
      }
      if (!changed) {
        return store.sequence;
      }
      show(sequence, 0, null);
      committer.commit();
    } finally {
      store.writerLock.unlock();
    }
    return sequence;
  }

  /// @return whether there was any entry
  private boolean ingestHidden(EntrySource source) {
    MemorySegment last = MemorySegment.ofArray(new byte[traits.keyBytesMax()]);
    int lastLength = -1;
    while (source.next()) {
      MemorySegment key = source.keySegment();
      long offset = source.keyOffset();
      int length = source.keyLength();
      traits.requireKey(length);
      traits.requireValue(source.valueLength());
      if (lastLength >= 0
          && RawOrder.compare(key, offset, length, last.asSlice(0, lastLength)) <= 0) {
        throw new IllegalArgumentException(
            "ingested keys must ascend: "
                + hex(key, offset, length)
                + " does not follow "
                + hex(last, 0, lastLength));
      }
      MemorySegment.copy(key, offset, last, 0, length);
      lastLength = length;
      int bytes = length + source.valueLength();
      admitMemory();
      applier.putLocked(
          last, 0, length, source.valueSegment(), source.valueOffset(), source.valueLength());
      userBytes.add(bytes);
    }
    return lastLength >= 0;
  }

  private static String hex(MemorySegment key, long offset, int length) {
    return java.util.HexFormat.of()
        .formatHex(key.asSlice(offset, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE));
  }

  /// Applies a record of the redo log at open.
  void replay(int type, long sequence, MemorySegment segment, long offset, int length) {
    recovering = true;
    long body = type == TYPE_APPLIED ? offset + 16 : offset;
    int bytes = type == TYPE_APPLIED ? length - 16 : length;
    store.treeLock.lock();
    try {
      store.tree.begin();
    } finally {
      store.treeLock.unlock();
    }
    if (WriteBatch.decode(segment, body, bytes, applier) >= 0) {
      throw new StorageException.Corrupt(
          store.directory.path(), body, "a record of the redo log is no batch");
    }
    store.treeLock.lock();
    try {
      store.tree.publish();
      store.sequence = sequence;
      if (type == TYPE_APPLIED) {
        store.applied.set(
            segment.get(dev.plinth.kit.memory.Layouts.LONG, offset),
            segment.get(dev.plinth.kit.memory.Layouts.LONG, offset + 8));
      }
      store.space.release(committer.durable().generation(), store.pins.oldest());
    } finally {
      store.treeLock.unlock();
    }
  }

  void endRecovery() {
    recovering = false;
  }

  private void requireDurability(Durability durability) {
    if (durability == Durability.SYNCED && !store.options.wal()) {
      throw new StorageException.Unsupported(
          "a SYNCED write needs the log, which is off (wal = off): write with less and call"
              + " flush()");
    }
  }

  /// Appends the record of a put: head and key from memory of the writer's, the value from where it
  /// is.
  private long appendPut(
      long sequence,
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength) {
    WriterMemory memory = store.tree.memory();
    MemorySegment head = memory.segment();
    long at = memory.offset(memory.key(4));
    if (keyLength > pageBytes - HEADER_BYTES_MAX) {
      head = longRecord();
      at = 0;
    }
    int header = encodeHeader(head, at, WriteBatch.PUT, keyLength, valueLength);
    MemorySegment.copy(key, keyOffset, head, at + header, keyLength);
    return append(sequence, head, at, header + keyLength, value, valueOffset, valueLength);
  }

  /// Room for the head of a record with a long key.
  private MemorySegment longRecord() {
    MemorySegment room = longRecord;
    if (room == null) {
      room = Arena.ofAuto().allocate(HEADER_BYTES_MAX + EngineTraits.KEY_BYTES_LIMIT, 64);
      longRecord = room;
    }
    return room;
  }

  /// Encodes an operation's head as in [WriteBatch].
  private static int encodeHeader(
      MemorySegment segment, long at, byte kind, int keyLength, int valueLength) {
    segment.set(dev.plinth.kit.memory.Layouts.BYTE, at, kind);
    long end = Varint.put(segment, at + 1, keyLength);
    end = Varint.put(segment, end, valueLength);
    return (int) (end - at);
  }

  private long append(
      long sequence,
      MemorySegment head,
      long headOffset,
      int headLength,
      MemorySegment rest,
      long offset,
      int length) {
    LogWriter log = store.log;
    if (log == null) {
      return 0;
    }
    long position;
    try {
      position =
          log.append(
              Durability.BUFFERED,
              TYPE_OPERATIONS,
              sequence,
              0,
              head,
              headOffset,
              headLength,
              rest,
              offset,
              length);
    } catch (RuntimeException e) {
      throw failed(e);
    }
    store.appliedPosition = position;
    return position;
  }

  private long appendBatch(LogWriter log, WriteBatch batch, long sequence) {
    try {
      if (batch.group() == WriteBatch.NO_GROUP) {
        return log.append(
            Durability.BUFFERED,
            TYPE_OPERATIONS,
            sequence,
            0,
            batch.segment(),
            0,
            (int) batch.bytes());
      }
      WriterMemory memory = store.tree.memory();
      long at = memory.offset(memory.key(4));
      memory.segment().set(dev.plinth.kit.memory.Layouts.LONG, at, batch.group());
      memory.segment().set(dev.plinth.kit.memory.Layouts.LONG, at + 8, batch.appliedIndex());
      return log.append(
          Durability.BUFFERED,
          TYPE_APPLIED,
          sequence,
          0,
          memory.segment(),
          at,
          16,
          batch.segment(),
          0,
          (int) batch.bytes());
    } catch (RuntimeException e) {
      abort();
      throw failed(e);
    }
  }

  /// A change was made that the log refused: nothing more may become durable.
  private RuntimeException failed(RuntimeException e) {
    if (e instanceof StorageException cause) {
      store.poison(cause);
    } else {
      store.poison(new StorageException.Io("appending to the redo log failed: " + e, e));
    }
    return e;
  }

  private void count(long bytes, long entries) {
    userBytes.add(bytes);
    entriesSinceCommit += entries;
    bytesSinceCommit += bytes;
  }

  /// After the writer's lock was left: waits as durability asks, and starts a commit when one is
  /// due.
  private void finish(Durability durability, long sequence, long position) {
    LogWriter log = store.log;
    if (log != null && durability != Durability.BUFFERED) {
      if (durability == Durability.SYNCED) {
        log.awaitSynced(position);
        committer.loggedUpTo(sequence, null);
      } else {
        log.awaitWritten(position);
      }
    }
  }

  /// Starts a commit when one is due. With the writer's lock held, before a write.
  private void commitWhenDue() {
    BtreeOptions options = store.options;
    boolean due =
        (options.commitEveryEntries() > 0 && entriesSinceCommit >= options.commitEveryEntries())
            || (options.commitEveryBytes() > 0 && bytesSinceCommit >= options.commitEveryBytes());
    if (!due && options.commitEveryNanos() > 0) {
      due =
          entriesSinceCommit > 0
              && System.nanoTime() - committer.lastCommitNanos() >= options.commitEveryNanos();
    }
    if (due && !committer.isBusy()) {
      entriesSinceCommit = 0;
      bytesSinceCommit = 0;
      committer.request();
    }
  }

  /// Makes room for a write: frames, pages, memory for dirty pages. With the writer's lock held,
  /// outside of epochs and the tree's lock.
  ///
  /// @param pages how many it may take
  /// @param frees whether it serves to free space, and may use the reserve
  private void admit(long pages, boolean frees) {
    admitMemory();
    makeRoom(pages, frees);
  }

  /// Makes room for a write in memory, as [#admit].
  private void admitMemory() {
    if (!recovering) {
      if (!store.tree.isInTransaction()) {
        commitWhenDue();
      }
    }
    if (store.file.cache().dirtyFrames() > dirtyPagesMax / 2) {
      relieveMemory(store.file.cache().dirtyFrames() > dirtyPagesMax);
    }
    if (!store.file.cache().reserve()) {
      relieveMemory(true);
      if (!store.file.cache().reserve()) {
        throw new StorageException.LimitExceeded(
            "no memory for pages is free: close snapshots or raise cache.bytes and"
                + " dirty.bytes.max");
      }
    }
  }

  /// @param wait until memory is free
  private void relieveMemory(boolean wait) {
    PageCache cache = store.file.cache();
    if (recovering || store.tree.isInTransaction()) {
      if (cache.dirtyFrames() > dirtyPagesMax) {
        spill();
      }
      return;
    }
    if (!wait && committer.isSpilling()) {
      return;
    }
    long ticket = committer.requestSpill();
    if (wait) {
      long start = System.nanoTime();
      committer.awaitSpill(ticket);
      if (cache.dirtyFrames() > dirtyPagesMax) {
        // What is left are inner pages, which only a commit writes.
        committer.commit();
      }
      long nanos = System.nanoTime() - start;
      stallNanos.add(nanos);
      store.events.accept(new EngineEvent.Stalled("changed pages fill dirty.bytes.max", nanos));
    }
  }

  /// Writes changed pages of the hidden or recovering tree to make memory free; no meta names them
  /// yet.
  private void spill() {
    try {
      store.dirtyPages.write(store.tree.working(), dev.plinth.spi.ByteCause.FLUSH);
    } catch (StorageException e) {
      if (!(e instanceof StorageException.Corrupt)) {
        store.poison(e);
      }
      throw e;
    }
  }

  private void makeRoom(long pages, boolean frees) {
    if (recovering) {
      makeRoomToRecover(pages);
      return;
    }
    long needed = frees ? pages : pages + Space.RESERVE_PAGES;
    for (int round = 0; ; round++) {
      store.treeLock.lock();
      try {
        if (ensure(needed, pages, frees)) {
          return;
        }
        if (round > COMMITS_FOR_SPACE && !store.pins.expireOldest()) {
          throw new StorageException.NoSpace(
              store.file.file().path()
                  + ": has reached its limit of "
                  + store.options.spaceBytesMax()
                  + " bytes; delete and compact, or raise space.bytes.max",
              null);
        }
        store.space.release(committer.durable().generation(), store.pins.oldest());
      } finally {
        store.treeLock.unlock();
      }
      if (!store.tree.isInTransaction()) {
        committer.commit();
      }
      store.epochs.poll();
    }
  }

  /// At open the estimate is no reason to give up: most writes take few pages, and a full disk must
  /// not keep a store closed.
  private void makeRoomToRecover(long pages) {
    store.treeLock.lock();
    try {
      store.space.ensure(pages);
    } catch (StorageException.NoSpace e) {
      store.space.freePages();
    } finally {
      store.treeLock.unlock();
    }
  }

  private boolean ensure(long needed, long pages, boolean frees) {
    try {
      return store.space.ensure(needed);
    } catch (StorageException.NoSpace e) {
      if (frees && store.space.readyPages() >= pages) {
        return true;
      }
      throw e;
    }
  }

  /// Applies the operations of a batch to the hidden tree.
  private final class Applier implements BatchVisitor {
    /// Refuses a batch with a key or value over the limits, before anything is changed.
    void check(WriteBatch batch) {
      batch.forEach(
          new BatchVisitor() {
            @Override
            public void put(
                MemorySegment segment, long key, int keyLength, long value, int valueLength) {
              traits.requireKey(keyLength);
              traits.requireValue(valueLength);
            }

            @Override
            public void delete(MemorySegment segment, long key, int keyLength) {
              traits.requireKey(keyLength);
            }

            @Override
            public void deleteRange(
                MemorySegment segment, long from, int fromLength, long to, int toLength) {}
          });
    }

    @Override
    public void put(MemorySegment segment, long key, int keyLength, long value, int valueLength) {
      admitMemory();
      putLocked(segment, key, keyLength, segment, value, valueLength);
    }

    void putLocked(
        MemorySegment key,
        long keyOffset,
        int keyLength,
        MemorySegment value,
        long valueOffset,
        int valueLength) {
      lockWithRoom(pagesOfPut(keyLength, valueLength), false);
      long token = store.epochs.enter();
      try {
        putNow(key, keyOffset, keyLength, value, valueOffset, valueLength);
      } finally {
        store.epochs.exit(token);
        store.treeLock.unlock();
      }
    }

    @Override
    public void delete(MemorySegment segment, long key, int keyLength) {
      admitMemory();
      lockWithRoom(store.tree.pagesPerWrite(), true);
      long token = store.epochs.enter();
      try {
        store.tree.delete(segment, key, keyLength);
      } finally {
        store.epochs.exit(token);
        store.treeLock.unlock();
      }
    }

    @Override
    public void deleteRange(
        MemorySegment segment, long from, int fromLength, long to, int toLength) {
      byte[] start = bytes(segment, from, fromLength);
      byte[] end = bytes(segment, to, toLength);
      if (start != null && end != null && java.util.Arrays.compareUnsigned(start, end) >= 0) {
        return;
      }
      admit(store.tree.pagesPerRange(), true);
      store.treeLock.lock();
      long token = store.epochs.enter();
      try {
        store.tree.deleteRange(start, end);
      } finally {
        store.epochs.exit(token);
        store.treeLock.unlock();
      }
    }

    private static byte @Nullable [] bytes(MemorySegment segment, long offset, int length) {
      return length == 0
          ? null
          : segment.asSlice(offset, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }
  }
}
