package dev.plinth.engine.bitcask;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.ValueVisitor;
import java.lang.foreign.MemorySegment;
import java.util.function.BiFunction;

/// A frozen state: a sequence number, and the lease that keeps what it shows.
final class BitcaskSnapshot implements Snapshot {
  private final Snapshots snapshots;
  private final Snapshots.Lease lease;
  private final BitcaskReader reader;
  private final EngineTraits traits;
  private final BiFunction<Snapshots.Lease, KeyRange, Cursor> cursors;

  BitcaskSnapshot(
      Snapshots snapshots,
      Snapshots.Lease lease,
      BitcaskReader reader,
      EngineTraits traits,
      BiFunction<Snapshots.Lease, KeyRange, Cursor> cursors) {
    this.snapshots = snapshots;
    this.lease = lease;
    this.reader = reader;
    this.traits = traits;
    this.cursors = cursors;
  }

  @Override
  public long sequence() {
    return lease.sequence();
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    traits.requireKey(length);
    return reader.readAt(lease, key, offset, length, visitor);
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
    return reader.copyAt(lease, key, offset, length, target, targetOffset, targetLength);
  }

  @Override
  public Cursor cursor(KeyRange range) {
    lease.requireUsable();
    return cursors.apply(lease, range);
  }

  @Override
  public void close() {
    snapshots.close(lease);
  }
}
