package dev.plinth.engine.btree;

import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.work.BackgroundWork;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.StorageException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// Makes the tree durable: dirty pages to free space, sync, the older meta slot, sync; then pages
/// that only older metas name may be used again, and the redo log may be cut.
///
/// Writes go on meanwhile: they work on the next generation. Any thread may ask for a commit; one
/// runs at a time, in the background.
final class Committer {
  private final Store store;
  private static final int SPILL_PAGES = 1024;

  private final CommitQueue queue;
  private final CommitQueue spills;
  private volatile Meta durable;
  private volatile long durableSequence;
  private volatile ByteCause cause = ByteCause.FLUSH;
  private GroupIndexes durableGroups;
  private long commits;
  private long compactionCommits;
  private final LongAdder pagesWritten = new LongAdder();
  private final LongAdder spilledPages = new LongAdder();
  private long lastCommitNanos = System.nanoTime();

  /// What a commit took from the tree at its begin.
  private record Frozen(
      long generation,
      Tree.Root root,
      long sequence,
      long position,
      Meta.Content content,
      GroupIndexes groups,
      @Nullable PageRuns oldPages,
      @Nullable BitSet held) {}

  Committer(Store store, BackgroundWork work, Meta durable, GroupIndexes groups) {
    this.store = store;
    this.durable = durable;
    this.durableSequence = durable.sequence();
    this.durableGroups = groups.copy();
    this.queue = new CommitQueue(work, "commit", () -> orPoison(this::commitNow));
    this.spills = new CommitQueue(work, "spill", () -> orPoison(this::spillNow));
  }

  /// Starts a commit unless one is waiting already.
  long request() {
    return queue.request();
  }

  /// Commits what is visible now and waits.
  void commit() {
    queue.await(queue.request());
  }

  void await(long ticket) {
    queue.await(ticket);
  }

  boolean isBusy() {
    return queue.isBusy();
  }

  Meta durable() {
    return durable;
  }

  long durableSequence() {
    return durableSequence;
  }

  long commits() {
    return commits;
  }

  /// Those of them that compaction and the giving back of space have made.
  long compactionCommits() {
    return compactionCommits;
  }

  long pagesWritten() {
    return pagesWritten.sum();
  }

  long lastCommitNanos() {
    return lastCommitNanos;
  }

  long durableIndex(long group) {
    store.treeLock.lock();
    try {
      return durableGroups.get(group);
    } finally {
      store.treeLock.unlock();
    }
  }

  /// Says that the redo log made everything durable up to a batch.
  ///
  /// @param groups the applied indexes of then; null to leave them
  void loggedUpTo(long sequence, @Nullable GroupIndexes groups) {
    store.treeLock.lock();
    try {
      if (sequence > durableSequence) {
        durableSequence = sequence;
        if (groups != null) {
          durableGroups = groups;
        }
      }
    } finally {
      store.treeLock.unlock();
    }
    store.listeners.durable(sequence);
  }

  /// As [#loggedUpTo(long, GroupIndexes)], for a batch with one applied index.
  void loggedUpTo(long sequence, long group, long index) {
    store.treeLock.lock();
    try {
      if (sequence > durable.sequence() && durableGroups.get(group) < index) {
        durableGroups.set(group, index);
      }
      durableSequence = Math.max(durableSequence, sequence);
    } finally {
      store.treeLock.unlock();
    }
    store.listeners.durable(sequence);
  }

  /// Counts the pages of the next commits as written for another reason.
  void writeAs(ByteCause newCause) {
    cause = newCause;
  }

  private void orPoison(Runnable task) {
    StorageException earlier = store.poisonCause();
    if (earlier != null) {
      throw earlier;
    }
    try {
      task.run();
    } catch (StorageException e) {
      store.poison(e);
      throw e;
    } catch (RuntimeException | Error e) {
      store.poison(new StorageException.Io("a commit failed: " + e, e));
      throw e;
    }
  }

  /// Starts writing changed pages unless that is waiting already, so that their memory can be used
  /// again; no meta names them yet, and nothing is synced.
  ///
  /// @return the ticket for [#awaitSpill]
  long requestSpill() {
    return spills.request();
  }

  void awaitSpill(long ticket) {
    spills.await(ticket);
  }

  boolean isSpilling() {
    return spills.isBusy();
  }

  long spilledPages() {
    return spilledPages.sum();
  }

  private void spillNow() {
    PageCache cache = store.file.cache();
    long most = store.options.dirtyBytesMax() / store.file.layout().pageBytes();
    while (cache.dirtyFrames() > most / 4) {
      int pages = store.dirtyPages.spill(store.treeLock, store.space, SPILL_PAGES, cause);
      spilledPages.add(pages);
      if (pages == 0) {
        break;
      }
    }
    if (cache.dirtyFrames() > most / 2) {
      writeOldPages(holdOldPages());
    }
  }

  /// The pages of replaced trees that only snapshots show; they stay until [#writeOldPages] is
  /// done.
  private PageRuns holdOldPages() {
    store.treeLock.lock();
    try {
      store.pins.hold();
      return store.space.unwrittenPending();
    } finally {
      store.treeLock.unlock();
    }
  }

  /// Commits on this thread. Nothing happens when nothing was changed.
  void commitNow() {
    long start = System.nanoTime();
    Frozen frozen = freeze();
    if (frozen == null) {
      return;
    }
    DirtyPages.Written written = store.dirtyPages.write(frozen.root, cause);
    if (frozen.oldPages != null) {
      writeOldPages(frozen.oldPages);
    }
    Meta.Extent groupsExtent = writeGroups(frozen.groups);
    Meta.Extent map = writeMap(frozen.held, groupsExtent, durable.groupsExtent(), false);
    syncData(written.pages());
    Meta meta = meta(frozen, written.rootCrc(), groupsExtent, map);
    meta.write(store.file.file());
    store.file.file().syncData();
    finish(meta, frozen);
    pagesWritten.add(written.pages());
    dropLog(meta.log());
    long bytes = written.pages() * store.file.layout().pageBytes();
    store.events.accept(
        new EngineEvent.Flushed(bytes, frozen.content.entries(), System.nanoTime() - start));
    store.listeners.durable(frozen.sequence);
  }

  private @Nullable Frozen freeze() {
    store.treeLock.lock();
    try {
      Tree tree = store.tree;
      boolean changed =
          tree.isChangedSince(durable.generation()) || store.sequence != durable.sequence();
      if (!changed) {
        return null;
      }
      long generation = tree.freeze();
      tree.commitBegins(generation);
      boolean tight =
          store.file.cache().dirtyFrames() * store.file.layout().pageBytes()
              > store.options.dirtyBytesMax() / 2;
      PageRuns oldPages = tight ? store.space.unwrittenPending() : null;
      if (oldPages != null) {
        store.pins.hold();
      }
      return new Frozen(
          generation,
          tree.published(),
          store.sequence,
          store.appliedPosition,
          tree.content(),
          store.applied.copy(),
          oldPages,
          isMapWorthwhile() ? store.space.heldByPublished() : null);
    } finally {
      store.treeLock.unlock();
    }
  }

  private void writeOldPages(PageRuns pages) {
    try {
      store.dirtyPages.write(pages, cause);
    } finally {
      store.treeLock.lock();
      try {
        store.pins.unhold();
      } finally {
        store.treeLock.unlock();
      }
    }
  }

  private Meta.@Nullable Extent writeGroups(GroupIndexes groups) {
    if (groups.count() <= MetaFormat.INLINE_GROUPS_MAX) {
      return null;
    }
    int bytes = groups.encodedBytes();
    MemorySegment encoded = Arena.ofAuto().allocate(bytes, 8);
    groups.encode(encoded, 0);
    long first;
    store.treeLock.lock();
    try {
      first = store.space.allocateMetaRun(store.file.extentPages(bytes));
    } finally {
      store.treeLock.unlock();
    }
    return new Meta.Extent(first, bytes, store.file.writeExtent(first, encoded, 0, bytes));
  }

  private void syncData(long pages) {
    long start = System.nanoTime();
    store.file.file().syncData();
    store.events.accept(
        new EngineEvent.Synced(
            store.file.file().path(),
            pages * store.file.layout().pageBytes(),
            1,
            System.nanoTime() - start));
  }

  private boolean isMapWorthwhile() {
    return SpaceMap.isWorthwhile(
        store.file.cache().dirtyFrames(), store.space.end(), store.file.layout().pageBytes());
  }

  /// Writes the map of the pages in use, without what the next meta does not hold any more.
  private Meta.@Nullable Extent writeMap(
      @Nullable BitSet held,
      Meta.@Nullable Extent added,
      Meta.@Nullable Extent dropped,
      boolean grow) {
    if (held == null) {
      return null;
    }
    mark(held, durable.map(), false);
    mark(held, dropped, false);
    mark(held, added, true);
    return SpaceMap.write(store, held, grow);
  }

  private void mark(BitSet held, Meta.@Nullable Extent extent, boolean inUse) {
    if (extent != null) {
      int from = (int) extent.first();
      held.set(from, from + store.file.extentPages(extent.length()), inUse);
    }
  }

  private Meta meta(
      Frozen frozen, int rootCrc, Meta.@Nullable Extent groupsExtent, Meta.@Nullable Extent map) {
    long from = durable.log();
    LogWriter log = store.log;
    if (log != null && frozen.position > 0) {
      log.awaitSynced(frozen.position);
      from = frozen.position + 1;
    }
    return new Meta(
        store.file.salt(),
        store.file.layout().pageBytes(),
        durable.commit() + 1,
        frozen.generation,
        new Tree.Root(frozen.root.number(), rootCrc),
        frozen.sequence,
        from,
        frozen.content,
        store.space.end(),
        frozen.groups,
        groupsExtent,
        map);
  }

  private void finish(Meta meta, Frozen frozen) {
    store.treeLock.lock();
    try {
      freeMetaRun(durable.groupsExtent(), meta);
      freeMetaRun(durable.map(), meta);
      durable = meta;
      commits++;
      compactionCommits += cause == ByteCause.COMPACTION ? 1 : 0;
      lastCommitNanos = System.nanoTime();
      if (frozen.sequence >= durableSequence) {
        durableSequence = frozen.sequence;
        durableGroups = frozen.groups.copy();
      }
      store.space.release(meta.generation(), store.pins.oldest());
    } finally {
      store.treeLock.unlock();
    }
  }

  private void freeMetaRun(Meta.@Nullable Extent old, Meta replacement) {
    if (old != null) {
      int pages = store.file.extentPages(old.length());
      store.space.freeMetaRun(old.first(), pages, replacement.generation());
    }
  }

  private void dropLog(long from) {
    LogWriter log = store.log;
    if (log != null && from > 0) {
      log.dropBefore(from);
    }
  }

  /// Writes the durable state once more, into the other slot: after a clean close both say the
  /// same, and damage to one of them loses nothing. The map of free space goes with it, so that the
  /// next opening reads no more than that.
  void writeOtherSlot() {
    Meta newest = durable;
    Meta.Extent map = newest.map();
    if (map == null) {
      map = writeLastMap(newest);
    }
    Meta again = newest.again(newest.commit() + 1, map);
    again.write(store.file.file());
    store.file.file().syncData();
    durable = again;
  }

  private Meta.@Nullable Extent writeLastMap(Meta newest) {
    BitSet held;
    store.treeLock.lock();
    try {
      if (store.tree.isChangedSince(newest.generation())) {
        return null;
      }
      held = store.space.heldByPublished();
    } finally {
      store.treeLock.unlock();
    }
    try {
      Meta.Extent map = writeMap(held, null, null, true);
      store.file.file().syncData();
      return map;
    } catch (StorageException.NoSpace e) {
      return null;
    }
  }
}
