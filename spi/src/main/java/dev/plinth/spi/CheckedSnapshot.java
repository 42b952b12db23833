package dev.plinth.spi;

import java.lang.foreign.MemorySegment;

/// A snapshot in checked mode: see [CheckedEngine].
final class CheckedSnapshot implements Snapshot {
  private final CheckedEngine owner;
  private final Snapshot snapshot;

  CheckedSnapshot(CheckedEngine owner, Snapshot snapshot) {
    this.owner = owner;
    this.snapshot = snapshot;
  }

  @Override
  public long sequence() {
    return snapshot.sequence();
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    return snapshot.read(key, offset, length, owner.copying(visitor));
  }

  @Override
  public long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    return snapshot.copy(key, offset, length, target, targetOffset, targetLength);
  }

  @Override
  public int readMany(
      MemorySegment keys, long[] offsets, int[] lengths, int count, IndexedValueVisitor visitor) {
    return snapshot.readMany(keys, offsets, lengths, count, owner.copying(visitor));
  }

  @Override
  public Cursor cursor(KeyRange range) {
    return owner.lease(snapshot.cursor(range));
  }

  @Override
  public void close() {
    owner.release(this);
    snapshot.close();
  }
}
