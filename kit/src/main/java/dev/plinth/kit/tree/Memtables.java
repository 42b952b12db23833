package dev.plinth.kit.tree;

import dev.plinth.kit.memory.SlabPool;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/// The memtables of a tree and what stands around them, as those see it who fill them.
public interface Memtables {
  /// The folder of the store, for errors.
  Path path();

  /// What bounds them.
  WriteLimits limits();

  /// Their memory.
  SlabPool pool();

  /// Who uses the tree.
  Leases leases();

  /// How writers are slowed.
  Throttle throttle();

  /// What is durable.
  Durables durables();

  /// Whether the tree takes writes.
  Health health();

  /// The limit of the disk.
  SpaceLimit space();

  /// About how many bytes the memtables will take as tables.
  long memoryBytes();

  /// The sequence number of the newest visible batch.
  long visible();

  /// Makes batches up to a sequence number visible; called by the committing thread.
  void publish(long sequence);

  /// The sequence number up to which everything is in tables.
  long flushedSequence();

  /// The applied indexes as of then, by group.
  Map<Long, Long> flushedIndexes();

  /// Held by who changes the layers.
  ReentrantLock viewLock();

  /// The layers that readers see, the newest first, but for those that point into the log.
  Layer[] layers();

  /// Shows other layers, before those that point into the log, and takes over the reference of the
  /// first.
  void install(List<Layer> layers);

  /// A layer with an empty memtable in a slab.
  Layer layer(SlabPool.Slab slab);

  /// Whether layers that point into the log stand between memtables and tables.
  default boolean isStaged() {
    return false;
  }
}
