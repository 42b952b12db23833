package dev.plinth.bench.cell;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Runs the workers of a cell, each on a thread of its own, and times them.
///
/// In a closed loop every `sampledEvery`-th step is timed, which reads the clock twice. The time
/// between two such pairs is watched too, so that a stall in a step that is not sampled is not
/// missed. At a fixed rate each step is due at a moment of its own and is timed from then, whether
/// or not the thread was free: a stall counts for every step that it held up.
final class Driver {
  /// Beyond so many threads they share one histogram.
  private static final int OWN_TIMINGS_MAX = 8;

  /// A thread sleeps until so long before a step is due, then watches the clock.
  private static final long WATCH_NANOS = 80_000;

  private final List<? extends Worker> workers;
  private final boolean virtual;
  private final int sampledEvery;
  private final double stepNanos;
  private final Progress progress;
  private final CountDownLatch ready;
  private final CountDownLatch go = new CountDownLatch(1);
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final List<Timings> timings = new ArrayList<>();
  private final Timings beside = new Timings(false);
  private final long[] stalls;
  private final long[] ends;
  private volatile long start;

  /// @param stepNanos at a fixed rate, the time between two steps of one thread; else 0
  Driver(
      List<? extends Worker> workers,
      boolean virtual,
      int sampledEvery,
      double stepNanos,
      Progress progress) {
    this.workers = workers;
    this.virtual = virtual;
    this.sampledEvery = sampledEvery;
    this.stepNanos = stepNanos;
    this.progress = progress;
    this.ready = new CountDownLatch(workers.size());
    this.stalls = new long[workers.size()];
    this.ends = new long[workers.size()];
    boolean shared = workers.size() > OWN_TIMINGS_MAX;
    for (int i = 0; i < (shared ? 1 : workers.size()); i++) {
      timings.add(new Timings(shared));
    }
  }

  /// What came out.
  ///
  /// @param operations how many operations were made
  /// @param nanos from the start to the end of the last thread
  /// @param histogram the times of the timed steps
  /// @param kinds the same by kind
  /// @param service the times without the wait for a late thread; empty in a closed loop
  /// @param longestStallNanos the longest time between two readings of the clock on one thread
  /// @param beside what worked beside it; null for nothing
  record Outcome(
      long operations,
      long nanos,
      Histogram histogram,
      List<Histogram> kinds,
      Histogram service,
      long longestStallNanos,
      @Nullable Beside beside) {}

  /// What was done beside the measured operations.
  record Beside(long operations, long nanos, Histogram histogram) {}

  /// Runs all workers to their end.
  ///
  /// @throws InterruptedException when the calling thread is interrupted
  Outcome run() throws InterruptedException {
    Thread[] threads = new Thread[workers.size()];
    for (int i = 0; i < threads.length; i++) {
      int number = i;
      Thread.Builder builder = virtual ? Thread.ofVirtual() : Thread.ofPlatform();
      threads[i] = builder.name("bench-" + i).start(() -> body(number));
    }
    ready.await();
    progress.begin();
    start = System.nanoTime();
    go.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    progress.end();
    rethrow(failure.get());
    return outcome();
  }

  private Outcome outcome() {
    long end = start;
    long stall = 0;
    long operations = 0;
    Beside aside = null;
    for (int i = 0; i < ends.length; i++) {
      Worker worker = workers.get(i);
      if (worker.isBeside()) {
        aside = new Beside(worker.operations(), ends[i] - start, Timings.all(List.of(beside)));
      } else {
        end = Math.max(end, ends[i]);
        stall = Math.max(stall, stalls[i]);
        operations += worker.operations();
      }
    }
    return new Outcome(
        operations,
        end - start,
        Timings.all(timings),
        Timings.kinds(timings),
        Timings.service(timings),
        stall,
        aside);
  }

  private void body(int number) {
    Worker worker = workers.get(number);
    try {
      ready.countDown();
      go.await();
      if (worker.isBeside()) {
        loopBeside(worker);
      } else if (stepNanos > 0) {
        loopAtRate(worker, number, timings.get(number % timings.size()));
      } else {
        loop(worker, number, timings.get(number % timings.size()));
      }
      worker.finish();
      ends[number] = System.nanoTime();
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
      progress.end();
    }
  }

  private void loop(Worker worker, int number, Timings times) {
    long steps = worker.steps();
    long operations = worker.operations();
    long stall = 0;
    long last = System.nanoTime();
    long done = 0;
    while (done < steps && failure.getOpaque() == null) {
      long before = System.nanoTime();
      worker.step();
      long after = System.nanoTime();
      times.record(worker.kind(), after - before);
      stall = Math.max(stall, after - last);
      worker.check();
      long burstEnd = Math.min(steps, done + sampledEvery);
      for (done++; done < burstEnd; done++) {
        worker.step();
      }
      last = after;
      progress.publish(number, done == steps ? operations : operations * done / steps);
    }
    stalls[number] = Math.max(stall, System.nanoTime() - last);
  }

  private void loopAtRate(Worker worker, int number, Timings times) {
    long steps = worker.steps();
    long operations = worker.operations();
    double first = start + stepNanos * number / workers.size();
    long stall = 0;
    for (long done = 0; done < steps && failure.getOpaque() == null; done++) {
      long due = (long) (first + done * stepNanos);
      await(due);
      long before = System.nanoTime();
      worker.step();
      long after = System.nanoTime();
      times.record(worker.kind(), after - due, after - before);
      stall = Math.max(stall, after - before);
      worker.check();
      progress.publish(number, operations * (done + 1) / steps);
    }
    stalls[number] = stall;
  }

  private void loopBeside(Worker worker) {
    long steps = worker.steps();
    for (long done = 0; done < steps && failure.getOpaque() == null; done++) {
      worker.pause();
      long before = System.nanoTime();
      worker.step();
      beside.record(0, System.nanoTime() - before);
    }
  }

  private static void await(long due) {
    long left = due - System.nanoTime();
    while (left > 0) {
      if (left > WATCH_NANOS) {
        LockSupport.parkNanos(left - WATCH_NANOS);
      } else {
        Thread.onSpinWait();
      }
      left = due - System.nanoTime();
    }
  }

  private static void rethrow(@Nullable Throwable cause) {
    switch (cause) {
      case null -> {}
      case RuntimeException unchecked -> throw unchecked;
      case Error error -> throw error;
      default -> throw new IllegalStateException(cause);
    }
  }
}
