package dev.plinth.engine.jungle;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.ValueVisitor;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicBoolean;

/// A frozen state: a sequence number and the memtables and tables that show it. Its tables never
/// change, since a table only grows behind what this state knows of it. See [Snapshot].
final class JungleSnapshot implements Snapshot {
  private final Tree tree;
  private final TreeReads reads;
  private final long sequence;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile ReadView view;

  /// A snapshot; takes a reference of the view over, and a lease.
  private JungleSnapshot(Tree tree, TreeReads reads, ReadView view, long sequence) {
    this.tree = tree;
    this.reads = reads;
    this.view = view;
    this.sequence = sequence;
  }

  /// A snapshot of the newest visible state.
  static JungleSnapshot newest(Tree tree, TreeReads reads) {
    tree.leases.acquire();
    tree.viewLock.lock();
    try {
      ReadView now = tree.view();
      boolean retained = now.tryRetain();
      assert retained : "the tree holds its view";
      JungleSnapshot snapshot = new JungleSnapshot(tree, reads, now, tree.visible());
      tree.snapshots.add(snapshot);
      return snapshot;
    } finally {
      tree.viewLock.unlock();
    }
  }

  /// A snapshot of tables alone.
  ///
  /// @param version with a reference that is taken over
  static JungleSnapshot of(Tree tree, TreeReads reads, Version version, long sequence) {
    try {
      tree.leases.acquire();
    } catch (StorageException e) {
      version.release();
      throw e;
    }
    JungleSnapshot snapshot =
        new JungleSnapshot(tree, reads, new ReadView(java.util.List.of(), version), sequence);
    tree.snapshots.add(snapshot);
    return snapshot;
  }

  ReadView view() {
    return view;
  }

  /// Shows the same state from other places. Called by the registry.
  void show(ReadView next) {
    view = next;
  }

  @Override
  public long sequence() {
    return sequence;
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    requireOpen();
    return reads.read(key, offset, length, this, visitor);
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
    return reads.copy(key, offset, length, this, target, targetOffset, targetLength);
  }

  @Override
  public Cursor cursor(KeyRange range) {
    requireOpen();
    return tree.cursor(range, this);
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      tree.snapshots.remove(this);
      tree.epochs.poll();
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
