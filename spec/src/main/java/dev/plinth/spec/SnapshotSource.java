package dev.plinth.spec;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.trace.TraceSink;
import dev.plinth.conformance.trace.TraceStep;
import dev.plinth.conformance.trace.TracedDisk;
import dev.plinth.raft.store.StateBatch;
import dev.plinth.raft.store.StateInstallation;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.raft.store.StateSnapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Traces of the state machine store that applies entries and installs snapshots of a leader, with
/// crashes at any step of its disk. The log beside it is the driver's, durable at once: traces of
/// the real one are checked against RaftLog.
final class SnapshotSource implements TraceSource {
  private static final Path STORE = Path.of("machine");
  private static final Map<String, String> OPTIONS =
      Map.of(
          "engine", "btree",
          "wal", "off",
          "page.bytes", "1KiB",
          "cache.bytes", "64KiB",
          "dirty.bytes.max", "1MiB");
  private static final int LIVES = 4;
  private static final int OPERATIONS = 30;
  private static final int INDEX_MAX = 50;
  private static final int CHUNK_BYTES = 300;
  private static final int VALUE_BYTES = 100;
  private static final int KEYS = 6;

  @Override
  public String specification() {
    return "SnapshotInstall";
  }

  @Override
  public Trace record(long seed) {
    Random random = new Random(seed);
    List<TraceStep> steps = new ArrayList<>();
    TraceSink sink = steps::add;
    SimDisk disk = new SimDisk();
    Member member = new Member(random);
    for (int life = 0; life <= LIVES; life++) {
      disk.stopAt(disk.steps() + 60 + random.nextInt(150));
      TracedDisk traced = (TracedDisk) sink.over(disk);
      member.live(disk, traced, life < LIVES ? OPERATIONS : 0);
      traced.tell("crash", 0, "");
      disk = disk.crash(AnyCrash.state(random));
    }
    return new Trace("snapshots, seed " + seed, new SnapshotObserver().events(steps));
  }

  private static StateMachineStore open(Disk disk, QuietExecutor background) {
    return StateMachineStore.open(STORE, OPTIONS, QuietProcess.environment(disk, background));
  }

  private static void apply(StateMachineStore store, long index) {
    byte[] key = ("key-" + index % KEYS).getBytes(StandardCharsets.US_ASCII);
    byte[] value = new byte[VALUE_BYTES];
    value[0] = (byte) index;
    store.apply(new StateBatch(0).put(key, value), index, 1);
  }

  private static long applied(StateMachineStore store) {
    return Math.max(0, store.applied(0).index());
  }

  /// A member of a group: its log, and what it does next.
  private static final class Member {
    private final Random random;
    private long first = 1;
    private long last;
    private long durable;
    private long acknowledged;

    Member(Random random) {
      this.random = random;
    }

    void live(SimDisk disk, TracedDisk traced, int operations) {
      try (QuietExecutor background = new QuietExecutor();
          StateMachineStore store = open(traced, background)) {
        recover(store, traced);
        for (int i = 0; i < operations; i++) {
          step(store, traced);
          background.await();
        }
        disk.kill("the machine crashed");
      } catch (StorageException e) {
        if (!disk.isDead()) {
          throw e;
        }
        // The power is lost; the next life begins with what is left.
      }
    }

    /// A log that ends before the state begins anew behind it.
    private void recover(StateMachineStore store, TracedDisk traced) {
      durable = applied(store);
      if (last < durable) {
        first = durable + 1;
        last = durable;
      }
      traced.tell("recovered", durable, "f |-> " + first + ", l |-> " + last);
    }

    private void step(StateMachineStore store, TracedDisk traced) {
      long applied = applied(store);
      int choice = random.nextInt(16);
      if (choice < 4 && last < INDEX_MAX) {
        last++;
        traced.tell("AppendEntry", last, "");
      } else if (choice < 9 && applied < last) {
        apply(store, applied + 1);
        traced.tell("Apply", applied + 1, "");
      } else if (choice < 11 && durable < applied) {
        traced.tell("flushing", applied, "");
        store.flush();
        durable = applied;
        traced.tell("Flush", durable, "");
      } else if (choice == 11 && acknowledged < durable) {
        acknowledged = durable;
        traced.tell("Acknowledge", acknowledged, "");
      } else if (choice == 12 && first <= durable) {
        first = durable + 1;
        last = Math.max(last, durable);
        traced.tell("CutLog", first, "");
      } else if (choice > 12 && applied < INDEX_MAX - 5) {
        install(store, traced, applied + 1 + random.nextInt(4));
      }
    }

    private void install(StateMachineStore store, TracedDisk traced, long index) {
      List<byte[]> chunks = chunks(index);
      traced.tell("BeginInstall", index, "");
      try (StateInstallation installation = store.install()) {
        for (byte[] chunk : chunks) {
          installation.accept(MemorySegment.ofArray(chunk), 0, chunk.length);
        }
        traced.tell("Complete", -1, "");
        installation.finish();
      }
      first = index + 1;
      last = index;
      durable = index;
      traced.tell("ResetLog", first, "");
    }
  }

  /// The snapshot of a leader that has applied that much.
  private static List<byte[]> chunks(long index) {
    List<byte[]> chunks = new ArrayList<>();
    try (QuietExecutor background = new QuietExecutor();
        StateMachineStore leader = open(new SimDisk(), background)) {
      for (long i = 1; i <= index; i++) {
        apply(leader, i);
      }
      try (StateSnapshot snapshot = leader.snapshot()) {
        MemorySegment chunk = snapshot.next(CHUNK_BYTES);
        while (chunk != null) {
          chunks.add(chunk.toArray(ValueLayout.JAVA_BYTE));
          chunk = snapshot.next(CHUNK_BYTES);
        }
      }
    }
    return chunks;
  }

  @Override
  public List<Trace> altered(Trace trace) {
    List<Trace> copies = new ArrayList<>();
    int synced = trace.first(i -> trace.is(i, "SyncState") && trace.is(i + 1, "WriteNext"));
    if (synced >= 0) {
      copies.add(trace.without(synced));
      copies.add(trace.swapped(synced));
    }
    int renamed = trace.first(i -> i > 0 && trace.is(i, "Rename"));
    if (renamed >= 0) {
      copies.add(trace.swapped(renamed - 1));
    }
    int folder =
        trace.first(
            i ->
                i + 1 < trace.events().size()
                    && trace.is(i, "SyncFolder")
                    && trace.is(i + 1, "DeleteState"));
    if (folder >= 0) {
      copies.add(trace.without(folder));
      copies.add(trace.swapped(folder));
    }
    int recovered = trace.first(i -> trace.is(i, "Recover"));
    if (recovered >= 0) {
      Trace.Event event = trace.events().get(recovered);
      copies.add(trace.with(recovered, new Trace.Event("Recover", 59, event.fields())));
    }
    return copies;
  }
}
