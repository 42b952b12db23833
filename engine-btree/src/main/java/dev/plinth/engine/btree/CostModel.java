package dev.plinth.engine.btree;

import dev.plinth.spi.EngineStats;
import dev.plinth.spi.Prediction;
import dev.plinth.spi.WorkloadShape;

/// What a copy-on-write B-tree should cost.
///
/// A commit of `b` updates writes `D(b)` pages, the distinct pages of all paths: with uniform keys
/// a level of `n` pages has `n (1 - e^(-b/n))` of them, with sequential keys `b / (entries a page)`
/// and one path. When that is more than half of `dirty.bytes.max`, leaves are written ahead until a
/// quarter is left. While a tree is filled `n` grows, and pages that come of splits are changed
/// ones: so commits all along the fill are followed in steps, and what they write is averaged. One
/// meta page comes on top. Settling adds nothing where the file system takes room back; elsewhere
/// it moves pages, which is not counted. So WA = w + (D + 1) P / (b r) with `w` the log's bytes per
/// user byte, `P` the page's and `r` a record's bytes.
///
/// It says nothing of what is written once, whatever the amount of data: a store of a few megabytes
/// pays for segments of the log that are filled with zeros ahead. And several writers of ascending
/// keys leave pages half full, which it does not know of.
final class CostModel {
  /// Random inserts leave pages between half full and full, ln 2 on average (Yao 1978).
  private static final double RANDOM_FILL = Math.log(2);

  private static final double SEQUENTIAL_FILL = 0.97;
  private static final double LOG_RECORD_BYTES = 14;
  private static final double INNER_KEY_BYTES = 6;

  /// No limit.
  private static final double NONE = Double.POSITIVE_INFINITY;

  private CostModel() {}

  static Prediction predict(BtreeOptions options, WorkloadShape shape, EngineStats measured) {
    double first = (double) shape.liveKeysBefore();
    double last = Math.max(1.0, (double) shape.liveKeys());
    double writes = (double) shape.writes();
    double keys = Math.max(1.0, first + last) / 2;
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
    double total = 0;
    int levels = 0;
    double pages = 0;
    double under = perLeaf;
    for (double n = leaves; ; n = Math.ceil(n / perInner)) {
      if (sequential) {
        pages += Math.min(Math.ceil(last / under), b / under + 1);
      } else {
        double memory = levels == 0 ? options.dirtyBytesMax() / (double) options.pageBytes() : NONE;
        pages += new Fill(first, last, writes, b).pagesACommit(under, memory);
      }
      total += n;
      levels++;
      under *= perInner;
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

  /// A fill with uniform keys, or updates where both sizes are alike.
  ///
  /// @param first how many keys there are before
  /// @param last and behind
  /// @param writes of all commits
  /// @param b of one
  private record Fill(double first, double last, double writes, double b) {
    private static final int COMMITS_FOLLOWED = 32;
    private static final int STEPS = 256;

    /// How many pages of a level `b` updates write, on average over the fill.
    ///
    /// @param under how many keys are under a page
    /// @param memory pages that may be changed and not written, [#NONE] for any number
    double pagesACommit(double under, double memory) {
      long commits = (long) Math.ceil(writes / b);
      int followed = (int) Math.min(COMMITS_FOLLOWED, commits);
      double written = 0;
      double updates = 0;
      for (int i = 0; i < followed; i++) {
        long commit = i * commits / followed;
        double begin = commit * b / writes;
        double end = Math.min(1, begin + b / writes);
        written += commit(begin, end, under, memory);
        updates += (end - begin) * writes;
      }
      return written / updates * b;
    }

    /// Follows one commit, from one share of all writes to another.
    private double commit(double begin, double end, double under, double memory) {
      double step = (end - begin) / STEPS;
      double updates = step * writes;
      double written = 0;
      double changed = 0;
      double pages = pages(begin, under);
      for (int i = 1; i <= STEPS; i++) {
        double now = pages(begin + i * step, under);
        changed += (pages - changed) * (1 - Math.exp(-updates / pages)) + (now - pages);
        pages = now;
        if (changed > memory / 2) {
          written += changed - memory / 4;
          changed = memory / 4;
        }
      }
      return written + changed;
    }

    private double pages(double share, double under) {
      return Math.max(1, (first + share * (last - first)) / under);
    }
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
