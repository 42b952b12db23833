package dev.plinth.engine.btree;

import dev.plinth.spi.StorageException;

/// A frozen tree that a snapshot, cursor or checkpoint shows. It may be given up when the engine
/// needs its space; then its user is told at the next read.
final class Pin implements PointReads.Start {
  private final Tree.Root root;
  private final long generation;
  private final long sequence;
  private volatile boolean expired;

  Pin(Tree.Root root, long generation, long sequence) {
    this.root = root;
    this.generation = generation;
    this.sequence = sequence;
  }

  long generation() {
    return generation;
  }

  long sequence() {
    return sequence;
  }

  void expire() {
    expired = true;
  }

  /// The tree. Called inside the epoch in which it is read, so that its pages stay until that ends
  /// even when it is given up meanwhile.
  ///
  /// @throws StorageException.SnapshotExpired when it was given up
  @Override
  public Tree.Root root() {
    if (expired) {
      throw new StorageException.SnapshotExpired(
          "the snapshot of sequence "
              + sequence
              + " was given up, since keeping it would have broken space.bytes.max; take a new one,"
              + " close it sooner, or raise the limit");
    }
    return root;
  }

  @Override
  public long frozen() {
    return generation;
  }
}
