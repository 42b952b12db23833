package dev.plinth.raft.testkit;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.lab.Layer;
import dev.plinth.conformance.lab.Subject;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.HistoryGenerator;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.model.Violation;
import dev.plinth.spi.disk.Disk;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/// A Raft log store for the laboratory (clause D12).
public final class RaftLogSubject implements Subject {
  private static final int CRASH_EVERY = 30;

  private final String name;
  private final RaftLogFactory factory;
  private final LogAction.Theme theme;
  private final Set<Layer> layers;

  /// @param name in commands
  /// @param factory opens the store
  public RaftLogSubject(String name, RaftLogFactory factory) {
    this(name, factory, EnumSet.of(Layer.HISTORY, Layer.CRASH, Layer.FAULT, Layer.DAMAGE));
  }

  RaftLogSubject(String name, RaftLogFactory factory, Set<Layer> layers) {
    this(name, factory, LogAction.Theme.ENTRIES, layers);
  }

  private RaftLogSubject(
      String name, RaftLogFactory factory, LogAction.Theme theme, Set<Layer> layers) {
    this.name = name;
    this.factory = factory;
    this.theme = theme;
    this.layers = Set.copyOf(layers);
  }

  /// The same store under scripts about vote and term.
  ///
  /// @param name in commands
  /// @param factory opens the store
  public static RaftLogSubject ofMetadata(String name, RaftLogFactory factory) {
    return new RaftLogSubject(
        name,
        factory,
        LogAction.Theme.METADATA,
        EnumSet.of(Layer.HISTORY, Layer.CRASH, Layer.FAULT, Layer.DAMAGE));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String toString() {
    return name;
  }

  @Override
  public Set<Layer> layers() {
    return layers;
  }

  @Override
  public Run start(
      long seed, ScriptSize size, Disk disk, QuietExecutor background, BooleanSupplier tolerated) {
    boolean isStore = size == ScriptSize.STORE;
    return new LogRun(
        factory, theme, seed, isStore ? 60 : 40, isStore ? 120 : 500, disk, background, tolerated);
  }

  @Override
  public int history(long seed, int operations, QuietExecutor background) {
    SplittableRandom random = new SplittableRandom(seed);
    try (LogRun run =
        new LogRun(
            factory, theme, seed, operations, 800, History.disk(), background, () -> false)) {
      run.step(0);
      for (int step = 1; step <= operations; step++) {
        try {
          run.step(step);
          if (random.nextInt(CRASH_EVERY) == 0) {
            CrashState state = HistoryGenerator.crashState(random);
            run.crash(state);
          }
        } catch (Violation e) {
          throw new Violation(
              e.clause(), "step " + step + " (" + run.describe(step) + "): " + e.getMessage(), e);
        }
      }
      run.finish();
    }
    return operations;
  }
}
