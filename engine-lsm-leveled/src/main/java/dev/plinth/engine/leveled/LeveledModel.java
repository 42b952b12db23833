package dev.plinth.engine.leveled;

import dev.plinth.lsm.BlobModel;
import dev.plinth.lsm.CompactionReplay;
import dev.plinth.spi.Prediction;
import dev.plinth.spi.WorkloadShape;

/// The cost model of leveled compaction: a replay of the policy's own decisions, see
/// [CompactionReplay].
///
/// Where that takes too long it is the engines' design: WA = w + 1 + (S_L0 + S_base) / S_L0 + sum
/// of 1 + f * S_{i+1} / S_i; where keys are overwritten, what level 0 brings replaces as much in a
/// base that is the last level; with sizes taken as the store grows, not only at its end. `f`, the
/// share of the level below that a table meets, is fixed before a run: 0.75 for uniform keys, 0 for
/// ascending ones, which only move.
final class LeveledModel {
  /// The share of the bytes of a table that are not keys and values: heads of entries, index,
  /// filter.
  private static final double TABLE_OVERHEAD_BYTES = 2;

  private static final double OVERLAP_UNIFORM = 0.75;
  private static final int STEPS = 64;

  private LeveledModel() {}

  static Prediction predict(LeveledOptions options, WorkloadShape shape) {
    LeveledPolicy policy = options.policy();
    BlobModel blobs = BlobModel.of(options.tree().blobs(), shape);
    CompactionReplay.Outcome outcome =
        CompactionReplay.flushes(options.tree(), shape) <= CompactionReplay.FLUSHES_MAX
            ? CompactionReplay.of(policy, options.tree(), shape, blobs)
            : byFormula(options, shape, blobs);
    double live = shape.liveKeys() * (shape.keyBytes() + (double) shape.valueBytes());
    boolean flat = live <= policy.baseBytes() * policy.fanout();
    double reads = 2 * (1 + 0.01 * (policy.runsTrigger() / 2.0 + 1));
    double sources = policy.runsTrigger() / 2.0 + (flat ? 1 : 2);
    return outcome.prediction(options.tree(), shape, blobs, reads, 2 * sources);
  }

  /// What comes out of a store that is too large to be replayed.
  private static CompactionReplay.Outcome byFormula(
      LeveledOptions options, WorkloadShape shape, BlobModel blobs) {
    LeveledPolicy policy = options.policy();
    double record = shape.keyBytes() + (double) shape.valueBytes();
    double stored = (blobs.tableBytes() + TABLE_OVERHEAD_BYTES) / record;
    double f = overlap(shape.order());
    double run = CompactionReplay.memtableEntries(options.tree(), shape) * record;
    double written = Math.max(1, shape.writes() * record);
    double live = Math.max(1, shape.liveKeys() * record);
    long born = shape.liveKeys() - shape.liveKeysBefore();
    double fresh = Math.clamp(born / (double) Math.max(1, shape.writes()), 0, 1);
    double rewritten = 0;
    for (int step = 0; step < STEPS; step++) {
      double keys = shape.liveKeysBefore() + (step + 0.5) / STEPS * born;
      rewritten += f == 0 ? 0 : levels(policy, keys * record, run, f, fresh) / STEPS;
    }
    double flushed = batch(policy, live, run);
    rewritten *= mergedShare(shape.liveKeysBefore() == 0, written, flushed);
    boolean flat = live <= policy.baseBytes() * policy.fanout();
    double between = f == 0 || flat ? 0 : 1 / policy.fanout();
    double space = stored * (1 + between) + (f == 0 ? 0 : (1 - fresh) * flushed / 2 / live);
    return new CompactionReplay.Outcome(
        stored * written, rewritten * stored * written, space * live);
  }

  /// The share of what is written that has left level 0 in the end.
  private static double mergedShare(boolean fromEmpty, double written, double flushed) {
    double merged =
        fromEmpty ? Math.floor(written / flushed) * flushed : Math.max(0, written - flushed / 2);
    return merged / written;
  }

  /// What level 0 brings at once: see [LeveledPolicy].
  private static double batch(LeveledPolicy policy, double liveBytes, double run) {
    double most = policy.runsTrigger() * run;
    boolean flat = liveBytes <= policy.baseBytes() * policy.fanout();
    return flat
        ? Math.clamp(
            LeveledPolicy.GARBAGE_SHARE * liveBytes,
            Math.min(most, LeveledPolicy.RUNS_MIN * run),
            most)
        : most;
  }

  /// How often a byte is rewritten below level 0 in a store of this size: what level 0 brings goes
  /// into all of the base.
  private static double levels(
      LeveledPolicy policy, double liveBytes, double run, double f, double fresh) {
    double flushed = batch(policy, liveBytes, run);
    double base = liveBytes;
    int hops = 0;
    while (base > policy.baseBytes() * policy.fanout()) {
      base /= policy.fanout();
      hops++;
    }
    if (hops == 0) {
      return fresh + Math.max(0, base - fresh * flushed / 2) / flushed;
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
