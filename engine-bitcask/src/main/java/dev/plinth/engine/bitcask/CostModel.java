package dev.plinth.engine.bitcask;

import dev.plinth.spi.EngineStats;
import dev.plinth.spi.Prediction;
import dev.plinth.spi.WorkloadShape;

/// What Bitcask should cost: a pure function of the workload and of u, the live share that merges
/// met in the files they read, which only a run can tell.
///
/// A user byte is appended once, with the head of its record; `a` is that per user byte. Of all
/// that is written, the share u is copied again, and its copies again: 1 / (1 - u) in all. Every
/// record that is written has a hint entry; `h` is that per user byte. WA = (a + h) / (1 - u). The
/// formula is for a store that has been overwritten for long, where merges free as much as is
/// appended; a run that is shorter is charged for the share f that they did free: WA = (a + h) (1 +
/// f u / (1 - u)). Space, for uniform updates and files merged in the order of their age: the live
/// share of the store is (u - 1) / ln u. A hit reads one record. Before there is a run, u is taken
/// for three quarters of what `merge.garbage.min` lets a victim keep, as runs have shown.
final class CostModel {
  private static final double RECORD_HEAD_BYTES = 10;
  private static final double HINT_ENTRY_BYTES = 11;

  private static final double USUAL_SHARE_KEPT = 0.75;
  private static final double HASH_BYTES_PER_KEY = 20;
  private static final double ORDERED_BYTES_PER_KEY = 44;
  private static final String MERGE_READ_BYTES = "mergeReadBytes";

  private CostModel() {}

  static Prediction predict(BitcaskOptions options, WorkloadShape shape, EngineStats measured) {
    Prediction costs =
        measured.details().containsKey(MERGE_READ_BYTES)
            ? counted(shape, measured)
            : usual(options, shape);
    return new Prediction(
        costs.write(),
        costs.readBlocks(),
        costs.space(),
        0,
        options.ordered() ? 1 : Double.NaN,
        1,
        options.ordered() ? ORDERED_BYTES_PER_KEY : HASH_BYTES_PER_KEY);
  }

  /// What is to be expected in the long run.
  private static Prediction usual(BitcaskOptions options, WorkloadShape shape) {
    double user = shape.keyBytes() + (double) shape.valueBytes();
    double once = (user + RECORD_HEAD_BYTES + HINT_ENTRY_BYTES) / user;
    boolean overwrites = shape.writes() > shape.liveKeys() - shape.liveKeysBefore();
    if (!overwrites || !options.merge()) {
      return new Prediction(once, 1, once);
    }
    double live = Math.clamp((1 - options.mergeGarbageMin()) * USUAL_SHARE_KEPT, 0.01, 0.99);
    return new Prediction(once / (1 - live), 1, once * Math.log(live) / (live - 1));
  }

  private static Prediction counted(WorkloadShape shape, EngineStats measured) {
    double user = shape.keyBytes() + (double) shape.valueBytes();
    double record = (user + RECORD_HEAD_BYTES) / user;
    double hint = HINT_ENTRY_BYTES / user;
    double read = measured.details().getOrDefault(MERGE_READ_BYTES, 0L);
    double kept = measured.details().getOrDefault("mergeKeptBytes", 0L);
    if (read == 0) {
      return new Prediction(record + hint, 1, record + hint);
    }
    double live = Math.min(0.99, kept / read);
    double appended = shape.writes() * user * record;
    double freed = Math.min(1, (read - kept) / appended);
    double copies = freed * live / (1 - live);
    double space = live <= 0 ? 1 : Math.log(live) / (live - 1);
    return new Prediction((record + hint) * (1 + copies), 1, (record + hint) * space);
  }
}
