package dev.plinth.raft.testkit;

import dev.plinth.conformance.lab.Layer;
import dev.plinth.conformance.lab.Subject;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.spi.disk.Disk;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.BooleanSupplier;

/// A Raft log store for the laboratory (clause D12).
public final class RaftLogSubject implements Subject {
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
    return CrashingRun.play(
        new LogRun(factory, theme, seed, operations, 800, History.disk(), background, () -> false),
        seed,
        operations);
  }
}
