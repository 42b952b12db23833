package dev.plinth.bench.cell;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// The times of one thread's steps, or those of all threads where there are many: all together, by
/// kind of operation, and, at a fixed rate, without the wait for a thread that was late. Allocates
/// when a kind comes for the first time only.
final class Timings {
  /// Kinds of operation that are told apart.
  static final int KINDS = 5;

  private static final long LATENCY_MAX_NANOS = 3_600_000_000_000L;
  private static final int DIGITS = 3;

  private final boolean shared;
  private final Histogram all;
  private final @Nullable Histogram[] kinds = new Histogram[KINDS];
  private final Histogram service;

  /// @param shared whether several threads record here
  Timings(boolean shared) {
    this.shared = shared;
    this.all = histogram(shared);
    this.service = histogram(shared);
    for (int i = 0; shared && i < KINDS; i++) {
      kinds[i] = histogram(true);
    }
  }

  /// Records a step of a closed loop.
  void record(int kind, long nanos) {
    long value = Math.min(LATENCY_MAX_NANOS, Math.max(0, nanos));
    all.recordValue(value);
    kind(kind).recordValue(value);
  }

  /// Records a step at a fixed rate.
  ///
  /// @param nanos from the moment at which it was due
  /// @param serviceNanos from the moment at which it began
  void record(int kind, long nanos, long serviceNanos) {
    record(kind, nanos);
    service.recordValue(Math.min(LATENCY_MAX_NANOS, Math.max(0, serviceNanos)));
  }

  private Histogram kind(int number) {
    Histogram found = kinds[number];
    if (found == null) {
      found = histogram(shared);
      kinds[number] = found;
    }
    return found;
  }

  /// All times of several.
  static Histogram all(List<Timings> parts) {
    return sum(parts.stream().map(part -> part.all).toList());
  }

  /// All times without waits; empty unless the rate was fixed.
  static Histogram service(List<Timings> parts) {
    return sum(parts.stream().map(part -> part.service).toList());
  }

  /// The times by kind; empty histograms for kinds that did not occur.
  static List<Histogram> kinds(List<Timings> parts) {
    List<Histogram> sums = new ArrayList<>();
    for (int i = 0; i < KINDS; i++) {
      List<Histogram> some = new ArrayList<>();
      for (Timings part : parts) {
        Histogram histogram = part.kinds[i];
        if (histogram != null) {
          some.add(histogram);
        }
      }
      sums.add(sum(some));
    }
    return sums;
  }

  private static Histogram sum(List<Histogram> parts) {
    Histogram sum = new Histogram(LATENCY_MAX_NANOS, DIGITS);
    parts.forEach(sum::add);
    return sum;
  }

  private static Histogram histogram(boolean shared) {
    return shared
        ? new AtomicHistogram(LATENCY_MAX_NANOS, DIGITS)
        : new Histogram(LATENCY_MAX_NANOS, DIGITS);
  }
}
