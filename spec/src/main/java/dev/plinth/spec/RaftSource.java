package dev.plinth.spec;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.trace.TraceSink;
import dev.plinth.conformance.trace.TraceStep;
import dev.plinth.conformance.trace.TracedDisk;
import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.HardState;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.raft.store.SegmentedLog;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/// Traces of the segmented Raft log with one group, used as a Raft member uses it, with crashes at
/// any step of the disk.
final class RaftSource implements TraceSource {
  private static final Path LOG = Path.of("raft");
  private static final Map<String, String> OPTIONS =
      Map.of(
          "segment.bytes", "4KiB",
          "buffer.bytes", "4KiB",
          "segments.recycled", "0",
          "prefill.bytes", "0",
          "segments.min", "2");
  private static final int LIVES = 3;
  private static final int OPERATIONS = 22;
  private static final int PAYLOAD_BYTES = 900;
  private static final int INDEX_MAX = 50;

  @Override
  public String specification() {
    return "RaftLog";
  }

  @Override
  public Trace record(long seed) {
    Random random = new Random(seed);
    List<TraceStep> steps = new ArrayList<>();
    TraceSink sink = steps::add;
    SimDisk disk = new SimDisk();
    Member member = new Member(random);
    for (int life = 0; life < LIVES; life++) {
      if (life < LIVES - 1) {
        disk.stopAt(disk.steps() + 40 + random.nextInt(120));
      }
      TracedDisk traced = (TracedDisk) sink.over(disk);
      member.live(disk, traced);
      traced.tell("crash", 0, "");
      disk = disk.crash(AnyCrash.state(random));
    }
    return new Trace("raft log, seed " + seed, new RaftObserver().events(steps));
  }

  /// A member of a group: what it would have applied, and what it does next.
  private static final class Member {
    private final Random random;
    private long applied;

    Member(Random random) {
      this.random = random;
    }

    void live(SimDisk disk, TracedDisk traced) {
      try (QuietExecutor background = new QuietExecutor();
          SegmentedLog log =
              SegmentedLog.open(LOG, OPTIONS, QuietProcess.environment(traced, background))) {
        RaftLogStore group = log.group(0, 1);
        traced.tell("found", group.firstIndex(), found(group));
        for (int i = 0; i < OPERATIONS; i++) {
          step(log, group, traced);
          background.await();
        }
      } catch (StorageException e) {
        if (!disk.isDead()) {
          throw e;
        }
        // The power is lost; the next life begins with what is left.
      }
    }

    private void step(SegmentedLog log, RaftLogStore group, TracedDisk traced) {
      HardState hard = group.hardState();
      long last = group.lastIndex();
      int choice = random.nextInt(14);
      if (choice == 0 || hard.term() == 0) {
        group.saveHardState(new HardState(hard.term() + 1, "", new byte[0]));
        traced.tell("acknowledged", 0, "");
      } else if (choice == 1 && hard.vote().isEmpty()) {
        group.saveHardState(new HardState(hard.term(), "m", new byte[0]));
        traced.tell("acknowledged", 0, "");
      } else if (choice < 7 && last < INDEX_MAX) {
        group.append(new EntryBatch().add(last + 1, hard.term(), 0, new byte[PAYLOAD_BYTES]));
      } else if (choice == 7 && last > applied) {
        long index = applied + 1 + random.nextInt((int) (last - applied));
        EntryBatch batch = new EntryBatch().add(index, hard.term(), 0, new byte[PAYLOAD_BYTES]);
        group.overwriteFrom(index, batch);
      } else if (choice == 8 && last > applied) {
        group.truncateSuffix(applied + random.nextInt((int) (last - applied)));
        traced.tell("acknowledged", 0, "");
      } else if (choice < 12) {
        group.sync(group.lastIndex());
        traced.tell("acknowledged", 0, "");
        while (applied < group.durableIndex() && random.nextInt(4) > 0) {
          applied++;
          traced.tell("applied", applied, "");
        }
      } else if (choice == 12 && applied > group.firstIndex()) {
        group.compactPrefix(applied);
      } else {
        log.reclaim();
      }
    }
  }

  private static String found(RaftLogStore group) {
    List<String> entries = new ArrayList<>();
    for (long i = group.firstIndex(); i <= group.lastIndex(); i++) {
      entries.add("[i |-> " + i + ", t |-> " + group.term(i) + "]");
    }
    HardState hard = group.hardState();
    return "t |-> %d, v |-> %d, c |-> {%s}"
        .formatted(hard.term(), hard.vote().isEmpty() ? 0 : 1, String.join(", ", entries));
  }

  @Override
  public List<Trace> altered(Trace trace) {
    List<Trace> copies = new ArrayList<>();
    int sync =
        trace.first(
            i ->
                i + 1 < trace.events().size()
                    && trace.is(i, "Sync")
                    && trace.is(i + 1, "Acknowledge"));
    if (sync >= 0) {
      copies.add(trace.without(sync));
      copies.add(trace.swapped(sync));
    }
    int crash = trace.first(i -> trace.is(i, "Crash") && trace.leadsBackTo(i, "Acknowledge"));
    if (crash >= 0) {
      Trace.Event event = trace.events().get(crash);
      String forgotten = "t |-> 0, v |-> 0, c |-> {}";
      copies.add(trace.with(crash, new Trace.Event("Crash", event.number(), forgotten)));
    }
    int drop = trace.first(i -> i > 0 && trace.is(i, "DropSegment") && trace.is(i - 1, "Sync"));
    if (drop >= 0) {
      copies.add(trace.without(drop - 1));
    }
    int truncate = trace.first(i -> trace.is(i, "Truncate") && trace.leadsTo(i, Set.of("Entry")));
    if (truncate >= 0) {
      Trace.Event event = trace.events().get(truncate);
      copies.add(trace.with(truncate, Trace.Event.of("Truncate", event.number() + 40)));
    }
    return copies;
  }
}
