package dev.plinth.engine.bitcask;

import dev.plinth.spi.EngineStats;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Gathers what an open engine has counted and holds.
final class StatsReport {
  private final Parts parts;
  private final long userBytes;

  StatsReport(Parts parts, long userBytes) {
    this.parts = parts;
    this.userBytes = userBytes;
  }

  EngineStats stats() {
    List<DataFile> all = parts.table.all();
    long recordBytes = 0;
    long liveRecordBytes = 0;
    long hints = 0;
    long tombstones = 0;
    long pending = 0;
    for (DataFile file : all) {
      recordBytes += file.bytes();
      hints += file.hintBytes();
      tombstones += file.tally.tombstones();
      liveRecordBytes += file.liveRecordBytes();
      if (file.isSealed() && isWorthIt(file)) {
        pending += file.liveRecordBytes();
      }
    }
    SortedMap<String, Long> details = new TreeMap<>();
    details.put("dataFiles", (long) all.size());
    details.put("garbageBytes", recordBytes - liveRecordBytes);
    details.put("hintBytes", hints);
    details.put("tombstones", tombstones);
    details.put("openedFromIndexFile", parts.isLoadedFromIndexFile() ? 1L : 0L);
    details.put("orderedFromIndexFile", parts.isOrderedLoadedFromIndexFile() ? 1L : 0L);
    details.put("merges", parts.merger.merges());
    details.put("mergeReadBytes", parts.merger.bytesRead());
    details.put("mergeKeptBytes", parts.merger.bytesKept());
    details.put("mergeWrittenBytes", parts.merger.bytesWritten());
    details.put("snapshots", (long) parts.snapshots.count());
    details.put("snapshotTableBytes", parts.live.old.bytes());
    details.put("sortedViewBytes", parts.views.bytes());
    details.put("filesToDelete", (long) parts.snapshots.deferredCount());
    long index = parts.live.index.bytes();
    long indexHeld = parts.live.index.bytesAllocated();
    if (parts.live.isOrdered()) {
      index += parts.live.ordered().bytes();
      indexHeld += parts.live.ordered().bytesAllocated();
      details.put("orderedIndexBytes", parts.live.ordered().bytes());
      details.put("orderedPinnedBytes", parts.live.ordered().pinnedBytes());
    }
    return new EngineStats(
        parts.disk.ledger(),
        userBytes,
        parts.live.index.size(),
        parts.live.liveBytes(),
        parts.files.bytes() + parts.catalog.bytes() + parts.space.reserve().bytes(),
        parts.reader.reads(),
        parts.reader.hits(),
        parts.disk.fileBytesRead() + parts.reader.bytes(),
        indexHeld + parts.slabs.bytesAllocated() + parts.live.old.bytes() + parts.views.bytes(),
        index,
        parts.space.stallNanos(),
        pending,
        details);
  }

  private boolean isWorthIt(DataFile file) {
    return file.garbageBytes(false) >= parts.options.mergeGarbageMin() * file.bytes();
  }
}
