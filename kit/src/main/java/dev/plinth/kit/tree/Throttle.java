package dev.plinth.kit.tree;

import dev.plinth.spi.EngineEvent;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// Slows writers down as compactions fall behind: smoothly, by a price per byte that grows with the
/// pressure and never becomes infinite. Any thread may call it.
public final class Throttle {
  /// The price of a byte at half of the pressure, in nanoseconds.
  private static final double NANOS_PER_BYTE = 12;

  private static final double PRESSURE_MAX = 0.995;

  /// Shorter waits are saved up.
  private static final long WAIT_NANOS_MIN = 500_000;

  private static final long WAIT_NANOS_MAX = 20_000_000;

  private final Consumer<EngineEvent> events;
  private final AtomicLong owed = new AtomicLong();
  private final LongAdder stallNanos = new LongAdder();
  private volatile double nanosPerByte;

  /// No pressure yet.
  ///
  /// @param events told of long waits
  public Throttle(Consumer<EngineEvent> events) {
    this.events = events;
  }

  /// Sets the pressure: 0 or less for none, 1 for the most.
  public void pressure(double pressure) {
    nanosPerByte = nanosPerByte(pressure);
  }

  /// What a byte costs a writer at a pressure, in nanoseconds.
  public static double nanosPerByte(double pressure) {
    double within = Math.clamp(pressure, 0, PRESSURE_MAX);
    return within == 0 ? 0 : NANOS_PER_BYTE * within / (1 - within);
  }

  /// Lets a writer of this many bytes wait its share.
  public void admit(long bytes) {
    double price = nanosPerByte;
    if (price == 0) {
      return;
    }
    long sum = owed.addAndGet((long) (bytes * price));
    if (sum < WAIT_NANOS_MIN || !owed.compareAndSet(sum, 0)) {
      return;
    }
    long start = System.nanoTime();
    LockSupport.parkNanos(this, Math.min(sum, WAIT_NANOS_MAX));
    waited("compaction debt", System.nanoTime() - start);
  }

  /// Notes that a writer was held back.
  public void waited(String reason, long nanos) {
    stallNanos.add(nanos);
    if (nanos >= WAIT_NANOS_MAX) {
      events.accept(new EngineEvent.Stalled(reason, nanos));
    }
  }

  /// How long writers were held back, summed over writers.
  public long stallNanos() {
    return stallNanos.sum();
  }
}
