package dev.plinth.raft.testkit;

import dev.plinth.conformance.lab.Layer;
import dev.plinth.conformance.lab.Subject;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.spi.disk.Disk;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.BooleanSupplier;

/// An adapter's log for the laboratory (clause D12).
///
/// @param <L> the adapter's log
/// @param <S> what a library finds in it
public final class LibraryLogSubject<L, S> implements Subject {
  private final String name;
  private final LibraryScript<L, S> script;
  private final RaftLogFactory factory;

  /// @param name in commands
  /// @param script what to do
  /// @param factory opens the log store under it
  public LibraryLogSubject(String name, LibraryScript<L, S> script, RaftLogFactory factory) {
    this.name = name;
    this.script = script;
    this.factory = factory;
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
    return EnumSet.of(Layer.HISTORY, Layer.CRASH, Layer.FAULT, Layer.DAMAGE);
  }

  @Override
  public Run start(
      long seed, ScriptSize size, Disk disk, QuietExecutor background, BooleanSupplier tolerated) {
    int steps = size == ScriptSize.STORE ? 60 : 40;
    return new LibraryLogRun<>(script, factory, seed, steps, disk, background, tolerated);
  }

  @Override
  public int history(long seed, int operations, QuietExecutor background) {
    return CrashingRun.play(
        new LibraryLogRun<>(
            script, factory, seed, operations, History.disk(), background, () -> false),
        seed,
        operations);
  }
}
