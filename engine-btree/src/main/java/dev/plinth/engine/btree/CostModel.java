package dev.plinth.engine.btree;

import dev.plinth.spi.EngineStats;
import dev.plinth.spi.Prediction;
import dev.plinth.spi.WorkloadShape;

/// What a copy-on-write B-tree should cost.
///
/// A commit of `b` updates writes `D(b)` pages, the distinct pages of all paths: with uniform keys
/// a level of `n` pages has `n (1 - e^(-b/n))` of them, with sequential keys `b / (entries a page)`
/// and one path. When that is more than half of `dirty.bytes.max`, leaves are written ahead, each
/// time about as many as fit there, so that `b` counts as the updates that dirty so many. One meta
/// page comes on top. Settling adds nothing where the file system takes room back; elsewhere it
/// moves pages, which is not counted. So WA = w + (D + 1) P / (b r) with `w` the log's bytes per
/// user byte, `P` the page's and `r` a record's bytes.
final class CostModel {
  /// Random inserts leave pages between half full and full, ln 2 on average (Yao 1978).
  private static final double RANDOM_FILL = Math.log(2);

  private static final double SEQUENTIAL_FILL = 0.97;
  private static final double LOG_RECORD_BYTES = 14;
  private static final double INNER_KEY_BYTES = 6;

  private CostModel() {}

  static Prediction predict(BtreeOptions options, WorkloadShape shape, EngineStats measured) {
    double keys = Math.max(1.0, (double) shape.liveKeysBefore() + (double) shape.liveKeys()) / 2;
    double record = shape.keyBytes() + (double) shape.valueBytes();
    if (record <= 0 || shape.writes() <= 0) {
      return Prediction.UNKNOWN;
    }
    boolean sequential = shape.order() == WorkloadShape.KeyOrder.SEQUENTIAL;
    double fill = sequential ? SEQUENTIAL_FILL : RANDOM_FILL;
    double capacity = options.pageBytes() - (double) PageFormat.HEADER_BYTES;
    double valueInPage = inPage(options, shape);
    double entry =
        shape.keyBytes() + valueInPage + PageFormat.SLOT_BYTES + PageFormat.LEAF_CELL_BYTES;
    double perLeaf = Math.max(1, capacity * fill / entry);
    double perInner =
        capacity * fill / (PageFormat.SLOT_BYTES + PageFormat.INNER_CELL_BYTES + INNER_KEY_BYTES);
    double leaves = Math.ceil(keys / perLeaf);
    double b =
        Math.max(1, Math.min((double) shape.writes(), entriesPerCommit(options, shape, measured)));
    double pages = 0;
    double total = 0;
    int levels = 0;
    for (double n = leaves; ; n = Math.ceil(n / perInner)) {
      if (sequential) {
        pages += Math.min(n, b / perLeaf + 1);
      } else {
        pages += levels == 0 ? leavesWritten(n, b, options) : distinct(n, b);
      }
      total += n;
      levels++;
      if (n <= 1) {
        break;
      }
    }
    double extents = shape.valueBytes() - valueInPage;
    double log = shape.logged() ? (record + LOG_RECORD_BYTES) / record : 0;
    double tree = (pages + 1) * options.pageBytes() / (b * record);
    double extentShare = extents > 0 ? roundUp(extents, options.pageBytes()) / record : 0;
    double liveBytes = Math.max(1, keys * record);
    double space =
        (total * options.pageBytes()
                + (extents > 0 ? keys * roundUp(extents, options.pageBytes()) : 0))
            / liveBytes;
    double next = 1 / perLeaf + (extents > 0 ? 1 : 0);
    return new Prediction(log + tree + extentShare, levels, space, levels, levels, next, 0);
  }

  /// How many of `n` pages `b` uniform updates change.
  private static double distinct(double n, double b) {
    return n * (1 - Math.exp(-b / n));
  }

  private static double leavesWritten(double n, double b, BtreeOptions options) {
    double memory = options.dirtyBytesMax() / (double) options.pageBytes();
    if (distinct(n, b) <= memory / 2) {
      return distinct(n, b);
    }
    double untilFull = -n * Math.log(1 - memory / 2 / n);
    double average = memory * 3 / 8;
    return average + (b - untilFull) * (1 - average / n);
  }

  /// Before there is a run, as many as the options let wait.
  private static double entriesPerCommit(
      BtreeOptions options, WorkloadShape shape, EngineStats measured) {
    if (shape.commitEvery() > 0) {
      return (double) shape.commitEvery();
    }
    long commits =
        measured.details().getOrDefault("commits", 0L)
            - measured.details().getOrDefault("compaction.commits", 0L);
    if (commits > 0) {
      return shape.writes() / (double) commits;
    }
    double entries = (double) shape.writes();
    if (options.commitEveryEntries() > 0) {
      entries = Math.min(entries, (double) options.commitEveryEntries());
    }
    double record = shape.keyBytes() + (double) shape.valueBytes();
    return options.commitEveryBytes() > 0
        ? Math.min(entries, options.commitEveryBytes() / record)
        : entries;
  }

  private static double inPage(BtreeOptions options, WorkloadShape shape) {
    return shape.valueBytes() > Values.inlineBytesMax(options.pageBytes(), shape.keyBytes())
        ? PageFormat.EXTENT_REFERENCE_BYTES
        : shape.valueBytes();
  }

  private static double roundUp(double bytes, int unit) {
    return Math.ceil(bytes / unit) * unit;
  }
}
