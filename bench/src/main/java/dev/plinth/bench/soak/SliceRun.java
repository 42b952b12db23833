package dev.plinth.bench.soak;

import dev.plinth.bench.cell.StoreFiles;
import dev.plinth.bench.cell.WrongAnswerException;
import dev.plinth.bench.machine.DirectorySize;
import dev.plinth.bench.workload.Dice;
import dev.plinth.spi.Engine;
import dev.plinth.spi.Engines;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StateDigest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;

/// One slice of a soak: a thread that writes, by schedule or as fast as it can, one that reads and
/// scans with a snapshot held open, one that syncs a file of its own; and a checkpoint. Used once.
final class SliceRun {
  private static final long PAUSE_NANOS = 5_000_000;
  private static final long LOOK_NANOS = 100_000_000;
  private static final long NAP_NANOS = 200_000;
  private static final int READS = 100;
  private static final int SCANNED_MAX = 1000;
  private static final long WRITE_NANOS_MAX = 3_600_000_000_000L;

  private final SoakPlan plan;
  private final Engine engine;
  private final SoakContent content;
  private final double rate;
  private final long start = System.nanoTime();
  private final long end;
  private final Histogram writes = new Histogram(WRITE_NANOS_MAX, 3);
  private volatile boolean stopped;
  private long lateNanos;
  private long reads;
  private long scanned;
  private long checkpoints;
  private long diskBytesMax;

  /// @param rate writes a second; 0 for as many as there can be
  SliceRun(SoakPlan plan, Engine engine, SoakContent content, double rate, double seconds) {
    this.plan = plan;
    this.engine = engine;
    this.content = content;
    this.rate = rate;
    this.end = start + (long) (seconds * 1e9);
  }

  /// Does it.
  SoakSlice run() {
    SyncProbe probe = new SyncProbe(plan.folder().resolve("probe.tmp"));
    List<Future<Void>> workers = new ArrayList<>();
    try (ExecutorService threads =
        Executors.newThreadPerTaskExecutor(Thread.ofPlatform().daemon().factory())) {
      workers.add(threads.submit(worker(this::write)));
      workers.add(threads.submit(worker(this::read)));
      workers.add(threads.submit(worker(() -> probe.run(this::isRunning))));
      try {
        lookAndCheckpoint();
      } finally {
        stopped = true;
      }
    }
    workers.forEach(SliceRun::require);
    double seconds = Math.min(System.nanoTime() - start, end - start) / 1e9;
    System.gc(); // What is left is what is held.
    Runtime runtime = Runtime.getRuntime();
    return new SoakSlice(
        seconds,
        writes.getTotalCount(),
        reads,
        scanned,
        checkpoints,
        writes.getValueAtPercentile(99) / 1e3,
        writes.getMaxValue() / 1e6,
        lateNanos / 1e6,
        probe.nanosMax() / 1e6,
        runtime.totalMemory() - runtime.freeMemory(),
        engine.stats().offHeapBytes(),
        descriptors(),
        diskBytesMax);
  }

  private Callable<Void> worker(Runnable body) {
    return () -> {
      boolean done = false;
      try {
        body.run();
        done = true;
      } finally {
        if (!done) {
          stopped = true;
        }
      }
      return null;
    };
  }

  private boolean isRunning() {
    return !stopped && System.nanoTime() - end < 0;
  }

  private void write() {
    Dice dice = new Dice(content.last(), 1);
    for (long i = 0; isRunning(); i++) {
      long due = rate == 0 ? System.nanoTime() : start + (long) (i * 1e9 / rate);
      long early = due - System.nanoTime();
      while (early > NAP_NANOS && isRunning()) {
        LockSupport.parkNanos(early);
        early = due - System.nanoTime();
      }
      long before = System.nanoTime();
      content.write(engine, (int) dice.below(content.keys()));
      long after = System.nanoTime();
      writes.recordValue(Math.min(WRITE_NANOS_MAX, after - before));
      lateNanos = Math.max(lateNanos, after - due);
    }
  }

  private void read() {
    Dice dice = new Dice(content.last(), 2);
    try (Snapshot snapshot = engine.snapshot()) {
      StateDigest frozen = StateDigest.of(snapshot);
      while (isRunning()) {
        for (int i = 0; i < READS; i++) {
          content.read(engine, (int) dice.below(content.keys()));
        }
        reads += READS;
        int from = (int) dice.below(content.keys());
        scanned += content.scan(dice.below(2) == 0 ? engine : snapshot, from, SCANNED_MAX);
        LockSupport.parkNanos(PAUSE_NANOS);
      }
      if (!frozen.equals(StateDigest.of(snapshot))) {
        throw new WrongAnswerException("a snapshot has changed while it was open");
      }
    }
  }

  private void lookAndCheckpoint() {
    long middle = start + (end - start) / 2;
    while (isRunning()) {
      diskBytesMax = Math.max(diskBytesMax, DirectorySize.bytes(plan.store()));
      if (checkpoints == 0 && System.nanoTime() - middle > 0) {
        checkpoint();
        checkpoints++;
      }
      LockSupport.parkNanos(Math.min(LOOK_NANOS, Math.max(1, end - System.nanoTime())));
    }
    diskBytesMax = Math.max(diskBytesMax, DirectorySize.bytes(plan.store()));
  }

  /// Makes a checkpoint, opens it as the store that it is, checks all of it and deletes it.
  private void checkpoint() {
    engine.checkpoint(plan.checkpoint());
    Map<String, String> configuration = new TreeMap<>(plan.options());
    configuration.put(Engines.ENGINE_KEY, plan.engine());
    try (Engine copy = Engines.open(plan.checkpoint(), configuration)) {
      copy.verify();
      content.scan(copy, 0, SCANNED_MAX);
    }
    StoreFiles.delete(plan.checkpoint());
  }

  private static void require(Future<Void> worker) {
    try {
      worker.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static long descriptors() {
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.count();
    } catch (IOException | UncheckedIOException e) {
      return -1;
    }
  }
}
