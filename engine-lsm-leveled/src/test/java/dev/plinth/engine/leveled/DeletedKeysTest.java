package dev.plinth.engine.leveled;

import dev.plinth.conformance.DeletedKeysConformance;
import dev.plinth.spi.EngineStats;
import java.util.Map;

final class DeletedKeysTest extends DeletedKeysConformance {
  @Override
  protected Map<String, String> options() {
    return Map.of(
        "engine", "lsm-leveled",
        "memtable.bytes", "4MiB",
        "level.base.bytes", "1MiB",
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
