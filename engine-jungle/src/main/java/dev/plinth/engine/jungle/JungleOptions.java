package dev.plinth.engine.jungle;

import dev.plinth.engine.jungle.table.BatchShape;
import dev.plinth.kit.log.LogOptions;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.OptionSpec;
import dev.plinth.spi.StorageException;
import java.util.List;

/// The options of Jungle. When to change each is said where it is declared, in [#SPECS].
///
/// @param ascending whether keys come in their order and go from either end: `mode = log`
/// @param logged whether writes go to a log
/// @param memtableBytes the size of a memtable
/// @param memtablesMax how many may exist at once
/// @param rangeDeletesMax how many deleted ranges a memtable takes
/// @param shape how batches are written
/// @param tableBytes how many live bytes a table is made with
/// @param stageBytes how many bytes stand in the log as the first level; 0 where that is in tables
/// @param levelBytes how many live bytes the first level may have
/// @param fanout how many times more the next level may have
/// @param spaceFactorLast C of the last level that has tables
/// @param spaceFactorUpper C of the levels above it
/// @param spaceTarget bytes used for a live byte in the whole store; 0 for no target
/// @param spaceBytesMax the most bytes on disk; 0 for no limit
/// @param compactionThreads merges at once
/// @param log the log's segments and buffers
/// @param debtBytesSoft writers begin to be slowed here
/// @param debtBytesHard writers are slowed to a crawl here
record JungleOptions(
    boolean ascending,
    boolean logged,
    long memtableBytes,
    int memtablesMax,
    int rangeDeletesMax,
    BatchShape shape,
    long tableBytes,
    long stageBytes,
    long levelBytes,
    double fanout,
    double spaceFactorLast,
    double spaceFactorUpper,
    double spaceTarget,
    long spaceBytesMax,
    int compactionThreads,
    LogOptions log,
    long debtBytesSoft,
    long debtBytesHard) {
  static final int LEVELS = 8;

  /// C of a log at least: a file of which a part was cut away goes whole before long.
  private static final double LOG_SPACE_FACTOR_MIN = 10;

  /// How many memtables the first level has in the log, unless that is said.
  private static final int STAGE_MEMTABLES = 4;

  /// The same in a log, of which the front goes: what went before its layer left the log is never
  /// written a second time.
  private static final int STAGE_MEMTABLES_ASCENDING = 10;

  /// How many dropped segments of the log are kept for reuse; none where space is limited.
  private static final int RECYCLED_SEGMENTS = 2;

  /// More live bytes than any level has.
  private static final long UNLIMITED = 1L << 60;

  static final List<OptionSpec> SPECS =
      List.of(
          OptionSpec.choice(
              "mode",
              "tree",
              List.of("tree", "log"),
              "log where keys are appended in their order and deleted from either end, as Raft logs"
                  + " do: one level, whole files go, no filters; level.fanout, filter.bits.per.key"
                  + " and space.factor.upper say nothing then, level.base.bytes is only what stays"
                  + " in the log alone, and space.factor is at least 10. Other keys are taken too,"
                  + " at a higher cost"),
          OptionSpec.bytes(
              "memtable.bytes",
              "64MiB",
              4 << 10,
              1 << 30,
              "size of a memtable, which is the batch that goes to level 1; larger for less write"
                  + " amplification, smaller for less memory and faster recovery"),
          OptionSpec.whole(
              "memtables.max",
              3,
              2,
              64,
              "memtables at once, the one that takes writes included; more absorb longer bursts"),
          OptionSpec.whole(
              "memtable.range.deletes.max",
              1000,
              1,
              1 << 20,
              "range deletes a memtable takes before it is flushed; fewer when reads of fresh range"
                  + " deletes are slow"),
          OptionSpec.bytes(
              "table.bytes",
              "32MiB",
              4 << 10,
              4L << 30,
              "live bytes of a new table, which is split at twice as many; smaller for finer merges"
                  + " and less room while a table is compacted, larger for fewer files"),
          OptionSpec.bytes(
              "level.base.bytes",
              "0",
              0,
              1L << 40,
              "live bytes that the first level may have before it goes down; 0 for memtable.bytes"
                  + " times level.fanout, or times 4 with level.base.in.log, or times 10 with that"
                  + " and mode = log"),
          OptionSpec.choice(
              "level.base.in.log",
              "on",
              List.of("on", "off"),
              "whether values of the first level stay in the log, and only its keys are in memory:"
                  + " a value is written once less. off where recovery must be fast, since it reads"
                  + " up to twice the first level from the log. Says nothing with wal = off and"
                  + " with space.bytes.max"),
          OptionSpec.decimal(
              "level.fanout",
              10,
              2,
              100,
              "how many times more live bytes a level may have than the one above; larger for fewer"
                  + " levels, smaller for fewer leaves written with each batch"),
          OptionSpec.decimal(
              "space.factor",
              3,
              1.1,
              100,
              "C: bytes used for a live byte at which a table of the last level is compacted in"
                  + " place; larger for less write amplification, smaller for less space"),
          OptionSpec.decimal(
              "space.factor.upper",
              5,
              1.1,
              100,
              "the same for the levels above the last, which hold little of the data"),
          OptionSpec.decimal(
              "space.amplification.target",
              0,
              0,
              100,
              "bytes on disk for a live byte that the whole store aims at, whatever space.factor"
                  + " allows a table; 0 for no aim"),
          OptionSpec.bytes(
              "space.bytes.max",
              "0",
              0,
              1L << 50,
              "bytes on disk that are never exceeded; writers are slowed and at last refused; 0 for"
                  + " no limit"),
          OptionSpec.bytes(
              "value.inline.bytes.max",
              "12",
              0,
              512,
              "values up to this many bytes stand beside their keys; larger for cold reads of small"
                  + " values, at the price of write amplification"),
          OptionSpec.decimal(
              "filter.bits.per.key",
              10,
              0,
              32,
              "bits of the filters per key; more when many reads miss, 0 when there are only"
                  + " scans"),
          OptionSpec.whole(
              "compaction.threads",
              1,
              1,
              64,
              "merges at once; more when there are idle cores and writers are slowed down"),
          OptionSpec.bytes(
              "debt.bytes.soft",
              "1GiB",
              0,
              1L << 50,
              "bytes that merges have yet to move at which writers begin to be slowed"),
          OptionSpec.bytes(
              "debt.bytes.hard",
              "8GiB",
              1,
              1L << 50,
              "the same, where writers are slowed to a crawl"),
          OptionSpec.bytes(
              "log.segment.bytes",
              "64MiB",
              4 << 10,
              1 << 30,
              "size of a log segment; smaller gives space back sooner"),
          OptionSpec.bytes(
              "log.buffer.bytes",
              "1MiB",
              4 << 10,
              256 << 20,
              "size of each of two log buffers; larger for long BUFFERED bursts"),
          OptionSpec.duration(
              "log.sync.delay",
              "0us",
              "how long a sync waits for more writers to join; only where syncs are very slow"));

  /// Takes checked options over.
  static JungleOptions of(EngineOptions options) {
    long soft = options.bytes("debt.bytes.soft");
    long hard = options.bytes("debt.bytes.hard");
    double target = options.decimal("space.amplification.target");
    require(hard > soft, "debt.bytes.hard must be more than debt.bytes.soft");
    require(target == 0 || target >= 1.1, "space.amplification.target must be 0 or at least 1.1");
    long memtable = (options.bytes("memtable.bytes") + 63) & ~63L;
    long base = options.bytes("level.base.bytes");
    double fanout = options.decimal("level.fanout");
    boolean ascending = options.choice("mode").equals("log");
    double last = options.decimal("space.factor");
    long first = base == 0 ? (long) (memtable * fanout) : base;
    boolean staged =
        options.wal()
            && options.choice("level.base.in.log").equals("on")
            && options.bytes("space.bytes.max") == 0;
    if (staged && base == 0) {
      first = memtable * (ascending ? STAGE_MEMTABLES_ASCENDING : STAGE_MEMTABLES);
    }
    int prefill = (int) Math.min(1 << 20, options.bytes("log.segment.bytes") / 4);
    return new JungleOptions(
        ascending,
        options.wal(),
        memtable,
        (int) options.whole("memtables.max"),
        (int) options.whole("memtable.range.deletes.max"),
        new BatchShape(
            (int) options.bytes("value.inline.bytes.max"),
            ascending ? 0 : options.decimal("filter.bits.per.key")),
        options.bytes("table.bytes"),
        staged ? first : 0,
        ascending ? UNLIMITED : first,
        fanout,
        ascending ? Math.max(LOG_SPACE_FACTOR_MIN, last) : last,
        options.decimal("space.factor.upper"),
        target,
        options.bytes("space.bytes.max"),
        (int) options.whole("compaction.threads"),
        new LogOptions(
            options.bytes("log.segment.bytes"),
            (int) options.bytes("log.buffer.bytes"),
            options.bytes("space.bytes.max") == 0 ? RECYCLED_SEGMENTS : 0,
            prefill,
            options.nanos("log.sync.delay")),
        soft,
        hard);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new StorageException.InvalidConfiguration(message);
    }
  }
}
