package com.example.journal;

import dev.plinth.conformance.model.ModelEngine;
import dev.plinth.kit.directory.EngineDirectory;
import dev.plinth.kit.disk.MeteredDisk;
import dev.plinth.kit.log.LogListener;
import dev.plinth.kit.log.LogOptions;
import dev.plinth.kit.log.LogReader;
import dev.plinth.kit.log.LogTail;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.ByteLedger;
import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/// A sorted map on the heap and a journal of every batch. Compaction writes the whole state as one
/// record and drops what is before it. One monitor guards everything.
final class JournalEngine extends ModelEngine {
  private static final int FORMAT = 1;
  private static final int BATCH = 0;
  private static final int STATE = 1;
  private static final int HEADER_BYTES = 16;
  private static final long RESERVE_BYTES = 256 << 10;

  private final MeteredDisk disk;
  private final EngineOptions options;
  private final EngineDirectory directory;
  private final LogWriter log;
  private final Map<Long, Long> durableApplied = new HashMap<>();
  private long durable;
  private boolean hasState;
  private long firstPosition = -1;

  JournalEngine(Disk disk, Path path, EngineOptions options) {
    super(JournalProvider.TRAITS);
    this.disk = new MeteredDisk(disk);
    this.options = options;
    this.directory = EngineDirectory.open(this.disk, path, JournalProvider.NAME, FORMAT, options);
    try {
      this.log = log(path, directory.storeId());
      requireBeginning();
    } catch (StorageException e) {
      directory.close();
      throw e;
    }
    allDurable(sequence());
  }

  private LogWriter log(Path path, UUID store) {
    LogListener listener =
        new LogListener() {
          @Override
          public void failed(StorageException cause) {
            listeners().forEach(listener -> listener.failed(cause));
          }
        };
    LogOptions small = LogOptions.small(options.bytes(JournalProvider.SEGMENT_BYTES), 64 << 10);
    long number = number(store);
    return LogWriter.open(disk, path, number, small, null, 0, 0, listener, this::found);
  }

  private static long number(UUID store) {
    return store.getMostSignificantBits() ^ store.getLeastSignificantBits();
  }

  private void found(
      int type, long at, long sequence, long unused, MemorySegment body, long offset, int length) {
    WriteBatch batch = new WriteBatch();
    WriteBatch.decode(body, offset + HEADER_BYTES, length - HEADER_BYTES, new Copying(batch));
    long group = body.get(Layouts.LONG, offset);
    if (group >= 0) {
      batch.applied(group, body.get(Layouts.LONG, offset + 8));
    }
    replay(batch, sequence);
    hasState |= type == STATE;
    firstPosition = firstPosition < 0 ? at : firstPosition;
  }

  /// A journal that does not begin with its first batch must hold the state that took its place.
  private void requireBeginning() {
    LogTail tail = log.recovered();
    boolean isFromStart = tail.numbers().isEmpty() || tail.numbers().getFirst() == 1;
    if (!isFromStart && !hasState) {
      log.close();
      throw new StorageException.Corrupt(tail.file(), 0, "the beginning of the journal is missing");
    }
  }

  private long append(
      LogWriter target, Durability durability, int type, long sequence, WriteBatch batch) {
    MemorySegment header = MemorySegment.ofArray(new byte[HEADER_BYTES]);
    header.set(Layouts.LONG, 0, batch.group());
    header.set(Layouts.LONG, 8, batch.appliedIndex());
    int length = (int) batch.bytes();
    return target.append(
        durability, type, sequence, 0, header, 0, HEADER_BYTES, batch.segment(), 0, length);
  }

  @Override
  protected void record(WriteBatch batch, long sequence, Durability durability) {
    if (disk.usableBytes(directory.path()) < RESERVE_BYTES && Copying.holdsPuts(batch)) {
      throw new StorageException.NoSpace(
          directory.path() + ": the disk is full; delete and compact", null);
    }
    append(log, durability, BATCH, sequence, batch);
    if (durability == Durability.SYNCED) {
      if (batch.group() >= 0) {
        durableApplied.put(batch.group(), batch.appliedIndex());
      }
      allDurable(sequence);
    }
  }

  @Override
  protected void sync() {
    log.sync();
    allDurable(sequence());
  }

  private void allDurable(long upTo) {
    durable = upTo;
    appliedIndexes().forEach((group, index) -> durableApplied.merge(group, index, Math::max));
    listeners().forEach(listener -> listener.durable(upTo));
  }

  @Override
  public synchronized long durableSequence() {
    return durable;
  }

  @Override
  public synchronized long durableAppliedIndex(long group) {
    return durableApplied.getOrDefault(group, -1L);
  }

  /// Writes the state, durably.
  private long writeState(LogWriter target) {
    WriteBatch state = new WriteBatch().deleteRange(KeyRange.all());
    contents().forEach(new Copying(state));
    long position = append(target, Durability.BUFFERED, STATE, sequence(), state);
    appliedIndexes()
        .forEach(
            (group, index) -> {
              WriteBatch none = new WriteBatch().applied(group, index);
              append(target, Durability.BUFFERED, BATCH, sequence(), none);
            });
    target.sync();
    return position;
  }

  @Override
  public synchronized void compact(KeyRange range) {
    requireOpen();
    log.dropBefore(writeState(log));
    allDurable(sequence());
  }

  @Override
  public synchronized void checkpoint(Path target) {
    requireOpen();
    if (disk.exists(target)) {
      throw new IllegalArgumentException(target + " exists");
    }
    EngineDirectory.prepare(disk, target);
    UUID store = UUID.randomUUID();
    LogOptions small = LogOptions.small(1 << 20, 64 << 10);
    try (LogWriter copy =
        LogWriter.open(disk, target, number(store), small, (_, _, _, _, _, _, _) -> {})) {
      writeState(copy);
    }
    EngineDirectory.stamp(disk, target, JournalProvider.NAME, FORMAT, options, store);
  }

  @Override
  public synchronized Verification verify() {
    long entries = super.verify().entries();
    LogTail tail =
        LogReader.read(
            disk,
            directory.path(),
            number(directory.storeId()),
            0,
            log.syncedPosition(),
            (_, _, _, _, _, _, _) -> {});
    return new Verification(tail.numbers().size(), diskBytes(), entries);
  }

  @Override
  protected ByteLedger ledger() {
    return disk.ledger();
  }

  @Override
  protected long diskBytes() {
    Path folder = directory.path();
    return disk.list(folder).stream().mapToLong(name -> disk.size(folder.resolve(name))).sum();
  }

  @Override
  protected void release() {
    try (directory) {
      log.close();
    }
  }
}
