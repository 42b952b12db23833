package dev.plinth.lsm;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.ValueVisitor;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/// A sequence number that compactions respect. See [Snapshot].
final class LsmSnapshot implements Snapshot {
  private final Tree tree;
  private final TreeReads reads;
  private final long sequence;
  private final AtomicBoolean closed = new AtomicBoolean();

  /// A snapshot of the newest visible state; takes a lease.
  LsmSnapshot(Tree tree, TreeReads reads) {
    this.tree = tree;
    this.reads = reads;
    tree.leases.acquire();
    this.sequence = tree.snapshots.open(tree::visible);
  }

  @Override
  public long sequence() {
    return sequence;
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    requireOpen();
    return reads.read(key, offset, length, sequence, visitor);
  }

  @Override
  public long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    requireOpen();
    return reads.copy(key, offset, length, sequence, target, targetOffset, targetLength);
  }

  @Override
  public Cursor cursor(KeyRange range) {
    requireOpen();
    return tree.cursor(range, sequence);
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      tree.snapshots.close(sequence);
      tree.leases.release();
    }
  }

  private void requireOpen() {
    if (closed.get()) {
      throw new StorageException.Closed("the snapshot was closed");
    }
    tree.leases.requireOpen();
  }
}
