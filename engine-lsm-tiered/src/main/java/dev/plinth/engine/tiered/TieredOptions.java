package dev.plinth.engine.tiered;

import dev.plinth.kit.log.LogOptions;
import dev.plinth.lsm.LsmOptions;
import dev.plinth.lsm.TableShapes;
import dev.plinth.lsm.table.Compression;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.OptionSpec;
import dev.plinth.spi.StorageException;
import java.util.List;
import java.util.Locale;

/// The options of the tiered engine. When to change each is said where it is declared, in [#SPECS].
///
/// @param tree memory, disk and threads
/// @param policy when which runs are merged
record TieredOptions(LsmOptions tree, TieredPolicy policy) {
  private static final double TARGET_MIN = 1.1;

  private static final List<String> COMPRESSIONS = List.of("none", "lz4", "zstd");

  static final List<OptionSpec> SPECS =
      List.of(
          OptionSpec.bytes(
              "memtable.bytes",
              "64MiB",
              4 << 10,
              1 << 30,
              "size of a memtable; larger for less write amplification, smaller for less memory"
                  + " and faster recovery"),
          OptionSpec.whole(
              "memtables.max",
              2,
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
              "block.bytes",
              "4KiB",
              128,
              64 << 10,
              "size of a data block; larger for scans and a smaller index, 4KiB for cold point"
                  + " reads"),
          OptionSpec.decimal(
              "filter.bits.per.key",
              10,
              0,
              32,
              "bits of the filters per key in the largest run, smaller runs take more; more when"
                  + " many reads miss, 0 when there are only scans"),
          OptionSpec.choice(
              "compression.level0",
              "none",
              COMPRESSIONS,
              "how data blocks are compressed when they are flushed; lz4 where the disk is slow"),
          OptionSpec.choice(
              "compression.middle",
              "none",
              COMPRESSIONS,
              "how data blocks are compressed when they are merged, but for the lowest run"),
          OptionSpec.choice(
              "compression.bottom",
              "none",
              COMPRESSIONS,
              "how data blocks of the lowest run are compressed, which holds most of the data; zstd"
                  + " for space, lz4 for speed, none where values do not compress"),
          OptionSpec.bytes(
              "cache.bytes",
              "64MiB",
              0,
              1L << 40,
              "memory for blocks that were unpacked; blocks that are not compressed are mapped and"
                  + " need none"),
          OptionSpec.bytes(
              "table.bytes.max",
              "32MiB",
              4 << 10,
              1L << 30,
              "how large a table grows; larger for fewer files, smaller for finer compactions"),
          OptionSpec.whole(
              "runs.trigger",
              8,
              2,
              200,
              "runs there may be before anything is merged; more for less write amplification,"
                  + " fewer for faster scans"),
          OptionSpec.whole(
              "runs.stop",
              32,
              3,
              1000,
              "runs at which writers are slowed to a crawl; more absorb longer bursts"),
          OptionSpec.whole(
              "merge.runs.min",
              2,
              2,
              100,
              "runs that a merge by size takes at least; more for less write amplification"),
          OptionSpec.decimal(
              "size.ratio.percent",
              20,
              0,
              1000,
              "how much larger than the newer ones together a run may be to join their merge"),
          OptionSpec.decimal(
              "space.amplification.percent",
              200,
              10,
              10000,
              "bytes of newer runs per 100 bytes of the oldest at which everything is merged; fewer"
                  + " for less space, more for less write amplification"),
          OptionSpec.choice(
              "layout",
              "tiered",
              List.of("tiered", "lazy-leveling"),
              "lazy-leveling keeps one large run and merges into it as soon as the newer ones have"
                  + " a share of 1/fanout of it: less space and faster scans for more writes"),
          OptionSpec.decimal(
              "level.fanout",
              10,
              2,
              100,
              "how many times larger the large run is than the newer ones together, with"
                  + " lazy-leveling"),
          OptionSpec.decimal(
              "space.amplification.target",
              0,
              0,
              100,
              "how many bytes on disk per live byte are aimed at while no merge is under way; 0 for"
                  + " what the other options give, otherwise at least 1.1"),
          OptionSpec.bytes(
              "space.bytes.max",
              "0",
              0,
              1L << 50,
              "the store never takes more bytes on disk; writers get a typed error before that. 0"
                  + " for no limit"),
          OptionSpec.whole(
              "compaction.threads",
              1,
              1,
              64,
              "compactions at once; more when there are idle cores and writers are slowed down"),
          OptionSpec.bytes(
              "debt.bytes.soft",
              "2GiB",
              0,
              1L << 50,
              "bytes that compactions have yet to rewrite at which writers begin to be slowed;"
                  + " more for bursts, less for steady latency"),
          OptionSpec.bytes(
              "debt.bytes.hard",
              "16GiB",
              1,
              1L << 50,
              "the same, where writers are slowed to a crawl"),
          OptionSpec.bytes(
              "log.segment.bytes",
              "16MiB",
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
  static TieredOptions of(EngineOptions options) {
    long soft = options.bytes("debt.bytes.soft");
    long hard = options.bytes("debt.bytes.hard");
    long trigger = options.whole("runs.trigger");
    long stop = options.whole("runs.stop");
    require(hard > soft, "debt.bytes.hard must be more than debt.bytes.soft");
    require(stop > trigger, "runs.stop must be more than runs.trigger");
    int prefill = (int) Math.min(1 << 20, options.bytes("log.segment.bytes") / 4);
    LsmOptions tree =
        new LsmOptions(
            options.wal(),
            (options.bytes("memtable.bytes") + 63) & ~63L,
            (int) options.whole("memtables.max"),
            new TableShapes(
                (int) options.bytes("block.bytes"),
                options.decimal("filter.bits.per.key"),
                compression(options, "compression.level0"),
                compression(options, "compression.middle"),
                compression(options, "compression.bottom")),
            options.bytes("cache.bytes"),
            (int) options.whole("compaction.threads"),
            new LogOptions(
                options.bytes("log.segment.bytes"),
                (int) options.bytes("log.buffer.bytes"),
                2,
                prefill,
                options.nanos("log.sync.delay")),
            soft,
            hard,
            options.bytes("space.bytes.max"),
            (int) options.whole("memtable.range.deletes.max"));
    TieredPolicy policy =
        new TieredPolicy(
            (int) trigger,
            (int) stop,
            (int) options.whole("merge.runs.min"),
            options.decimal("size.ratio.percent"),
            newerPercentMax(options),
            aimsAtSpace(options) ? 2 : (int) trigger,
            options.bytes("table.bytes.max"));
    return new TieredOptions(tree, policy);
  }

  private static boolean aimsAtSpace(EngineOptions options) {
    return options.choice("layout").equals("lazy-leveling")
        || options.decimal("space.amplification.target") > 0;
  }

  /// How many bytes newer runs may have per 100 bytes of the oldest: the least that an option asks
  /// for.
  private static double newerPercentMax(EngineOptions options) {
    double percent = options.decimal("space.amplification.percent");
    if (options.choice("layout").equals("lazy-leveling")) {
      percent = Math.min(percent, 100 / options.decimal("level.fanout"));
    }
    double target = options.decimal("space.amplification.target");
    require(
        target == 0 || target >= TARGET_MIN,
        "space.amplification.target must be 0 or at least " + TARGET_MIN);
    return target == 0 ? percent : Math.min(percent, (target - 1) * 100);
  }

  private static Compression compression(EngineOptions options, String name) {
    return Compression.valueOf(options.choice(name).toUpperCase(Locale.ROOT));
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new StorageException.InvalidConfiguration(message);
    }
  }
}
