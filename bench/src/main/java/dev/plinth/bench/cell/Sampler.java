package dev.plinth.bench.cell;

import dev.plinth.bench.machine.DirectorySize;
import dev.plinth.bench.machine.ProcFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/// Looks at a running cell every 100 ms: finished operations, anonymous memory, and the bytes on
/// disk as long as that takes no more than a hundredth of the time; twice a second it reports. One
/// thread of its own, from construction to [#close()].
final class Sampler implements AutoCloseable {
  /// How long a bucket of [#throughput()] is at first.
  static final int BUCKET_MILLIS = 100;

  private static final int REPORT_EVERY = 5;
  private static final int DISK_SHARE = 100;
  private static final int BUCKETS_MAX = 600;

  private final Progress progress;
  private final Path directory;
  private final LongConsumer report;
  private final Thread thread;
  private final List<long[]> points = new ArrayList<>();
  private volatile boolean closed;
  private long anonymousMax = -1;
  private long diskMax;
  private long diskLast = -1;
  private double diskArea;
  private long diskSpan;
  private long diskNext = System.nanoTime();

  /// Starts sampling.
  ///
  /// @param report told of the number of finished operations twice a second
  Sampler(Progress progress, Path directory, LongConsumer report) {
    this.progress = progress;
    this.directory = directory;
    this.report = report;
    this.thread = Thread.ofPlatform().daemon().name("bench-sampler").start(this::loop);
  }

  /// Operations per second, one number for each bucket of [#bucketMillis()]; the last, partial one
  /// left out unless it is the only one.
  List<Double> throughput() {
    int per = bucketsMerged();
    List<Double> rates = new ArrayList<>();
    for (int i = per; i < points.size(); i += per) {
      rates.add(rate(points.get(i - per), points.get(i)));
    }
    if (rates.isEmpty() && points.size() > 1) {
      rates.add(rate(points.getFirst(), points.getLast()));
    }
    return rates;
  }

  /// How long a bucket of [#throughput()] is.
  int bucketMillis() {
    return bucketsMerged() * BUCKET_MILLIS;
  }

  /// The most anonymous memory seen, in bytes; -1 where the system does not tell.
  long anonymousMax() {
    return anonymousMax;
  }

  /// The most bytes on disk seen.
  long diskMax() {
    return diskMax;
  }

  /// The bytes on disk over the time of the run, averaged; 0 when they were looked at less than
  /// twice.
  long diskAverage() {
    return diskSpan == 0 ? 0 : (long) (diskArea / diskSpan);
  }

  /// Looks at memory and disk once more; call it after [#close()].
  void lookOnce() {
    lookAtMemory();
    diskMax = Math.max(diskMax, DirectorySize.bytes(directory));
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void loop() {
    int tick = 0;
    while (!closed) {
      if (progress.isRunning()) {
        points.add(new long[] {System.nanoTime(), progress.operations()});
      }
      lookAtMemory();
      lookAtDisk();
      if (tick++ % REPORT_EVERY == 0) {
        report.accept(progress.operations());
      }
      try {
        Thread.sleep(BUCKET_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void lookAtDisk() {
    long begin = System.nanoTime();
    if (begin - diskNext >= 0) {
      long bytes = DirectorySize.bytes(directory);
      diskMax = Math.max(diskMax, bytes);
      if (progress.isRunning()) {
        if (diskLast >= 0) {
          diskArea += (begin - diskLast) * (double) bytes;
          diskSpan += begin - diskLast;
        }
        diskLast = begin;
      }
      long end = System.nanoTime();
      diskNext = end + (end - begin) * DISK_SHARE;
    }
  }

  private void lookAtMemory() {
    Long anonymous = ProcFile.read(ProcFile.STATUS).bytes("RssAnon");
    if (anonymous != null) {
      anonymousMax = Math.max(anonymousMax, anonymous);
    }
  }

  private int bucketsMerged() {
    return Math.max(1, (points.size() + BUCKETS_MAX - 1) / BUCKETS_MAX);
  }

  private static double rate(long[] from, long[] to) {
    return (to[1] - from[1]) * 1e9 / Math.max(1, to[0] - from[0]);
  }
}
