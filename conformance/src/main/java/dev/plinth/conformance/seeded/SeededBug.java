package dev.plinth.conformance.seeded;

import dev.plinth.conformance.lab.Layer;

/// The bugs, with the layer that has to catch them.
public enum SeededBug {
  /// Writes are acknowledged before they were synced: syncing a file does nothing.
  ACKNOWLEDGED_BEFORE_SYNC(true, Layer.CRASH),
  /// Created, renamed and deleted names are not synced.
  DIRECTORY_NOT_SYNCED(true, Layer.CRASH),
  /// A failed sync is tried again, and its success believed.
  FAILED_SYNC_RETRIED(true, Layer.FAULT),
  /// A write that failed half-way is taken for done.
  SHORT_WRITE_IGNORED(true, Layer.FAULT),
  /// A tombstone goes before the value it hides: the deleted key comes back with a compaction.
  TOMBSTONE_DROPPED_EARLY(false, Layer.HISTORY),
  /// A batch is written as single operations.
  BATCH_NOT_ATOMIC(false, Layer.CRASH),
  /// A snapshot shows what was written after it.
  SNAPSHOT_NOT_FROZEN(false, Layer.HISTORY),
  /// What was only written is said to be durable.
  DURABLE_TOO_EARLY(false, Layer.CRASH);

  private final boolean onDisk;
  private final Layer layer;

  SeededBug(boolean onDisk, Layer layer) {
    this.onDisk = onDisk;
    this.layer = layer;
  }

  /// Whether it is one of the disk below the engine, and not of the engine itself.
  public boolean isOnDisk() {
    return onDisk;
  }

  /// The layer that has to catch it.
  public Layer layer() {
    return layer;
  }
}
