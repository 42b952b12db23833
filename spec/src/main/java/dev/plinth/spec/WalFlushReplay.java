package dev.plinth.spec;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.trace.TraceSink;
import dev.plinth.conformance.trace.TraceStep;
import dev.plinth.conformance.trace.TracedDisk;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Does behaviours of WalFlush with the kit's log and manifest.
final class WalFlushReplay implements Replay {
  private static final int BODY_BYTES = 60;
  private static final List<String> FLUSH =
      List.of("MakeTable", "SyncTable", "Install", "SyncEdit");

  @Override
  public String specification() {
    return "WalFlush";
  }

  @Override
  public Trace run(String name, List<Simulation.Step> behaviour) {
    List<TraceStep> steps = new ArrayList<>();
    SimDisk disk = WalFlushStore.folders();
    int at = 0;
    while (at < behaviour.size()) {
      Life life = new Life(disk, steps);
      at = life.run(behaviour, at);
      disk = disk.crash(life.left);
    }
    return new Trace(name, new WalFlushObserver(new WalFlushStore.Layout()).events(steps));
  }

  /// One life of the process.
  private static final class Life implements TraceSink {
    private final SimDisk disk;
    private final List<TraceStep> steps;
    private CrashState left = new CrashState.Everything();
    private int flushed;
    private int cutAfter;

    Life(SimDisk disk, List<TraceStep> steps) {
      this.disk = disk;
      this.steps = steps;
    }

    /// @return the place behind its crash
    int run(List<Simulation.Step> behaviour, int from) {
      TracedDisk traced = (TracedDisk) over(disk);
      int at = from;
      boolean comparable = isComparable(behaviour, from);
      try (WalFlushStore store = new WalFlushStore(traced, BODY_BYTES)) {
        if (at > 0) {
          if (comparable) {
            compare(behaviour.get(at), store.last());
          }
          at++;
        }
        while (at < behaviour.size() && !behaviour.get(at).name().equals("Crash")) {
          step(store, behaviour.get(at++));
        }
        if (at < behaviour.size()) {
          left = state(behaviour.get(at++).number());
          crashIn(store);
        }
      } catch (StorageException e) {
        if (!disk.isDead()) {
          throw e;
        }
        // The crash has come.
      }
      traced.tell("crash", 0, "process");
      return at;
    }

    /// Whether the crash before a place cut off a flush.
    private static boolean cutBefore(List<Simulation.Step> behaviour, int place) {
      for (int i = place - 2; i >= 0; i--) {
        int index = FLUSH.indexOf(behaviour.get(i).name());
        if (index >= 0) {
          return index < FLUSH.size() - 1;
        }
        if (behaviour.get(i).name().equals("Crash")) {
          return false;
        }
      }
      return false;
    }

    /// Whether what is found after the crashes before a place is certain: each left all or nothing
    /// of what was not synced, and none cut a flush off.
    private static boolean isComparable(List<Simulation.Step> behaviour, int place) {
      for (int i = 0; i < place; i++) {
        boolean crashes = behaviour.get(i).name().equals("Crash");
        if (crashes && (behaviour.get(i).number() == 2 || cutBefore(behaviour, i + 1))) {
          return false;
        }
      }
      return true;
    }

    private static void compare(Simulation.Step recover, long found) {
      if (recover.number() != found) {
        throw new IllegalStateException(
            "found " + found + " writes where the behaviour has " + recover.number());
      }
    }

    private void step(WalFlushStore store, Simulation.Step step) {
      switch (step.name()) {
        case "Put" -> store.put(1, false);
        case "Write" -> store.write();
        case "Sync" -> store.sync();
        case "Freeze" -> store.freeze();
        default -> {
          flushed = FLUSH.indexOf(step.name()) + 1;
          if (flushed == FLUSH.size()) {
            store.flush();
            flushed = 0;
          }
        }
      }
    }

    /// Does what the behaviour began of a flush, and crashes.
    private void crashIn(WalFlushStore store) {
      if (flushed > 0) {
        cutAfter = flushed;
        store.flush();
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
        case TraceStep.Created(Path path) -> cutAfter == 1 && path.startsWith(WalFlushStore.STORE);
        case TraceStep.Synced(Path path) -> cutAfter == 2 && path.startsWith(WalFlushStore.STORE);
        case TraceStep.Written(Path path, long _, MemorySegment _) ->
            cutAfter == 3 && String.valueOf(path.getFileName()).startsWith("MANIFEST");
        default -> false;
      };
    }

    private static CrashState state(int number) {
      return switch (number) {
        case 0 -> new CrashState.NothingUnsynced();
        case 1 -> new CrashState.Everything();
        default -> new CrashState.OrderedPrefix(number);
      };
    }
  }
}
