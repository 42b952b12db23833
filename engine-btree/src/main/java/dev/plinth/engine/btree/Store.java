package dev.plinth.engine.btree;

import dev.plinth.kit.directory.EngineDirectory;
import dev.plinth.kit.disk.MeteredDisk;
import dev.plinth.kit.durability.DurabilityListeners;
import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.StorageException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the parts of an open B-tree share.
///
/// Locks, always taken in this order: `writerLock` (who may write, for whole operations, waiting
/// included), `treeLock` (the tree, space and pins, for moments; a commit and a new cursor take
/// only this one).
final class Store {
  final EngineDirectory directory;
  final MeteredDisk disk;
  final BtreeOptions options;
  final EngineOptions engineOptions;
  final Consumer<EngineEvent> events;
  final Epochs epochs;
  final TreeFile file;
  final Space space;
  final Tree tree;
  final Pins pins = new Pins();
  final DirtyPages dirtyPages;
  final ValueBuffers buffers;
  final DurabilityListeners listeners = new DurabilityListeners(BtreeProvider.NAME);
  final ReentrantLock writerLock = new BargingLock();
  final ReentrantLock treeLock = new BargingLock();
  final GroupIndexes applied;
  private final AtomicReference<@Nullable StorageException> poison = new AtomicReference<>();

  /// The redo log; null when there is none, and until recovery has read it.
  volatile @Nullable LogWriter log;

  /// Sequence of the newest visible batch. Changes under both locks.
  volatile long sequence;

  /// Where the newest visible batch stands in the log; 0 when it never had one.
  volatile long appliedPosition;

  private volatile boolean closed;

  Store(
      EngineDirectory directory,
      MeteredDisk disk,
      BtreeOptions options,
      EngineOptions engineOptions,
      Consumer<EngineEvent> events,
      Epochs epochs,
      TreeFile file,
      Space space,
      Tree tree,
      Meta meta,
      GroupIndexes applied) {
    this.directory = directory;
    this.disk = disk;
    this.options = options;
    this.engineOptions = engineOptions;
    this.events = events;
    this.epochs = epochs;
    this.file = file;
    this.space = space;
    this.tree = tree;
    this.dirtyPages = new DirtyPages(file, epochs);
    this.buffers = file.buffers();
    tree.extents.onFailure(this::poison);
    this.applied = applied;
    this.sequence = meta.sequence();
    this.appliedPosition = 0;
  }

  /// Ends all writing: the first cause is told to everyone from now on.
  void poison(StorageException cause) {
    if (poison.compareAndSet(null, cause)) {
      events.accept(new EngineEvent.Poisoned(cause));
      listeners.failed(cause);
    }
  }

  @Nullable StorageException poisonCause() {
    return poison.get();
  }

  /// Refuses writes to a closed or poisoned engine.
  void requireWritable() {
    requireOpen();
    requireHealthy();
  }

  /// Throws the first cause on a poisoned engine.
  void requireHealthy() {
    StorageException cause = poison.get();
    if (cause != null) {
      throw new StorageException.Poisoned(
          directory.path()
              + ": an earlier write or sync failed, so no more is written; close and open it again",
          cause);
    }
  }

  void requireOpen() {
    if (closed) {
      throw new StorageException.Closed(directory.path() + ": the engine was closed");
    }
  }

  boolean isClosed() {
    return closed;
  }

  void markClosed() {
    closed = true;
  }

  /// Freezes the newest tree and keeps it until [#unpin].
  Pin pin() {
    treeLock.lock();
    try {
      requireOpen();
      long generation = tree.freeze();
      Pin pin = new Pin(tree.published(), generation, sequence);
      pins.add(pin);
      return pin;
    } finally {
      treeLock.unlock();
    }
  }

  void unpin(Pin pin, long durableGeneration) {
    treeLock.lock();
    try {
      pins.remove(pin);
      if (closed) {
        return;
      }
      space.release(durableGeneration, pins.oldest());
    } finally {
      treeLock.unlock();
    }
  }

  /// Gives memory and files back.
  void release() {
    tree.close();
    dirtyPages.close();
    file.cache().close();
    file.file().close();
    directory.close();
  }
}
