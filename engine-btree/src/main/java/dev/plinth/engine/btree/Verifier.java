package dev.plinth.engine.btree;

import dev.plinth.kit.log.LogReader;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.spi.Engine;
import java.util.BitSet;

/// Reads everything and checks it: the newest meta, every page and long value from the file, the
/// structure of the tree, that every page of the file is reachable, pending or free exactly once,
/// and the redo log.
final class Verifier {
  private final Store store;
  private final Committer committer;

  Verifier(Store store, Committer committer) {
    this.store = store;
    this.committer = committer;
  }

  Engine.Verification run() {
    store.requireOpen();
    Pin pin = null;
    store.writerLock.lock();
    try {
      if (store.poisonCause() == null) {
        // With the writer's lock nothing changes any more: after this one no commit takes pages.
        committer.commit();
      }
      Meta meta = committer.durable();
      meta.requireStored(store.file.file());
      BitSet free;
      BitSet held;
      long end;
      long pending;
      store.treeLock.lock();
      try {
        pin = store.pin();
        free = store.space.freeCopy();
        held = store.space.heldByPublished();
        end = store.space.end();
        pending = store.space.pendingPages();
      } finally {
        store.treeLock.unlock();
      }
      checkLog();
      try (TreeWalk walk =
          new TreeWalk(store.file, store.space.firstPage(), end, true, true, () -> {})) {
        walk.run(pin.root(), pin.generation());
        Meta.Extent groups = meta.groupsExtent();
        if (groups != null) {
          walk.note(groups.first(), store.file.extentPages(groups.length()));
        }
        Meta.Extent map = meta.map();
        if (map != null) {
          walk.note(map.first(), store.file.extentPages(map.length()));
        }
        if (store.poisonCause() == null) {
          // The pages that a commit took which failed belong to nothing.
          checkHeld(walk, held);
          checkSpace(walk, free, end, pending);
        }
        long files = store.log == null ? 1 : 2;
        return new Engine.Verification(
            files, end * store.file.layout().pageBytes(), walk.entries());
      }
    } finally {
      store.writerLock.unlock();
      if (pin != null) {
        store.unpin(pin, committer.durable().generation());
      }
    }
  }

  private void checkHeld(TreeWalk walk, BitSet held) {
    if (!held.equals(walk.used())) {
      held.xor(walk.used());
      long number = held.nextSetBit(0);
      throw store.file.damaged(
          number,
          walk.used().get((int) number)
              ? "the page is in use, but counted as free soon"
              : "the page is counted as in use, but nothing reaches it");
    }
  }

  private void checkSpace(TreeWalk walk, BitSet free, long end, long pending) {
    BitSet both = (BitSet) free.clone();
    both.and(walk.used());
    if (!both.isEmpty()) {
      throw store.file.damaged(both.nextSetBit(0), "the page is in use and free");
    }
    long known = walk.pages() + free.cardinality() + pending;
    if (known != end - store.space.firstPage()) {
      throw store.file.damaged(
          store.space.firstPage(),
          walk.pages()
              + " pages in use, "
              + free.cardinality()
              + " free and "
              + pending
              + " pending are not the file's "
              + (end - store.space.firstPage()));
    }
  }

  private void checkLog() {
    LogWriter log = store.log;
    if (log != null && store.poisonCause() == null) {
      log.sync();
      LogReader.read(
          store.disk,
          store.directory.path(),
          Opening.logStore(store.directory),
          committer.durable().log(),
          log.syncedPosition(),
          (type, position, first, second, segment, offset, length) -> {});
    }
  }
}
