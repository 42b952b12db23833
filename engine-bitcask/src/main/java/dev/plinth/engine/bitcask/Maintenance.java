package dev.plinth.engine.bitcask;

import dev.plinth.kit.durability.DurabilityListeners;
import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.work.BackgroundWork;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.StorageException;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Keeps files coming and going: prepares the next append file, seals full ones in order, and
/// starts merges. Any thread may call it; files are sealed by one task at a time.
final class Maintenance implements Appender.Supply, Committer.Host {
  private static final long MERGE_WAIT_NANOS = 50_000_000;

  /// Full files that may wait to be sealed before writers wait.
  private static final int FILES_TO_SEAL_MAX = 8;

  private final BitcaskOptions options;
  private final DataFiles files;
  private final CatalogLog catalog;
  private final Epochs epochs;
  private final Health health;
  private final DurabilityListeners listeners;
  private final EngineEnvironment environment;
  private final Space space;
  private final BackgroundWork work;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Queue<DataFile> toSeal = new ArrayDeque<>();
  private final ReentrantLock spareLock = new ReentrantLock();
  private @Nullable DataFile spare;
  private @Nullable DataFile current;
  private @Nullable Committer committer;
  private @Nullable Appender appender;
  private @Nullable Merger merger;
  private boolean sealing;
  private boolean preparing;
  private boolean merging;
  private long mergesEnded;

  Maintenance(
      BitcaskOptions options,
      DataFiles files,
      CatalogLog catalog,
      Epochs epochs,
      Health health,
      DurabilityListeners listeners,
      Space space,
      EngineEnvironment environment) {
    this.options = options;
    this.files = files;
    this.catalog = catalog;
    this.epochs = epochs;
    this.health = health;
    this.listeners = listeners;
    this.space = space;
    this.environment = environment;
    this.work = new BackgroundWork(BitcaskProvider.NAME, 2, environment.background(), this::failed);
  }

  /// Names those who were made after it.
  void start(Appender newAppender, Committer newCommitter, Merger newMerger) {
    appender = newAppender;
    committer = newCommitter;
    merger = newMerger;
    space.start(this::awaitMerge);
  }

  @Override
  public DataFile nextFile(long baseSequence, boolean deletion) {
    awaitFewToSeal();
    spareLock.lock();
    try {
      DataFile ready = spare;
      spare = null;
      return begun(ready != null ? ready : createAppendFile(baseSequence));
    } catch (StorageException.NoSpace e) {
      if (deletion && space.reserve().release()) {
        return begun(createAppendFile(baseSequence));
      }
      throw e;
    } finally {
      spareLock.unlock();
    }
  }

  /// Holds a writer back while many files wait to be sealed: each keeps a descriptor and buffers.
  private void awaitFewToSeal() {
    lock.lock();
    try {
      if (toSeal.size() < FILES_TO_SEAL_MAX) {
        return;
      }
      long begin = System.nanoTime();
      while (toSeal.size() >= FILES_TO_SEAL_MAX && !health.isPoisoned() && !health.isClosed()) {
        changed.awaitUninterruptibly();
      }
      space.stalled("files wait to be sealed", begin);
    } finally {
      lock.unlock();
    }
    health.requireHealthy();
  }

  private DataFile begun(DataFile next) {
    DataFile before = current;
    if (before != null && before != next) {
      environment.events().accept(new EngineEvent.Rolled(before.path, next.path));
    }
    current = next;
    return next;
  }

  @Override
  public long reserve(DataFile file, long needed, long wanted, boolean deletion) {
    try {
      long more = wanted - file.diskBytes();
      space.require(more, deletion);
      long got = reserveUpTo(file, needed, wanted, deletion);
      if (got > options.fileBytesMax() / 2) {
        prepareSpare();
      }
      return got;
    } catch (StorageException.NoSpace e) {
      giveBack(file);
      throw e;
    } catch (StorageException e) {
      poisonAndTell(e);
      throw e;
    }
  }

  /// Takes less than wanted where the disk is nearly full.
  private long reserveUpTo(DataFile file, long needed, long wanted, boolean deletion) {
    long size = wanted;
    while (true) {
      try {
        files.reserve(file, size);
        return size;
      } catch (StorageException.NoSpace e) {
        if (size > needed) {
          size = Math.max(needed, file.diskBytes() + (size - file.diskBytes()) / 2);
        } else if (!deletion || !space.reserve().release()) {
          throw e;
        }
      }
    }
  }

  @Override
  public void requireWritable(boolean deletion) {
    health.requireOpen();
    health.requireHealthy();
  }

  @Override
  public void rolled(DataFile file) {
    lock.lock();
    try {
      toSeal.add(file);
      if (!sealing) {
        sealing = true;
        work.submit("seal", this::sealAll);
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void durable(long sequence) {
    listeners.durable(sequence);
  }

  @Override
  public void poison(RuntimeException cause) {
    failed(cause);
  }

  @Override
  public void poisonAndTell(RuntimeException cause) {
    health.tell();
    failed(cause);
  }

  @Override
  public boolean isPoisoned() {
    return health.isPoisoned();
  }

  @Override
  public void requireHealthy() {
    health.requireHealthy();
  }

  /// Waits until all files that were rolled are sealed.
  void awaitSealed() {
    lock.lock();
    try {
      while (sealing && !health.isPoisoned()) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
    health.requireHealthy();
  }

  /// Waits until no merge is due any more.
  void awaitMerged() {
    mergeWhenDue();
    lock.lock();
    try {
      while (merging && !health.isPoisoned()) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
    health.requireHealthy();
  }

  /// Starts a merge when one is due, and waits for it, or for a file to be sealed, but not for
  /// long.
  ///
  /// @param pressed whether any garbage is worth a merge
  /// @return whether something is in progress or has ended
  private boolean awaitMerge(boolean pressed) {
    mergeWhenDue(pressed);
    lock.lock();
    try {
      if (!merging && !sealing) {
        return false;
      }
      long before = mergesEnded;
      long left = MERGE_WAIT_NANOS;
      while ((merging || sealing) && mergesEnded == before && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
    return true;
  }

  /// Starts a merge in the background when one is due.
  void mergeWhenDue() {
    mergeWhenDue(false);
  }

  private void mergeWhenDue(boolean pressed) {
    Merger by = merger;
    if (!options.merge() || by == null || health.isPoisoned() || health.isClosed()) {
      return;
    }
    lock.lock();
    try {
      if (merging || !by.isDue(pressed)) {
        return;
      }
      merging = true;
      work.submit("merge", () -> mergeAll(pressed));
    } finally {
      lock.unlock();
    }
  }

  /// Ends all background work; a merge in progress is given up.
  void close() {
    work.close();
  }

  /// Takes the file that was prepared and not used out of the store again.
  void dropSpare() {
    spareLock.lock();
    try {
      DataFile unused = spare;
      spare = null;
      if (unused != null) {
        catalog.append(List.of(new CatalogEdit.Drop(unused.number)));
        files.delete(unused);
      }
    } finally {
      spareLock.unlock();
    }
  }

  /// Seals a file: nothing of it will ever change.
  void seal(DataFile file) {
    Committer by = Objects.requireNonNull(committer);
    by.awaitDurable(file.tally.maxSequence());
    files.trim(file, file.bytes());
    FileEntry entry =
        FileEntry.open(file.number, file.kind, file.identity, file.baseSequence)
            .seal(file.bytes(), file.tally);
    Arena before = files.map(file, entry);
    if (before != null) {
      epochs.retire(before::close);
    }
    writeHint(file);
    files.syncDirectory();
    List<CatalogEdit> edits = new ArrayList<>();
    edits.add(new CatalogEdit.File(entry));
    file.applied().forEach((group, index) -> edits.add(new CatalogEdit.Applied(group, index)));
    catalog.append(edits);
    file.seal(entry);
    file.closeFile();
  }

  /// A hint only makes opening faster: where there is no room for one, the file goes without, and
  /// the reserve is left to those who delete.
  private void writeHint(DataFile file) {
    try {
      files.writeHint(file);
    } catch (StorageException.NoSpace e) {
      files.deleteFile(files.hintPath(file.number));
      System.getLogger("dev.plinth")
          .log(System.Logger.Level.DEBUG, "sealed without a hint: {0}", e.getMessage());
    }
  }

  private void sealAll() {
    try {
      while (true) {
        DataFile next;
        lock.lock();
        try {
          next = toSeal.peek();
          if (next == null || health.isPoisoned()) {
            sealing = false;
            changed.signalAll();
            return;
          }
        } finally {
          lock.unlock();
        }
        seal(next);
        lock.lock();
        try {
          toSeal.remove();
        } finally {
          lock.unlock();
        }
        epochs.poll();
        mergeEnded();
        mergeWhenDue();
      }
    } catch (RuntimeException e) {
      failed(e);
      lock.lock();
      try {
        sealing = false;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  private void mergeAll(boolean pressed) {
    Merger by = Objects.requireNonNull(merger);
    try {
      boolean more = true;
      while (more && !health.isPoisoned() && !health.isClosed()) {
        more = by.mergeOnce(pressed) && !pressed;
        epochs.poll();
        mergeEnded();
      }
    } finally {
      lock.lock();
      try {
        merging = false;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  /// Wakes who waits for a merge or a sealed file.
  private void mergeEnded() {
    lock.lock();
    try {
      mergesEnded++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void prepareSpare() {
    lock.lock();
    try {
      if (preparing || spare != null || health.isClosed()) {
        return;
      }
      preparing = true;
      work.submit("prepare", this::createSpare);
    } finally {
      lock.unlock();
    }
  }

  private void createSpare() {
    Appender by = Objects.requireNonNull(appender);
    spareLock.lock();
    try {
      if (spare == null && !health.isClosed() && !health.isPoisoned()) {
        spare = createAppendFile(by.sequence());
      }
    } catch (StorageException.NoSpace e) {
      // The writer that needs the file will be told.
      System.getLogger("dev.plinth").log(System.Logger.Level.DEBUG, "no spare file", e);
    } finally {
      spareLock.unlock();
      lock.lock();
      try {
        preparing = false;
      } finally {
        lock.unlock();
      }
    }
  }

  private DataFile createAppendFile(long baseSequence) {
    DataFile file;
    try {
      file = files.create(FileEntry.Kind.APPEND, baseSequence);
    } catch (StorageException.NoSpace e) {
      throw e;
    } catch (StorageException e) {
      poison(e);
      throw e;
    }
    try {
      catalog.append(
          List.of(
              new CatalogEdit.File(
                  FileEntry.open(file.number, file.kind, file.identity, baseSequence))));
    } catch (StorageException e) {
      poison(e);
      throw e;
    }
    return file;
  }

  /// Keeps a new file that could not be used yet for the next try.
  private void giveBack(DataFile file) {
    if (file.bytes() == DataFileFormat.HEADER_BYTES && file.windows().length == 0) {
      spareLock.lock();
      try {
        if (spare == null) {
          spare = file;
        }
      } finally {
        spareLock.unlock();
      }
    }
  }

  private void failed(Throwable failure) {
    health.poison(
        failure,
        cause -> {
          environment.events().accept(new EngineEvent.Poisoned(cause));
          listeners.failed(cause);
          Committer by = committer;
          if (by != null) {
            by.wakeAll();
          }
        });
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
