package dev.plinth.engine.bitcask;

import dev.plinth.spi.BatchVisitor;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.EntrySource;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.ValueVisitor;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;

/// An open Bitcask: the facade over [Parts], where the way of a write is [Appender], [Committer],
/// [LiveState], and the way of a read is [KeyIndex], [Records], window.
final class BitcaskEngine implements Engine {
  private final Parts parts;
  private final EngineTraits traits;
  private final LongAdder userBytes = new LongAdder();

  private BitcaskEngine(Parts parts) {
    this.parts = parts;
    this.traits = parts.options.traits();
  }

  static BitcaskEngine open(Path directory, EngineOptions options, EngineEnvironment environment) {
    return open(directory, options, environment, TombstoneRule.SAFE);
  }

  /// Opens with another rule for tombstones, as a test does to see that it matters.
  static BitcaskEngine open(
      Path directory, EngineOptions options, EngineEnvironment environment, TombstoneRule rule) {
    return new BitcaskEngine(Parts.open(directory, options, environment, rule));
  }

  @Override
  public EngineTraits traits() {
    return traits;
  }

  @Override
  public long write(WriteBatch batch, Durability durability) {
    parts.health.requireOpen();
    if (batch.isEmpty()) {
      return sequence();
    }
    traits.requireBatch(batch.bytes());
    batch.forEach(new Limits());
    long sequence = parts.appender.append(batch);
    parts.committer.finish(sequence, durability);
    userBytes.add(batch.userBytes());
    return sequence;
  }

  @Override
  public long put(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength,
      Durability durability) {
    traits.requireKey(keyLength);
    traits.requireValue(valueLength);
    long sequence =
        parts.appender.append(
            RecordFormat.PUT, key, keyOffset, keyLength, value, valueOffset, valueLength);
    parts.committer.finish(sequence, durability);
    userBytes.add(keyLength + (long) valueLength);
    return sequence;
  }

  @Override
  public long delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    traits.requireKey(keyLength);
    long sequence =
        parts.appender.append(RecordFormat.DELETE, key, keyOffset, keyLength, key, keyOffset, 0);
    parts.committer.finish(sequence, durability);
    userBytes.add(keyLength);
    return sequence;
  }

  @Override
  public long deleteRange(KeyRange range, Durability durability) {
    WriteBatch batch = new WriteBatch(traits.batchBytesMax());
    return write(batch.deleteRange(range), durability);
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    traits.requireKey(length);
    return parts.reader.read(key, offset, length, visitor);
  }

  @Override
  public long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    traits.requireKey(length);
    return parts.reader.copy(key, offset, length, target, targetOffset, targetLength);
  }

  @Override
  public Cursor cursor(KeyRange range) {
    Snapshots.Lease lease = openLease();
    try {
      return cursorAt(lease, range);
    } finally {
      parts.snapshots.close(lease);
    }
  }

  @Override
  public Snapshot snapshot() {
    return new BitcaskSnapshot(parts.snapshots, openLease(), parts.reader, traits, this::cursorAt);
  }

  @Override
  public long sequence() {
    parts.health.requireOpen();
    return parts.committer.visible();
  }

  @Override
  public long flush() {
    parts.health.requireOpen();
    parts.health.requireHealthy();
    parts.committer.awaitDurable(parts.appender.sequence());
    return parts.committer.durable();
  }

  @Override
  public void requestFlush() {
    parts.health.requireOpen();
    parts.health.requireHealthy();
    parts.committer.requestDurable(parts.appender.sequence());
  }

  @Override
  public long durableSequence() {
    parts.health.requireOpen();
    return parts.committer.durable();
  }

  @Override
  public long appliedIndex(long group) {
    parts.health.requireOpen();
    return parts.live.applied.get(group);
  }

  @Override
  public long durableAppliedIndex(long group) {
    parts.health.requireOpen();
    return parts.committer.durableApplied().get(group);
  }

  @Override
  public Registration onDurable(DurabilityListener listener) {
    parts.health.requireOpen();
    return parts.listeners.add(listener);
  }

  @Override
  public long ingest(EntrySource source) {
    parts.health.requireOpen();
    Ingestion ingestion = new Ingestion(parts, traits);
    long sequence = ingestion.run(source);
    userBytes.add(ingestion.userBytes());
    return sequence;
  }

  @Override
  public void checkpoint(Path directory) {
    parts.health.requireOpen();
    new Checkpoint(parts).write(directory);
  }

  @Override
  public void compact(KeyRange range) {
    parts.health.requireOpen();
    parts.rollAndSeal();
    parts.merger.mergeAll(range);
    parts.epochs.poll();
  }

  @Override
  public void settle() {
    flush();
    parts.maintenance.awaitSealed();
    parts.maintenance.awaitMerged();
    parts.epochs.poll();
  }

  @Override
  public Verification verify() {
    parts.health.requireOpen();
    return new Verifier(parts).run();
  }

  @Override
  public long approximateBytes(KeyRange range) {
    parts.health.requireOpen();
    return new RangeEstimate(parts).bytes(range);
  }

  @Override
  public EngineStats stats() {
    parts.health.requireOpen();
    return new StatsReport(parts, userBytes.sum()).stats();
  }

  @Override
  public void close() {
    parts.close();
  }

  /// What it is made of.
  Parts parts() {
    return parts;
  }

  private Snapshots.Lease openLease() {
    parts.health.requireOpen();
    parts.committer.lock().lock();
    try {
      Snapshots.Lease lease = parts.snapshots.open(parts.committer.visible());
      if (parts.live.isOrdered()) {
        lease.view(parts.live.ordered().freeze());
      }
      return lease;
    } finally {
      parts.committer.lock().unlock();
    }
  }

  private Cursor cursorAt(Snapshots.Lease lease, KeyRange range) {
    parts.health.requireOpen();
    if (parts.live.isOrdered()) {
      return orderedCursorAt(lease, range);
    }
    SortedViews.Lent lent = parts.views.lend(lease, range);
    try {
      return new BitcaskCursor(
          parts.epochs, parts.records, lent.lease(), lent.view(), range, lent::close);
    } catch (RuntimeException e) {
      lent.close();
      throw e;
    }
  }

  private Cursor orderedCursorAt(Snapshots.Lease lease, KeyRange range) {
    Snapshots.Lease own = parts.snapshots.share(lease);
    long token = 0;
    try {
      token = parts.epochs.enter();
      OrderedView view = own.view();
      if (view == null) {
        own.requireUsable();
        throw new IllegalStateException("a lease without a view of the ordered index");
      }
      return new OrderedCursor(
          parts.epochs, parts.records, own, view, range, () -> parts.snapshots.close(own));
    } catch (RuntimeException e) {
      parts.snapshots.close(own);
      throw e;
    } finally {
      if (token != 0) {
        parts.epochs.exit(token);
      }
    }
  }

  /// Refuses what goes over a limit before anything of a batch is written.
  private final class Limits implements BatchVisitor {
    @Override
    public void put(MemorySegment segment, long key, int keyLength, long value, int valueLength) {
      traits.requireKey(keyLength);
      traits.requireValue(valueLength);
    }

    @Override
    public void delete(MemorySegment segment, long key, int keyLength) {
      traits.requireKey(keyLength);
    }

    @Override
    public void deleteRange(
        MemorySegment segment, long from, int fromLength, long to, int toLength) {
      traits.requireKey(Math.max(1, fromLength));
      traits.requireKey(Math.max(1, toLength));
    }
  }
}
