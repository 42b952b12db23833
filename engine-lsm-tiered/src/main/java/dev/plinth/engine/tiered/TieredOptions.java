package dev.plinth.engine.tiered;

import dev.plinth.lsm.LsmOptionSpecs;
import dev.plinth.lsm.LsmOptions;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.OptionSpec;
import java.util.List;

/// The options of the tiered engine. When to change each is said where it is declared, in [#SPECS].
///
/// @param tree memory, disk and threads
/// @param policy when which runs are merged
record TieredOptions(LsmOptions tree, TieredPolicy policy) {
  private static final double TARGET_MIN = 1.1;

  static final List<OptionSpec> SPECS =
      LsmOptionSpecs.with(
          List.of(
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
                  "bytes of newer runs per 100 bytes of the oldest at which everything is merged;"
                      + " fewer for less space, more for less write amplification"),
              OptionSpec.choice(
                  "layout",
                  "tiered",
                  List.of("tiered", "lazy-leveling"),
                  "lazy-leveling keeps one large run and merges into it as soon as the newer ones"
                      + " have a share of 1/fanout of it: less space and faster scans for more"
                      + " writes"),
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
                  "how many bytes on disk per live byte are aimed at while no merge is under way; 0"
                      + " for what the other options give, otherwise at least 1.1"),
              OptionSpec.bytes(
                  "space.bytes.max",
                  "0",
                  0,
                  1L << 50,
                  "the store never takes more bytes on disk; writers get a typed error before that."
                      + " 0 for no limit")));

  /// Takes checked options over.
  static TieredOptions of(EngineOptions options) {
    long trigger = options.whole("runs.trigger");
    long stop = options.whole("runs.stop");
    LsmOptionSpecs.require(stop > trigger, "runs.stop must be more than runs.trigger");
    LsmOptions tree = LsmOptionSpecs.tree(options, options.bytes("space.bytes.max"));
    if (tree.blobs().valueBytesMin() > 0 && target(options) > 0) {
      tree = tree.with(tree.blobs().withGarbageMax(1 - 1 / Math.sqrt(target(options))));
    }
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

  /// The space amplification aimed at; 0 for none.
  private static double target(EngineOptions options) {
    double target = options.decimal("space.amplification.target");
    LsmOptionSpecs.require(
        target == 0 || target >= TARGET_MIN,
        "space.amplification.target must be 0 or at least " + TARGET_MIN);
    return target;
  }

  /// How many bytes newer runs may have per 100 bytes of the oldest: the least that an option asks
  /// for. With blob files, newer runs and garbage in those files have equal parts in what is aimed
  /// at.
  private static double newerPercentMax(EngineOptions options) {
    double percent = options.decimal("space.amplification.percent");
    if (options.choice("layout").equals("lazy-leveling")) {
      percent = Math.min(percent, 100 / options.decimal("level.fanout"));
    }
    double target = target(options);
    if (options.bytes("blob.value.bytes.min") > 0) {
      target = Math.sqrt(target);
    }
    return target == 0 ? percent : Math.min(percent, (target - 1) * 100);
  }
}
