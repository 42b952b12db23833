package dev.plinth.cli;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.lab.Layer;
import dev.plinth.conformance.lab.Subject;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.HistoryGenerator;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.kit.log.LogOptions;
import dev.plinth.spi.disk.Disk;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/// The log of `kit` as a subject of the laboratory, without an engine around it: appends, syncs,
/// truncations, drops and reopenings, with small segments, recycled or not, prefilled or not.
final class LogSubject implements Subject {
  private static final int SHORT_STEPS = 45;
  private static final int STORE_STEPS = 70;

  @Override
  public String name() {
    return "log";
  }

  @Override
  public Set<Layer> layers() {
    return Set.of(Layer.CRASH, Layer.FAULT, Layer.HISTORY, Layer.DAMAGE);
  }

  private static LogOptions options(long seed) {
    LogOptions small = LogOptions.small(4 << 10, 4 << 10);
    return switch (Math.floorMod(seed, 3)) {
      case 0 -> small;
      case 1 -> small.withRecycledSegments(2).withRecoveryThreads(2);
      default -> small.withRecycledSegments(1).withPrefillBytes(16 << 10);
    };
  }

  @Override
  public Run start(
      long seed, ScriptSize size, Disk disk, QuietExecutor background, BooleanSupplier tolerated) {
    int steps = size == ScriptSize.SHORT ? SHORT_STEPS : STORE_STEPS;
    int bodyBytesMax = size == ScriptSize.SHORT ? 6000 : 700;
    LogRun run = new LogRun(seed, bodyBytesMax, options(seed), disk, background, tolerated);
    run.plan(steps);
    return run;
  }

  @Override
  public int history(long seed, int operations, QuietExecutor background) {
    SplittableRandom random = new SplittableRandom(seed);
    SimDisk disk = History.disk();
    try (LogRun run = new LogRun(seed, 3000, options(seed), disk, background, () -> false)) {
      run.plan(operations);
      for (int i = 0; i < operations; i++) {
        if (i > 0 && random.nextInt(40) == 0) {
          disk = disk.crash(HistoryGenerator.crashState(random));
          run.recover(disk);
        }
        run.step(i);
      }
      run.finish();
    }
    return operations;
  }

  @Override
  public String toString() {
    return name();
  }
}
