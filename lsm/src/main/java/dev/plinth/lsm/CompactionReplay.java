package dev.plinth.lsm;

import dev.plinth.kit.memtable.Memtable;
import dev.plinth.kit.tree.Throttle;
import dev.plinth.spi.Prediction;
import dev.plinth.spi.WorkloadShape;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// A cost model that lets the compaction policy itself decide: it fills memtables, flushes and
/// merges as an engine with these options would, on numbers of entries instead of entries.
///
/// Exact are the policy, the sizes of memtables, and how many different keys runs of random keys
/// have together ([KeyDraws]). What it takes for granted, fixed before any run: what entries take
/// beside their bytes, and how long puts and merges take, which decides how many runs come while a
/// merge is under way. A store that held keys before was loaded in random order and had settled.
/// Not thread-safe.
public final class CompactionReplay {
  /// Beyond so many flushes a replay takes too long for an answer; formulas stand in for it.
  public static final int FLUSHES_MAX = 4000;

  /// What a log record has beside its batch, and a batch beside keys and values, and what is
  /// written ahead of it.
  private static final double LOG_OVERHEAD_BYTES = 17;

  /// What an entry of a flushed table takes beside key and value: lengths, tag, index, filter.
  private static final double FLUSHED_OVERHEAD_BYTES = 3.5;

  /// The same in a merged table, where most tags have lost their number.
  private static final double MERGED_OVERHEAD_BYTES = 0;

  /// The log of a settled store: the segment that takes records, and the next one, filled ahead.
  private static final int LOG_SEGMENTS = 2;

  /// What a put takes while flushes and merges run beside it on two cores.
  private static final double PUT_NANOS = 2200;

  /// What a merge takes for a byte of its inputs there.
  private static final double MERGE_NANOS_PER_BYTE = 4;

  /// Larger stores are replayed with larger tables, so that a decision takes no longer.
  private static final int TABLES_MAX = 300;

  private static final double ALL_BUT_ROUNDING = 1 - 1e-9;

  private final CompactionPolicy policy;
  private final LsmOptions options;
  private final WorkloadShape shape;
  private final ReplayedTree tree;
  private final ReplayedTree.EntryBytes flushed;
  private final ReplayedTree.EntryBytes merged;
  private final long tableBytesMin;
  private final List<Running> running = new ArrayList<>();
  private double now;
  private double flushedBytes;
  private double mergedBytes;
  private long runs;

  /// A merge under way.
  private record Running(CompactionChoice.Merge merge, List<TableMeta> tables, double end) {}

  /// What came out.
  ///
  /// @param flushed bytes of tables that were flushed
  /// @param merged bytes of tables that were merged
  /// @param tables bytes of all tables in the end, settled
  public record Outcome(double flushed, double merged, double tables) {
    /// What that comes to for a user.
    ///
    /// @param readBlocks blocks a point read touches
    /// @param seekBlocks blocks a seek touches
    public Prediction prediction(
        LsmOptions options,
        WorkloadShape shape,
        BlobModel blobs,
        double readBlocks,
        double seekBlocks) {
      double record = shape.keyBytes() + (double) shape.valueBytes();
      double logged = shape.logged() ? (record + LOG_OVERHEAD_BYTES) / record : 0;
      double log = shape.logged() ? LOG_SEGMENTS * (double) options.log().segmentBytes() : 0;
      double apart = blobs.blobBytes() / record;
      double written = Math.max(1, shape.writes() * record);
      double live = Math.max(1, shape.liveKeys() * record);
      return new Prediction(
          logged + (flushed + merged) / written + apart * (1 + blobs.collected()),
          readBlocks,
          (tables + log) / live + apart / (1 - blobs.garbage()),
          0,
          seekBlocks,
          record / options.shapes().blockBytes(),
          options.shapes().filterBitsPerKey() / 8);
    }
  }

  private CompactionReplay(
      CompactionPolicy policy, LsmOptions options, WorkloadShape shape, BlobModel blobs) {
    this.policy = policy;
    this.options = options;
    this.shape = shape;
    this.tree = new ReplayedTree(policy.levelCount(), new KeyDraws(shape.order()));
    this.flushed =
        new ReplayedTree.EntryBytes(blobs.tableBytes() + FLUSHED_OVERHEAD_BYTES, blobs.blobBytes());
    this.merged =
        new ReplayedTree.EntryBytes(blobs.tableBytes() + MERGED_OVERHEAD_BYTES, blobs.blobBytes());
    double all = shape.liveKeys() * (merged.table() + merged.apart());
    this.tableBytesMin = (long) (all / TABLES_MAX);
  }

  /// How many flushes a workload takes, the loading of what was there before included.
  public static double flushes(LsmOptions options, WorkloadShape shape) {
    return (shape.liveKeysBefore() + (double) shape.writes()) / memtableEntries(options, shape);
  }

  /// Replays a workload.
  public static Outcome of(
      CompactionPolicy policy, LsmOptions options, WorkloadShape shape, BlobModel blobs) {
    return new CompactionReplay(policy, options, shape, blobs).run();
  }

  /// How many entries a memtable takes.
  public static double memtableEntries(LsmOptions options, WorkloadShape shape) {
    return Math.max(
        1, options.memtableBytes() / Memtable.entryBytesMean(shape.keyBytes(), shape.valueBytes()));
  }

  private Outcome run() {
    double before = shape.liveKeysBefore();
    load(before);
    flushedBytes = 0;
    mergedBytes = 0;
    write(before);
    settle();
    double bytes = 0;
    for (Level level : tree.levels()) {
      bytes += level.bytes();
    }
    return new Outcome(flushedBytes, mergedBytes, bytes);
  }

  private void load(double count) {
    double step = memtableEntries(options, shape);
    for (double done = 0; done < count; done += step) {
      double entries = Math.min(step, count - done);
      tree.keys(done + entries);
      flush(new ReplayedTree.Content(0, 1, entries, 0), entries);
    }
    settle();
  }

  private void write(double before) {
    boolean ascending = shape.order() == KeyOrder.SEQUENTIAL;
    double writes = shape.writes();
    double live = Math.max(1, shape.liveKeys());
    double fresh = Math.clamp((live - before) / Math.max(1, writes), 0, 1);
    double step = memtableEntries(options, shape);
    double place = 0;
    for (double done = 0; done < writes; done += step) {
      double entries = Math.min(step, writes - done);
      tree.keys(ascending ? live : before + fresh * (done + entries));
      double from = ascending ? place : 0;
      double to = ascending ? Math.min(1, place + entries / live) : 1;
      place = to > ALL_BUT_ROUNDING ? 0 : to;
      flush(new ReplayedTree.Content(from, to, fresh * entries, (1 - fresh) * entries), entries);
    }
  }

  /// Fills a memtable while merges go on, then writes it out.
  private void flush(ReplayedTree.Content content, double entries) {
    double bytes = entries * (shape.keyBytes() + (double) shape.valueBytes());
    now += entries * PUT_NANOS + bytes * Throttle.nanosPerByte(pressure());
    finishUntil(now);
    TableMeta table = tree.table(content, flushed);
    flushedBytes += table.bytes();
    tree.add(List.of(table), 0, ++runs);
    begin(now);
  }

  private double pressure() {
    List<Level> levels = tree.levels();
    double debt = policy.debtBytes(levels) - (double) options.debtBytesSoft();
    double byDebt = debt / (options.debtBytesHard() - options.debtBytesSoft());
    return Math.max(byDebt, policy.pressure(levels));
  }

  private void settle() {
    finishUntil(Double.MAX_VALUE);
  }

  private void finishUntil(double time) {
    running.sort(Comparator.comparingDouble(Running::end));
    while (!running.isEmpty() && running.getFirst().end() <= time) {
      Running done = running.removeFirst();
      CompactionChoice.Merge merge = done.merge();
      tree.replace(merge.tables(), done.tables(), merge.level(), merge.run());
      mergedBytes += done.tables().stream().mapToLong(TableMeta::bytes).sum();
      begin(done.end());
      running.sort(Comparator.comparingDouble(Running::end));
    }
    now = time == Double.MAX_VALUE ? now : time;
  }

  /// Begins what is due.
  private void begin(double time) {
    while (running.size() < options.compactionThreads()) {
      Set<Long> busy = new HashSet<>();
      for (Running one : running) {
        one.merge().tables().forEach(table -> busy.add(table.number()));
      }
      switch (policy.choose(tree.levels(), busy)) {
        case CompactionChoice.Nothing _, CompactionChoice.Drop _ -> {
          return;
        }
        case CompactionChoice.Move move ->
            tree.replace(move.tables(), move.tables(), move.level(), move.run());
        case CompactionChoice.Merge merge -> {
          CompactionChoice.Merge coarse =
              new CompactionChoice.Merge(
                  merge.inputs(),
                  merge.level(),
                  merge.run(),
                  Math.max(merge.tableBytesMax(), tableBytesMin),
                  merge.reason());
          double bytes = merge.inputs().stream().mapToLong(SortedRun::bytes).sum();
          running.add(
              new Running(merge, tree.merged(coarse, merged), time + bytes * MERGE_NANOS_PER_BYTE));
        }
      }
    }
  }
}
