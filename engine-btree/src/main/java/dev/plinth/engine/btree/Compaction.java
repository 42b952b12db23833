package dev.plinth.engine.btree;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.KeyRange;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Makes the file smaller while it is in use: fills leaves, moves pages from the file's end to free
/// pages at its front, and cuts the end off.
///
/// It works in short hidden changes of a few leaves each, so that writers wait for moments only,
/// and readers never. Its pages become durable by ordinary commits.
final class Compaction {
  private static final int LEAVES_PER_TURN = 16;
  private static final int ROUNDS_MAX = 8;

  /// A file of which more than this part is free is worth the moving.
  private static final int FREE_SHARE = 10;

  private static final long NO_LIMIT = Long.MAX_VALUE;

  /// Freed pages that a commit makes usable before more are rewritten.
  private static final long PENDING_PAGES_MIN = 64;

  private final Store store;
  private final Committer committer;
  private final ReentrantLock turn = new ReentrantLock();
  private final MemorySegment key;
  private final MemorySegment next;
  private int keyLength;

  Compaction(Store store, Committer committer) {
    this.store = store;
    this.committer = committer;
    this.key = MemorySegment.ofArray(new byte[EngineTraits.KEY_BYTES_LIMIT]);
    this.next = MemorySegment.ofArray(new byte[EngineTraits.KEY_BYTES_LIMIT]);
  }

  /// Packs the leaves of a range and moves them to the front.
  void run(KeyRange range) {
    if (range.isEmpty()) {
      return;
    }
    turn.lock();
    long start = System.nanoTime();
    long moved = 0;
    committer.writeAs(ByteCause.COMPACTION);
    try {
      committer.commit();
      moved += pass(range, NO_LIMIT, true);
      shrink();
      moved += relocate(range);
    } finally {
      committer.writeAs(ByteCause.FLUSH);
      turn.unlock();
    }
    long bytes = moved * store.file.layout().pageBytes();
    store.events.accept(
        new EngineEvent.Compacted(range.toString(), bytes, bytes, System.nanoTime() - start));
  }

  /// Cuts free pages off the file's end, gives the room of others back where too much of the file
  /// is free, and moves pages where the file system does not take it.
  void trim() {
    turn.lock();
    committer.writeAs(ByteCause.COMPACTION);
    try {
      shrink();
      if (isMuchFree()) {
        discard(Holes.LONG_RUN_BYTES);
      }
      if (isMuchFree()) {
        discard(Holes.BLOCK_BYTES);
      }
      if (isMuchFree()) {
        relocate(KeyRange.all());
      }
    } finally {
      committer.writeAs(ByteCause.FLUSH);
      turn.unlock();
    }
  }

  private boolean isMuchFree() {
    store.treeLock.lock();
    try {
      long room = store.space.end() - store.space.discardedPages();
      return (room - limit() - Space.RESERVE_PAGES) * FREE_SHARE > room;
    } finally {
      store.treeLock.unlock();
    }
  }

  /// Gives the room of free pages back, where the file system takes it.
  ///
  /// @param runBytesMin how long a run of pages must be
  private void discard(int runBytesMin) {
    Holes taken = beginDiscard(runBytesMin);
    while (taken != null) {
      boolean all = false;
      try {
        all = taken.discard();
      } finally {
        endDiscard(all);
      }
      taken = all ? beginDiscard(runBytesMin) : null;
    }
  }

  private @Nullable Holes beginDiscard(int runBytesMin) {
    store.treeLock.lock();
    try {
      store.requireWritable();
      return store.space.beginDiscard(runBytesMin, Space.RESERVE_PAGES);
    } finally {
      store.treeLock.unlock();
    }
  }

  private void endDiscard(boolean all) {
    store.treeLock.lock();
    try {
      store.space.endDiscard(all);
    } finally {
      store.treeLock.unlock();
    }
  }

  /// Moves pages to the front until the file does not get smaller by it.
  private long relocate(KeyRange range) {
    long moved = 0;
    for (int round = 0; round < ROUNDS_MAX; round++) {
      long end = store.space.end();
      long limit = limit();
      if (limit >= end) {
        break;
      }
      fillHoles(limit);
      moved += pass(range, limit, false);
      shrink();
      if (store.space.end() >= end) {
        break;
      }
    }
    return moved;
  }

  /// Pages are moved to the lowest free ones, so those must have room; on a full disk they go where
  /// there is some.
  private void fillHoles(long limit) {
    store.treeLock.lock();
    try {
      store.space.backBelow(limit);
    } finally {
      store.treeLock.unlock();
    }
  }

  /// Where the file could end: behind as many pages as are in use.
  private long limit() {
    store.treeLock.lock();
    try {
      return store.space.end() - store.space.freePages() - store.space.pendingPages();
    } finally {
      store.treeLock.unlock();
    }
  }

  /// Commits, and cuts free pages off the file's end.
  private void shrink() {
    committer.commit();
    store.writerLock.lock();
    try {
      store.treeLock.lock();
      try {
        store.requireWritable();
        store.space.release(committer.durable().generation(), store.pins.oldest());
        store.epochs.poll();
        store.space.shrink(0);
      } finally {
        store.treeLock.unlock();
      }
    } finally {
      store.writerLock.unlock();
    }
  }

  private long pass(KeyRange range, long limit, boolean fill) {
    byte[] from = range.from();
    byte[] to = range.to();
    keyLength = from == null ? 0 : from.length;
    if (from != null) {
      if (from.length > key.byteSize()) {
        return 0;
      }
      MemorySegment.copy(MemorySegment.ofArray(from), 0, key, 0, from.length);
    }
    MemorySegment end = to == null ? null : MemorySegment.ofArray(to);
    long moved = 0;
    while (keyLength >= 0 && (end == null || RawOrder.compare(key, 0, keyLength, end) < 0)) {
      moved += turn(limit, fill);
      if (pendingPages() > Math.max(PENDING_PAGES_MIN, store.space.end() / 16) || isMemoryTight()) {
        committer.commit();
      }
    }
    return moved;
  }

  private boolean isMemoryTight() {
    long pageBytes = store.file.layout().pageBytes();
    return store.file.cache().dirtyFrames() * pageBytes > store.options.dirtyBytesMax() / 2;
  }

  private long pendingPages() {
    store.treeLock.lock();
    try {
      return store.space.pendingPages();
    } finally {
      store.treeLock.unlock();
    }
  }

  /// Works on a few leaves as one hidden change.
  private long turn(long limit, boolean fill) {
    store.writerLock.lock();
    try {
      store.requireWritable();
      Packing packing = new Packing(store.tree, fill);
      boolean good = false;
      begin();
      try {
        for (int i = 0; i < LEAVES_PER_TURN && keyLength >= 0; i++) {
          step(packing, limit);
        }
        good = true;
      } finally {
        end(good);
      }
      return packing.movedPages();
    } finally {
      store.writerLock.unlock();
    }
  }

  private void begin() {
    store.treeLock.lock();
    try {
      store.tree.begin();
    } finally {
      store.treeLock.unlock();
    }
  }

  private void end(boolean good) {
    store.treeLock.lock();
    try {
      if (good) {
        store.tree.publish();
      } else {
        store.tree.abort();
      }
      store.space.release(committer.durable().generation(), store.pins.oldest());
    } finally {
      store.treeLock.unlock();
    }
  }

  private void step(Packing packing, long limit) {
    store.file.cache().reserve();
    store.treeLock.lock();
    long token = store.epochs.enter();
    try {
      store.space.ensure(store.tree.pagesPerRange());
      int length = packing.step(key, keyLength, limit, next);
      if (length >= 0) {
        MemorySegment.copy(next, 0, key, 0, length);
      }
      keyLength = length == Packing.AGAIN ? keyLength : length;
    } finally {
      store.epochs.exit(token);
      store.treeLock.unlock();
    }
  }
}
