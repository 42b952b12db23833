package dev.plinth.bench.cell;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Runs the workers of a cell, each on a thread of its own, and times them.
///
/// Every `sampledEvery`-th step is timed, which reads the clock twice. The time between two such
/// pairs is watched too, so that a stall in a step that is not sampled is not missed.
final class Driver {
  /// Beyond so many threads they share one histogram.
  private static final int OWN_HISTOGRAMS_MAX = 8;

  private static final long LATENCY_MAX_NANOS = 3_600_000_000_000L;
  private static final int DIGITS = 3;

  private final List<? extends Worker> workers;
  private final boolean virtual;
  private final int sampledEvery;
  private final Progress progress;
  private final CountDownLatch ready;
  private final CountDownLatch go = new CountDownLatch(1);
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final Histogram[] histograms;
  private final long[] stalls;
  private final long[] ends;

  Driver(List<? extends Worker> workers, boolean virtual, int sampledEvery, Progress progress) {
    this.workers = workers;
    this.virtual = virtual;
    this.sampledEvery = sampledEvery;
    this.progress = progress;
    this.ready = new CountDownLatch(workers.size());
    this.stalls = new long[workers.size()];
    this.ends = new long[workers.size()];
    this.histograms = histograms(workers.size());
  }

  /// What came out.
  ///
  /// @param operations how many operations were made
  /// @param nanos from the start to the end of the last thread
  /// @param histogram the times of the sampled steps
  /// @param longestStallNanos the longest time between two readings of the clock on one thread
  record Outcome(long operations, long nanos, Histogram histogram, long longestStallNanos) {}

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
    long start = System.nanoTime();
    go.countDown();
    for (Thread thread : threads) {
      thread.join();
    }
    progress.end();
    rethrow(failure.get());
    long end = start;
    long stall = 0;
    long operations = 0;
    for (int i = 0; i < threads.length; i++) {
      end = Math.max(end, ends[i]);
      stall = Math.max(stall, stalls[i]);
      operations += workers.get(i).operations();
    }
    return new Outcome(operations, end - start, merged(), stall);
  }

  private void body(int number) {
    Worker worker = workers.get(number);
    try {
      ready.countDown();
      go.await();
      loop(worker, number, histograms[number % histograms.length]);
      worker.finish();
      ends[number] = System.nanoTime();
    } catch (Throwable e) {
      failure.compareAndSet(null, e);
    }
  }

  private void loop(Worker worker, int number, Histogram histogram) {
    long steps = worker.steps();
    long operations = worker.operations();
    long stall = 0;
    long last = System.nanoTime();
    long done = 0;
    while (done < steps && failure.getOpaque() == null) {
      long before = System.nanoTime();
      worker.step();
      long after = System.nanoTime();
      histogram.recordValue(Math.min(LATENCY_MAX_NANOS, after - before));
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

  private Histogram merged() {
    Histogram sum = new Histogram(LATENCY_MAX_NANOS, DIGITS);
    for (Histogram histogram : histograms) {
      sum.add(histogram);
    }
    return sum;
  }

  private static Histogram[] histograms(int threads) {
    if (threads > OWN_HISTOGRAMS_MAX) {
      return new Histogram[] {new AtomicHistogram(LATENCY_MAX_NANOS, DIGITS)};
    }
    Histogram[] own = new Histogram[threads];
    for (int i = 0; i < threads; i++) {
      own[i] = new Histogram(LATENCY_MAX_NANOS, DIGITS);
    }
    return own;
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
