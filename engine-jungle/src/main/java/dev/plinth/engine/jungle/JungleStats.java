package dev.plinth.engine.jungle;

import dev.plinth.kit.log.LogStats;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.tree.CommitQueue;
import dev.plinth.spi.EngineStats;
import java.util.SortedMap;
import java.util.TreeMap;

/// Collects what the parts of an engine have counted.
final class JungleStats {
  private JungleStats() {}

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
          details.put("level." + level.number() + ".live.bytes", level.liveBytes());
          details.put("level." + level.number() + ".tables", (long) level.tables().size());
        }
        tableBytes += level.bytes();
        tables += level.tables().size();
      }
      for (TableHandle handle : version.handles()) {
        held += handle.bytesHeld();
      }
      LogStats logged = log.stats();
      details.put("tables", tables);
      details.put("runs", (long) version.runs().length);
      details.put("memtables", (long) tree.view().memtables().size());
      details.put("staged.bytes", maintenance.stages().bytes());
      details.put("snapshots", (long) tree.snapshots.count());
      details.put("leases", (long) tree.leases.count());
      details.put("compactions.running", (long) maintenance.merging());
      details.put("compactions.merge", maintenance.compactor().merges());
      details.put("compactions.move", maintenance.compactor().moves());
      details.put("compactions.rewrite", maintenance.compactor().rewrites());
      details.put("compactions.read.bytes", maintenance.compactor().bytesRead());
      details.put("log.syncs", logged.syncs());
      details.put("log.sync.nanos", logged.syncNanos());
      details.put("tables.bytes", tableBytes);
      details.put("tables.live.bytes", version.liveBytes());
      details.put("snapshots.named", (long) tree.versions.kept().size());
      return new EngineStats(
          tree.disk.ledger(),
          commits.userBytes(),
          -1,
          -1,
          tree.space.diskBytes(),
          reads.operations(),
          reads.blocks(),
          tree.disk.fileBytesRead(),
          tree.pool.bytesHeld() + held,
          held,
          tree.throttle.stallNanos(),
          tree.policy.debtBytes(version.levels()),
          details);
    } finally {
      version.release();
    }
  }
}
