package dev.plinth.spec;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.trace.TraceSink;
import dev.plinth.conformance.trace.TraceStep;
import dev.plinth.conformance.trace.TracedDisk;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Does behaviours of BitcaskMerge with the engine: a merge of the behaviour is a compaction of
/// everything, cut off where the behaviour crashes in it.
final class BitcaskReplay implements Replay {
  private static final List<String> MERGE =
      List.of("BeginMerge", "SyncOutput", "Install", "SyncEdit");

  @Override
  public String specification() {
    return "BitcaskMerge";
  }

  @Override
  public Trace run(String name, List<Simulation.Step> behaviour) {
    Life life = new Life();
    CrashState left = life.run(behaviour);
    life.traced.tell("crash", 0, "");
    BitcaskSource.find(life.disk.crash(left), life.traced);
    return new Trace(name, new BitcaskObserver(life.steps).events());
  }

  /// The one life of a behaviour.
  private static final class Life implements TraceSink {
    private final SimDisk disk = new SimDisk();
    private final TracedDisk traced = (TracedDisk) over(disk);
    private final List<TraceStep> steps = new ArrayList<>();
    private int merged;
    private int cutAfter;
    private int created;

    CrashState run(List<Simulation.Step> behaviour) {
      try (QuietExecutor background = new QuietExecutor();
          Engine engine = BitcaskSource.open(traced, background)) {
        for (Simulation.Step step : behaviour) {
          if (step.name().equals("Crash")) {
            crashIn(engine);
            break;
          }
          step(engine, step);
          background.await();
        }
      } catch (StorageException e) {
        if (!disk.isDead()) {
          throw e;
        }
        // The crash has come.
      }
      return behaviour.getLast().number() == 0
          ? new CrashState.NothingUnsynced()
          : new CrashState.Everything();
    }

    private void step(Engine engine, Simulation.Step step) {
      switch (step.name()) {
        case "Write" -> BitcaskSource.write(engine, step.key(), step.number() == 1);
        case "Sync" -> traced.tell("durable", engine.flush(), "");
        default -> {
          merged = MERGE.indexOf(step.name()) + 1;
          if (merged == MERGE.size()) {
            engine.compact(KeyRange.all());
            merged = 0;
          }
        }
      }
    }

    private void crashIn(Engine engine) {
      if (merged > 0) {
        created = 0;
        cutAfter = merged;
        engine.compact(KeyRange.all());
      }
      disk.kill("the behaviour crashes here");
    }

    @Override
    public void step(TraceStep step) {
      steps.add(step);
      if (cutAfter > 0 && isReached(step)) {
        disk.kill("the behaviour crashes here");
      }
    }

    private boolean isReached(TraceStep step) {
      return switch (step) {
        case TraceStep.Created(Path path) ->
            BitcaskBytes.isData(path) && ++created == 2 && cutAfter == 1;
        case TraceStep.Synced(Path path) ->
            BitcaskBytes.isData(path) && created >= 2 && cutAfter == 2;
        case TraceStep.Written(Path path, long offset, MemorySegment bytes) ->
            cutAfter == 3
                && String.valueOf(path.getFileName()).startsWith("MANIFEST")
                && BitcaskBytes.edits(offset, bytes).stream()
                    .anyMatch(edit -> edit instanceof BitcaskBytes.Edit.Drop);
        default -> false;
      };
    }
  }
}
