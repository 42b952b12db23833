package dev.plinth.engine.tiered;

import dev.plinth.conformance.DeletedKeysConformance;
import dev.plinth.spi.EngineStats;
import java.util.Map;

final class DeletedKeysTest extends DeletedKeysConformance {
  @Override
  protected Map<String, String> options() {
    return Map.of(
        "engine", "lsm-tiered",
        "memtable.bytes", "4MiB",
        "runs.trigger", "4",
        "table.bytes.max", "256KiB");
  }

  @Override
  protected long blocksRead(EngineStats stats) {
    return stats.details().get("cursors.read.blocks");
  }

  @Override
  protected long tableBytes(EngineStats stats) {
    return stats.details().get("tables.bytes");
  }
}
