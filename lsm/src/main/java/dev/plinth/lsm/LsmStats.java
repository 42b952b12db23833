package dev.plinth.lsm;

import dev.plinth.kit.log.LogStats;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.tree.CommitQueue;
import dev.plinth.spi.EngineStats;
import java.util.SortedMap;
import java.util.TreeMap;

/// Collects what the parts of an engine have counted.
final class LsmStats {
  private LsmStats() {}

  static EngineStats of(
      Tree tree, CommitQueue commits, Maintenance maintenance, TreeReads reads, LogWriter log) {
    SortedMap<String, Long> details = new TreeMap<>();
    Version version = tree.versions.current();
    try {
      long tableBytes = 0;
      long tables = 0;
      long held = 0;
      for (Level level : version.levels()) {
        if (!level.runs().isEmpty()) {
          details.put("level." + level.number() + ".bytes", level.bytes());
          details.put("level." + level.number() + ".runs", (long) level.runs().size());
          details.put("level." + level.number() + ".tables", (long) level.tables().size());
        }
        tableBytes += level.bytes();
        tables += level.tables().size();
      }
      for (TableHandle handle : version.handles()) {
        held += handle.bytesHeld();
      }
      if (tree.policy.weighsSeeks()) {
        details.put("level.0.seeks", SeekCount.inLevel0(version));
      }
      putCompactions(details, version.blobs(), maintenance);
      LogStats logged = log.stats();
      details.put("filters.building.bytes", tree.filterBytes.get());
      details.put("filter.refused", reads.refused());
      details.put("filter.passed.in.vain", reads.falsePasses());
      details.put("cache.hits", tree.cache.hits());
      details.put("cache.misses", tree.cache.misses());
      details.put("cache.bytes", tree.cache.bytesHeld());
      details.put("tables", tables);
      details.put("runs", (long) version.runs().length);
      details.put("memtables", (long) tree.view().layers().length);
      details.put("snapshots", (long) tree.snapshots.count());
      details.put("blobs.verified.bytes", tree.versions.verifiedRecords().bytesHeld());
      details.put("leases", (long) tree.leases.count());
      details.put("cursors.read.blocks", tree.cursorBlocks.sum());
      details.put("ahead.bytes", tree.disk.bytesAhead());
      details.put("log.syncs", logged.syncs());
      details.put("log.sync.nanos", logged.syncNanos());
      details.put("tables.bytes", tableBytes);
      return new EngineStats(
          tree.disk.ledger(),
          commits.userBytes(),
          -1,
          -1,
          tree.space.diskBytes(),
          reads.operations(),
          reads.blocks(),
          tree.disk.fileBytesRead(),
          tree.pool.bytesHeld() + tree.cache.bytesHeld() + tree.filterBytes.get() + held,
          held,
          tree.throttle.stallNanos(),
          tree.debtBytes(version),
          details);
    } finally {
      version.release();
    }
  }

  /// What compactions did, and what is in blob files.
  private static void putCompactions(
      SortedMap<String, Long> details, Blobs blobs, Maintenance maintenance) {
    Compactor compactor = maintenance.compactor();
    details.put("blobs", (long) blobs.handles().size());
    details.put("blobs.bytes", blobs.recordBytes());
    details.put("blobs.garbage.bytes", blobs.garbageBytes());
    details.put("blobs.rewritten.bytes", compactor.blobBytes());
    details.put("compactions.running", (long) maintenance.compacting());
    details.put("compactions.helped", maintenance.helped());
    details.put("compactions.merge", compactor.merges());
    details.put("compactions.merge.parts", compactor.parts());
    details.put("compactions.merge.seeks", compactor.mergesForSeeks());
    details.put("compactions.move", compactor.moves());
    details.put("compactions.drop", compactor.drops());
    details.put("compactions.read.bytes", compactor.bytesRead());
    details.put("compactions.read.blocks", compactor.blocksRead());
  }
}
