package dev.plinth.engine.btree;

import dev.plinth.kit.log.LogWriter;
import dev.plinth.spi.EngineStats;
import java.util.SortedMap;
import java.util.TreeMap;

/// Gathers what the parts have counted.
final class Statistics {
  private Statistics() {}

  static EngineStats of(Store store, Committer committer, Writes writes, PointReads reads) {
    SortedMap<String, Long> details = new TreeMap<>();
    long end;
    long entries;
    long bytes;
    store.treeLock.lock();
    try {
      store.requireOpen();
      end = store.space.end();
      entries = store.tree.entries();
      bytes = store.tree.bytes();
      details.put("free.pages", store.space.freePages());
      details.put("discarded.pages", store.space.discardedPages());
      details.put("pending.pages", store.space.pendingPages());
      details.put("reused.pages", store.space.reusedPages());
      details.put("extent.pages", store.tree.content().extentPages());
      details.put("pins", (long) store.pins.count());
    } finally {
      store.treeLock.unlock();
    }
    details.put("depth.levels", levels(store));
    PageCache cache = store.file.cache();
    long pageBytes = store.file.layout().pageBytes();
    long used =
        end - store.space.firstPage() - details.get("free.pages") - details.get("pending.pages");
    details.put("file.pages", end);
    details.put("page.bytes", pageBytes);
    details.put("dirty.pages", cache.dirtyFrames());
    details.put("commits", committer.commits());
    details.put("compaction.commits", committer.compactionCommits());
    details.put("spilled.pages", committer.spilledPages());
    details.put("committed.pages", committer.pagesWritten());
    details.put("fill.permille", used == 0 ? 0 : 1000 * bytes / (used * pageBytes));
    LogWriter log = store.log;
    long logBytes = 0;
    for (String name : store.disk.list(store.directory.path())) {
      if (!name.equals(Opening.TREE)) {
        logBytes += store.disk.size(store.directory.file(name));
      }
    }
    details.put("log.bytes", log == null ? 0 : logBytes);
    return new EngineStats(
        store.disk.ledger(),
        writes.userBytes.sum(),
        entries,
        bytes,
        (end - details.get("discarded.pages")) * pageBytes + logBytes,
        reads.operations(),
        reads.pages(),
        store.disk.fileBytesRead(),
        cache.offHeapBytes(),
        cache.tableBytes(),
        writes.stallNanos.sum(),
        cache.dirtyFrames() * pageBytes,
        details);
  }

  private static long levels(Store store) {
    while (true) {
      long token = store.epochs.enter();
      try {
        Tree.Root root = store.tree.published();
        long page = store.file.page(root.number(), root.crc(), PageCache.WRITER_RESERVE);
        if (page != 0) {
          return PageLayout.level(page) + 1L;
        }
      } finally {
        store.epochs.exit(token);
      }
      store.file.cache().reserve();
    }
  }
}
