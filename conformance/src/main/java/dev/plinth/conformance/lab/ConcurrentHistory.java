package dev.plinth.conformance.lab;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.Fault;
import dev.plinth.conformance.disk.FaultDisk;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.linear.Call;
import dev.plinth.conformance.linear.LinearizabilityChecker;
import dev.plinth.conformance.linear.OneState;
import dev.plinth.conformance.linear.Scan;
import dev.plinth.conformance.linear.Write;
import dev.plinth.conformance.model.EngineUnderTest;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.model.Violation;
import dev.plinth.spi.Engine;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/// Some threads use one engine at a time; what they saw must have an order (clause D11), also when
/// the disk begins to fail among them, and what is found afterwards must fit it (D1, D3, D4).
///
/// The seed gives the operations, the options of the trial and the fault; what runs beside what is
/// up to the machine.
final class ConcurrentHistory {
  private static final int CLIENTS = 4;
  private static final int CALLS = 40;
  private static final int FAULT_CALLS_MAX = 300;

  private final EngineUnderTest subject;
  private final long seed;
  private final QuietExecutor background;
  private final Consumer<String> alive;
  private final SplittableRandom random;
  private final AtomicLong clock = new AtomicLong();
  private final SimDisk disk = History.disk();
  private final FaultDisk faults = new FaultDisk(disk, Fault.none(Fault.Kind.EIO));
  private final List<ConcurrentClient> clients = new ArrayList<>();

  /// @param background runs the engine's background work in two histories of three; in the others
  ///   the engine has threads of its own
  /// @param alive told of progress, by any thread
  ConcurrentHistory(
      EngineUnderTest subject, long seed, QuietExecutor background, Consumer<String> alive) {
    this.subject = subject;
    this.seed = seed;
    this.background = background;
    this.alive = alive;
    this.random = new SplittableRandom(seed);
  }

  /// Runs it once.
  ///
  /// @throws Violation when no order explains what was seen
  RecordedCalls run() {
    boolean own = random.nextInt(3) == 0;
    Engine engine = open(faults, own);
    try {
      if (isFailing(seed)) {
        Fault.Kind kind = Fault.Kind.values()[random.nextInt(Fault.Kind.values().length)];
        long index = 1L + random.nextInt(1 + random.nextInt(FAULT_CALLS_MAX));
        faults.arm(new Fault(kind, index, random.nextBoolean()));
      }
      work(engine);
      faults.arm(Fault.none(Fault.Kind.EIO));
    } catch (RuntimeException | Error e) {
      abandon(engine);
      throw e;
    }
    List<Write> writes = clients.stream().flatMap(client -> client.writes().stream()).toList();
    OneState state = new OneState(writes, keys());
    if (faults.failure() == null) {
      engine.close();
      long last = writes.stream().mapToLong(Write::sequence).max().orElse(0);
      requireFound(state, faults, own, last, "after a clean close");
    } else {
      abandon(engine);
      crash(state, own);
    }
    check(state, writes);
    long calls = clients.stream().mapToLong(c -> c.reads().size() + c.scans().size()).sum();
    return new RecordedCalls(
        calls + writes.size(), writes.stream().filter(Write::isUnknown).count());
  }

  /// Whether the disk begins to fail: in every other history, the first one of a run among them, so
  /// that short runs see it too.
  private static boolean isFailing(long seed) {
    return (seed & 1) == 1;
  }

  private Engine open(Disk where, boolean own) {
    return subject.open(where, History.STORE, own ? null : background);
  }

  private static SortedSet<String> keys() {
    SortedSet<String> keys = new TreeSet<>();
    for (int i = 0; i < ConcurrentClient.KEYS; i++) {
      keys.add(ConcurrentClient.key(i));
    }
    return keys;
  }

  private void work(Engine engine) {
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      ConcurrentClient client =
          new ConcurrentClient(
              i, engine, !subject.withoutLog(), seed, clock, () -> faults.failure() != null);
      clients.add(client);
      Thread.Builder builder = i % 2 == 0 ? Thread.ofPlatform().daemon() : Thread.ofVirtual();
      threads.add(builder.name("laboratory-client-" + i).start(() -> work(client, failures)));
    }
    threads.forEach(LabRun::join);
    Throwable failure = failures.peek();
    if (failure instanceof Violation violation) {
      throw violation;
    }
    if (failure != null) {
      throw new Violation("SPI", "a client failed: " + failure, failure);
    }
  }

  private void work(ConcurrentClient client, ConcurrentLinkedQueue<Throwable> failures) {
    try {
      for (int i = 0; i < CALLS && failures.isEmpty(); i++) {
        alive.accept("concurrent seed " + seed + " call " + i);
        client.next();
      }
    } catch (RuntimeException | Error e) {
      failures.add(e);
    }
  }

  private static void abandon(Engine engine) {
    try {
      engine.close();
    } catch (StorageException e) {
      assert e.getMessage() != null : "an error without a message";
    }
  }

  /// Looks at what the next process, or the next machine, finds.
  private void crash(OneState state, boolean own) {
    boolean powerLost = random.nextBoolean();
    CrashState left =
        !powerLost
            ? new CrashState.ProcessKilled()
            : random.nextBoolean()
                ? new CrashState.NothingUnsynced()
                : new CrashState.AnySubset(seed);
    long least = clients.stream().mapToLong(c -> c.promised(powerLost)).max().orElse(0);
    requireFound(state, disk.crash(left), own, least, left + " after " + faults.failure());
  }

  private void requireFound(OneState state, Disk where, boolean own, long least, String when) {
    alive.accept("concurrent seed " + seed + ", reopening");
    Engine engine = open(where, own);
    try {
      long now = clock.incrementAndGet();
      Map<String, String> found = ConcurrentClient.content(engine, true);
      Scan scan = new Scan(CLIENTS, found, Write.UNKNOWN, now, now);
      state
          .violation(scan, least, Long.MAX_VALUE)
          .ifPresent(
              text -> {
                throw new Violation("D3", when + ": " + text);
              });
    } finally {
      engine.close();
    }
  }

  private void check(OneState state, List<Write> writes) {
    require(state.disorder());
    List<Call> calls = new ArrayList<>();
    writes.forEach(write -> addTo(calls, write));
    for (ConcurrentClient client : clients) {
      calls.addAll(client.reads());
      for (Scan scan : client.scans()) {
        alive.accept("concurrent seed " + seed + ", checking scans");
        require(state.violation(scan));
        addTo(calls, scan);
      }
    }
    alive.accept("concurrent seed " + seed + ", looking for an order");
    require(LinearizabilityChecker.violation(calls));
  }

  private static void require(Optional<String> violation) {
    violation.ifPresent(
        text -> {
          throw new Violation("D11", text);
        });
  }

  private static void addTo(List<Call> calls, Write write) {
    Call.Outcome outcome = write.isUnknown() ? new Call.Outcome.Unknown() : new Call.Outcome.Done();
    write
        .effects()
        .forEach(
            (key, value) -> {
              Call.Action action =
                  value.isPresent() ? new Call.Action.Put(value.get()) : new Call.Action.Delete();
              calls.add(
                  new Call(write.client(), key, action, outcome, write.begun(), write.ended()));
            });
  }

  private static void addTo(List<Call> calls, Scan scan) {
    for (String key : keys()) {
      Call.Outcome outcome = new Call.Outcome.Read(scan.found().get(key));
      calls.add(
          new Call(scan.client(), key, new Call.Action.Get(), outcome, scan.begun(), scan.ended()));
    }
  }
}
