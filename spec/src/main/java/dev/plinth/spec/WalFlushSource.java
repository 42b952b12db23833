package dev.plinth.spec;

import dev.plinth.conformance.disk.Fault;
import dev.plinth.conformance.disk.FaultDisk;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.trace.TraceSink;
import dev.plinth.conformance.trace.TraceStep;
import dev.plinth.conformance.trace.TracedDisk;
import dev.plinth.spi.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/// Traces of the kit's log and manifest, used as an engine with memtables uses them, with crashes
/// at any step of the disk.
final class WalFlushSource implements TraceSource {
  private static final int BODY_BYTES = 1500;
  private static final int LIVES = 3;
  private static final int OPERATIONS = 18;
  private static final int STEPS_MAX = 110;

  @Override
  public String specification() {
    return "WalFlush";
  }

  @Override
  public Trace record(long seed) {
    Random random = new Random(seed);
    List<TraceStep> steps = new ArrayList<>();
    TraceSink sink = steps::add;
    SimDisk disk = WalFlushStore.folders();
    for (int life = 0; life < LIVES; life++) {
      if (life < LIVES - 1) {
        disk.stopAt(disk.steps() + 40 + random.nextInt(STEPS_MAX));
      }
      FaultDisk faulty = new FaultDisk(disk, Fault.none(Fault.Kind.FAILED_SYNC));
      TracedDisk traced = (TracedDisk) sink.over(faulty);
      live(disk, faulty, traced, random);
      traced.tell("crash", 0, disk.isDead() ? "power" : "process");
      disk = disk.crash(AnyCrash.state(random));
    }
    return new Trace(
        "kit log, seed " + seed, new WalFlushObserver(new WalFlushStore.Layout()).events(steps));
  }

  /// A life of the process, up to its end or that of the disk.
  private static void live(SimDisk disk, FaultDisk faulty, TracedDisk traced, Random random) {
    try (WalFlushStore store = new WalFlushStore(traced, BODY_BYTES)) {
      for (int i = 0; i < OPERATIONS; i++) {
        int choice = random.nextInt(10);
        if (choice < 4) {
          store.put(1 + random.nextInt(3), false);
        } else if (choice < 7) {
          store.put(1 + random.nextInt(3), true);
        } else if (choice < 8) {
          store.sync();
        } else if (choice < 9) {
          store.freeze();
        } else {
          store.flush();
        }
        if (random.nextInt(40) == 0) {
          faulty.arm(new Fault(Fault.Kind.FAILED_SYNC, 1, false));
        }
      }
    } catch (StorageException e) {
      if (!disk.isDead() && faulty.failure() == null) {
        throw e;
      }
      // The disk has stopped, or the log is poisoned: the next life begins with what is left.
    }
  }

  @Override
  public List<Trace> altered(Trace trace) {
    List<Trace> copies = new ArrayList<>();
    int sync = trace.first(i -> trace.is(i, "Sync") && isNeeded(trace, i));
    if (sync >= 0) {
      copies.add(trace.without(sync));
      copies.add(trace.swapped(sync));
    }
    int table = trace.first(i -> trace.is(i, "SyncTable") && trace.leadsTo(i, Set.of("Install")));
    if (table >= 0) {
      copies.add(trace.without(table));
    }
    Set<String> next = Set.of("MakeTable", "Install");
    int edit = trace.first(i -> trace.is(i, "SyncEdit") && trace.leadsTo(i, next));
    if (edit >= 0) {
      copies.add(trace.without(edit));
    }
    int recover =
        trace.first(
            i -> trace.is(i, "Recover") && trace.first(j -> trace.is(j, "Acknowledge")) < i);
    if (recover >= 0) {
      copies.add(trace.with(recover, Trace.Event.of("Recover", 0)));
    }
    return copies;
  }

  /// Whether an acknowledgement follows at once that no sync before allows.
  private static boolean isNeeded(Trace trace, int sync) {
    if (sync + 1 >= trace.events().size() || !trace.is(sync + 1, "Acknowledge")) {
      return false;
    }
    long acknowledged = trace.events().get(sync + 1).number();
    return trace.events().subList(0, sync).stream()
        .noneMatch(event -> event.name().equals("Sync") && event.number() >= acknowledged);
  }
}
