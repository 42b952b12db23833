package dev.plinth.engine.tiered;

import dev.plinth.lsm.BlobModel;
import dev.plinth.lsm.CompactionReplay;
import dev.plinth.spi.Prediction;
import dev.plinth.spi.WorkloadShape;

/// The cost model of tiered compaction: a replay of the policy's own decisions, see
/// [CompactionReplay].
///
/// Where that takes too long: WA = w + the number of tiers a byte passes, the flush included. As
/// many runs as start a merge become one of the next tier, and all become one each time newer runs
/// have grown to the space target.
final class TieredModel {
  private static final double TABLE_OVERHEAD_BYTES = 2;

  private TieredModel() {}

  static Prediction predict(TieredOptions options, WorkloadShape shape) {
    TieredPolicy policy = options.policy();
    BlobModel blobs = BlobModel.of(options.tree().blobs(), shape);
    CompactionReplay.Outcome outcome =
        CompactionReplay.flushes(options.tree(), shape) <= CompactionReplay.FLUSHES_MAX
            ? CompactionReplay.of(policy, options.tree(), shape, blobs)
            : byFormula(options, shape, blobs);
    double reads = 2 * (1 + 0.01 * (policy.runsTrigger() - 1));
    double runs = 1 + (policy.runsTrigger() - 1) / 2.0;
    return outcome.prediction(options.tree(), shape, blobs, reads, 2 * runs);
  }

  /// What comes out of a store that is too large to be replayed.
  private static CompactionReplay.Outcome byFormula(
      TieredOptions options, WorkloadShape shape, BlobModel blobs) {
    TieredPolicy policy = options.policy();
    double record = shape.keyBytes() + (double) shape.valueBytes();
    double stored = (blobs.tableBytes() + TABLE_OVERHEAD_BYTES) / record;
    double flushed = CompactionReplay.memtableEntries(options.tree(), shape) * record;
    double live = Math.max(1, shape.liveKeys() * record);
    double written = Math.max(1, shape.writes() * record);
    double ratio = policy.spaceAmplificationPercent() / 100;
    double newer = Math.max(flushed, Math.min(written, live * ratio));
    double tiers = Math.log(newer / flushed) / Math.log(Math.max(2, policy.runsTrigger()));
    double merged = Math.max(0, tiers) + 1 / ratio;
    return new CompactionReplay.Outcome(
        stored * written, merged * stored * written, stored * (1 + ratio / 2) * live);
  }
}
