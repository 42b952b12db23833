package dev.plinth.engine.leveled;

import dev.plinth.lsm.LsmOptionSpecs;
import dev.plinth.lsm.LsmOptions;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.OptionSpec;
import java.util.List;

/// The options of the leveled engine. When to change each is said where it is declared, in
/// [#SPECS].
///
/// @param tree memory, disk and threads
/// @param policy the shape of the levels
record LeveledOptions(LsmOptions tree, LeveledPolicy policy) {
  static final int LEVELS = 7;

  static final List<OptionSpec> SPECS =
      LsmOptionSpecs.with(
          List.of(
              OptionSpec.decimal(
                  "level.fanout",
                  10,
                  2,
                  100,
                  "how many times larger a level is than the one above; smaller for less write"
                      + " amplification per level, larger for fewer levels"),
              OptionSpec.bytes(
                  "level.base.bytes",
                  "256MiB",
                  8 << 10,
                  1L << 40,
                  "least size of the first level below level 0; about what level 0 holds when it is"
                      + " merged. Beyond level.fanout times that a further level is begun"),
              OptionSpec.whole(
                  "level0.runs.trigger",
                  8,
                  1,
                  100,
                  "most runs in level 0 before they are merged, fewer where they weigh much beside"
                      + " the level below; more for less write amplification, fewer for faster"
                      + " reads from the first one on"),
              OptionSpec.decimal(
                  "level0.seeks.factor",
                  1,
                  0,
                  1000,
                  "level 0 is also merged when seeks over its runs have cost this many times what"
                      + " the merge costs; fewer for seeks that become fast sooner, more for less"
                      + " write amplification beside seeks, 0 for never"),
              OptionSpec.whole(
                  "level0.runs.stop",
                  24,
                  2,
                  1000,
                  "runs in level 0 at which writers are slowed to a crawl; more absorb longer"
                      + " bursts, fewer keep reads fast")));

  /// Takes checked options over.
  static LeveledOptions of(EngineOptions options) {
    long trigger = options.whole("level0.runs.trigger");
    long stop = options.whole("level0.runs.stop");
    LsmOptionSpecs.require(
        stop > trigger, "level0.runs.stop must be more than level0.runs.trigger");
    LsmOptions tree = LsmOptionSpecs.tree(options, 0);
    LeveledPolicy policy =
        new LeveledPolicy(
            options.decimal("level.fanout"),
            (int) trigger,
            (int) stop,
            options.bytes("level.base.bytes"),
            options.decimal("level0.seeks.factor"),
            options.bytes("table.bytes.max"),
            LEVELS);
    return new LeveledOptions(tree, policy);
  }
}
