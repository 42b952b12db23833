package dev.plinth.engine.tiered;

import dev.plinth.lsm.BlobModel;
import dev.plinth.spi.Prediction;
import dev.plinth.spi.WorkloadShape;

/// The cost model of tiered compaction: WA = w + the number of tiers a byte passes, the flush
/// included.
///
/// With a size ratio near 1 runs double from merge to merge until the oldest one, so a byte is
/// merged about log2(store / runs of one flush) times less the tiers that may stay unmerged, and
/// once more for each time everything is merged: when newer runs have grown to the space target.
final class TieredModel {
  private static final double TABLE_OVERHEAD_BYTES = 8;
  private static final double LOG_OVERHEAD_BYTES = 17;
  private static final double MEMTABLE_OVERHEAD_BYTES = 40;

  private TieredModel() {}

  static Prediction predict(TieredOptions options, WorkloadShape shape) {
    TieredPolicy policy = options.policy();
    double record = shape.keyBytes() + (double) shape.valueBytes();
    BlobModel blobs = BlobModel.of(options.tree().blobs(), shape);
    double stored = (blobs.tableBytes() + TABLE_OVERHEAD_BYTES) / record;
    double apart = blobs.blobBytes() / record;
    double logged = shape.logged() ? (record + LOG_OVERHEAD_BYTES) / record : 0;
    double flushed = options.tree().memtableBytes() * record / (record + MEMTABLE_OVERHEAD_BYTES);
    double live = Math.max(1, shape.liveKeys() * record);
    double written = Math.max(1, shape.writes() * record);
    double ratio = policy.spaceAmplificationPercent() / 100;
    double newer = Math.max(flushed, Math.min(written, live * ratio));
    double tiers = Math.max(0, Math.log(newer / flushed / policy.runsTrigger()) / Math.log(2));
    double whole = written < flushed * policy.runsTrigger() ? 0 : 1 / ratio + 1;
    double write = logged + stored * (1 + tiers + whole) + apart * (1 + blobs.collected());
    double space = (stored + apart / (1 - blobs.garbage())) * (1 + ratio / 2);
    double reads = 2 * (1 + 0.01 * (policy.runsTrigger() - 1));
    double runs = 1 + (policy.runsTrigger() - 1) / 2.0;
    double next = record / options.tree().shapes().blockBytes();
    double filter = options.tree().shapes().filterBitsPerKey() / 8;
    return new Prediction(write, reads, space, 0, 2 * runs, next, filter);
  }
}
