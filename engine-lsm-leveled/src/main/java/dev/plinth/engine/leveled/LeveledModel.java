package dev.plinth.engine.leveled;

import dev.plinth.spi.Prediction;
import dev.plinth.spi.WorkloadShape;

/// The cost model of leveled compaction (engines' design: WA = w + 1 + (S_L0 + S_base) / S_L0 + sum
/// of 1 + f * S_{i+1} / S_i), with sizes taken as the store grows, not only at its end.
///
/// `f`, the share of the level below that a table meets, is fixed before a run: 0.75 for uniform
/// keys, 0 for ascending ones, which only move.
final class LeveledModel {
  /// The share of the bytes of a table that are not keys and values: heads of entries, index,
  /// filter.
  static final double TABLE_OVERHEAD_BYTES = 8;

  /// What a log record has beside its batch, and a batch beside keys and values.
  static final double LOG_OVERHEAD_BYTES = 17;

  private static final double OVERLAP_UNIFORM = 0.75;
  private static final int STEPS = 64;

  private LeveledModel() {}

  static Prediction predict(LeveledOptions options, WorkloadShape shape) {
    LeveledPolicy policy = options.policy();
    double record = shape.keyBytes() + (double) shape.valueBytes();
    double stored = (record + TABLE_OVERHEAD_BYTES) / record;
    double logged = shape.logged() ? (record + LOG_OVERHEAD_BYTES) / record : 0;
    double f = overlap(shape.order());
    double flushed = options.tree().memtableBytes() * record / (record + 40) * policy.runsTrigger();
    double rewritten = 0;
    for (int step = 0; step < STEPS; step++) {
      double share = (step + 0.5) / STEPS;
      double keys = shape.liveKeysBefore() + share * (shape.liveKeys() - shape.liveKeysBefore());
      rewritten += f == 0 ? 0 : levels(policy, keys * record, flushed, f) / STEPS;
    }
    double write = logged + stored * (1 + rewritten);
    double live = Math.max(1, shape.liveKeys() * record);
    double space = stored * (1 + (f == 0 ? 0 : 1 / policy.fanout())) + flushed / 2 / live;
    double reads = 2 * (1 + 0.01 * (policy.runsTrigger() / 2.0 + 1));
    return new Prediction(write, reads, space);
  }

  /// How often a byte is rewritten below level 0 in a store of this size.
  private static double levels(LeveledPolicy policy, double liveBytes, double flushed, double f) {
    if (liveBytes <= (double) policy.baseBytes()) {
      return 1 + liveBytes / flushed;
    }
    double base = liveBytes;
    int hops = 0;
    while (base > policy.baseBytes()) {
      base /= policy.fanout();
      hops++;
    }
    return 1 + base / flushed + hops * (1 + f * policy.fanout() * base / (base + flushed / 2));
  }

  private static double overlap(WorkloadShape.KeyOrder order) {
    return switch (order) {
      case SEQUENTIAL -> 0;
      case UNIFORM, ZIPF, LATEST -> OVERLAP_UNIFORM;
    };
  }
}
