package dev.plinth.engine.leveled;

import dev.plinth.lsm.BlobModel;
import dev.plinth.spi.Prediction;
import dev.plinth.spi.WorkloadShape;

/// The cost model of leveled compaction (engines' design: WA = w + 1 + (S_L0 + S_base) / S_L0 + sum
/// of 1 + f * S_{i+1} / S_i; where keys are overwritten, what level 0 brings replaces as much in a
/// base that is the last level), with sizes taken as the store grows, not only at its end.
///
/// `f`, the share of the level below that a table meets, is fixed before a run: 0.75 for uniform
/// keys, 0 for ascending ones, which only move.
final class LeveledModel {
  /// The share of the bytes of a table that are not keys and values: heads of entries, index,
  /// filter.
  static final double TABLE_OVERHEAD_BYTES = 8;

  /// What a log record has beside its batch, and a batch beside keys and values.
  static final double LOG_OVERHEAD_BYTES = 17;

  /// What an entry of a memtable has beside its key and value.
  private static final double ENTRY_OVERHEAD_BYTES = 32;

  private static final double OVERLAP_UNIFORM = 0.75;
  private static final int STEPS = 64;

  private LeveledModel() {}

  static Prediction predict(LeveledOptions options, WorkloadShape shape) {
    LeveledPolicy policy = options.policy();
    double record = shape.keyBytes() + (double) shape.valueBytes();
    BlobModel blobs = BlobModel.of(options.tree().blobs(), shape);
    double stored = (blobs.tableBytes() + TABLE_OVERHEAD_BYTES) / record;
    double apart = blobs.blobBytes() / record;
    double logged = shape.logged() ? (record + LOG_OVERHEAD_BYTES) / record : 0;
    double f = overlap(shape.order());
    double run = options.tree().memtableBytes() * record / (record + ENTRY_OVERHEAD_BYTES);
    double written = Math.max(1, shape.writes() * record);
    long born = shape.liveKeys() - shape.liveKeysBefore();
    double fresh = Math.clamp(born / (double) Math.max(1, shape.writes()), 0, 1);
    double rewritten = 0;
    for (int step = 0; step < STEPS; step++) {
      double keys = shape.liveKeysBefore() + (step + 0.5) / STEPS * born;
      rewritten += f == 0 ? 0 : levels(policy, keys * record, run, f, fresh) / STEPS;
    }
    double flushed = batch(policy, shape.liveKeys() * record, run);
    rewritten *= mergedShare(shape.liveKeysBefore() == 0, written, flushed);
    double write = logged + stored * (1 + rewritten) + apart * (1 + blobs.collected());
    double live = Math.max(1, shape.liveKeys() * record);
    boolean flat = live <= policy.baseBytes() * policy.fanout();
    double between = f == 0 || flat ? 0 : 1 / policy.fanout();
    double held = stored + apart / (1 - blobs.garbage());
    double space = held * (1 + between) + (f == 0 ? 0 : (1 - fresh) * flushed / 2 / live);
    double reads = 2 * (1 + 0.01 * (policy.runsTrigger() / 2.0 + 1));
    double sources = policy.runsTrigger() / 2.0 + (flat ? 1 : 2);
    double next = record / options.tree().shapes().blockBytes();
    double filter = options.tree().shapes().filterBitsPerKey() / 8;
    return new Prediction(write, reads, space, 0, 2 * sources, next, filter);
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
