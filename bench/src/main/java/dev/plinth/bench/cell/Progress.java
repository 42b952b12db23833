package dev.plinth.bench.cell;

import java.util.concurrent.atomic.AtomicLongArray;

/// How many operations each thread has finished: written by the threads now and then, read by the
/// [Sampler]. Counters lie apart, so that threads do not disturb one another.
final class Progress {
  private static final int STRIDE = 16;

  private final AtomicLongArray done;
  private final int threads;
  private volatile boolean running;

  Progress(int threads) {
    this.threads = threads;
    this.done = new AtomicLongArray((threads + 1) * STRIDE);
  }

  /// Says that the measured time begins.
  void begin() {
    running = true;
  }

  /// Says that the measured time is over.
  void end() {
    running = false;
  }

  /// Whether it is measured now.
  boolean isRunning() {
    return running;
  }

  /// Says how far a thread is.
  void publish(int thread, long operations) {
    done.setOpaque((thread + 1) * STRIDE, operations);
  }

  /// How many operations all threads have finished.
  long operations() {
    long sum = 0;
    for (int i = 1; i <= threads; i++) {
      sum += done.getOpaque(i * STRIDE);
    }
    return sum;
  }
}
