package dev.plinth.kit.log;

import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Reads a log from front to back, shows its records, and tells a torn tail from damage. Changes
/// nothing.
///
/// The rule: a bad or missing record below a later sync watermark is damage. Watermarks count
/// wherever their checksum proves them, also behind the bad place and in later segments; a good
/// record that is no watermark proves nothing, since unsynced sectors land in any order. Without
/// such a watermark the log ends before the bad record.
public final class LogReader {
  private final Disk disk;
  private final Path directory;
  private final long store;
  private final LogVisitor visitor;
  private final long from;
  private final int threadsAhead;
  private final List<Long> numbers;
  private final List<Long> dropped = new ArrayList<>();

  private long watermark;
  private long records;
  private long lastKind;
  private boolean empty;
  private long lowestAtClose;

  private LogReader(
      Disk disk, Path directory, long store, long from, LogVisitor visitor, int threadsAhead) {
    this.threadsAhead = threadsAhead;
    this.disk = disk;
    this.directory = directory;
    this.store = store;
    this.from = from;
    this.visitor = visitor;
    this.numbers = SegmentFiles.numbers(disk, directory);
    while (!numbers.isEmpty() && numbers.getFirst() < LogFormat.number(from)) {
      dropped.add(numbers.removeFirst());
    }
  }

  /// Reads a log.
  ///
  /// @param store the identity of the store that the log belongs to
  /// @param from records below this position are not shown, segments below it not read; 0 for all
  /// @param watermark a position up to which the caller knows the log to be durable; 0 when it
  ///   knows of none, 1 when it knows that there is a log
  /// @param visitor shown every record
  /// @throws StorageException.Corrupt for damage, with file and offset; records before it were
  ///   shown
  public static LogTail read(
      Disk disk, Path directory, long store, long from, long watermark, LogVisitor visitor) {
    return read(disk, directory, store, from, watermark, visitor, 0);
  }

  /// Reads a log, with threads that read and check segments ahead of the calling one, which shows
  /// their records.
  ///
  /// @param threadsAhead how many; 0 for none
  public static LogTail read(
      Disk disk,
      Path directory,
      long store,
      long from,
      long watermark,
      LogVisitor visitor,
      int threadsAhead) {
    return new LogReader(disk, directory, store, from, visitor, threadsAhead).run(watermark);
  }

  private LogTail run(long known) {
    if (numbers.isEmpty()) {
      if (known > from) {
        throw missing(LogFormat.number(known), "it was known to hold durable records");
      }
      return new LogTail(
          0, 0, false, directory, 0, false, true, 0, List.of(), List.of(), dropped, 0);
    }
    if (threadsAhead == 0 || numbers.size() == 1) {
      return run(known, index -> open(numbers.get(index)));
    }
    try (SegmentsAhead ahead = new SegmentsAhead(threadsAhead, numbers, this::open)) {
      return run(known, ahead::segment);
    }
  }

  private LogTail run(long known, IntFunction<SegmentRecords> segments) {
    int index = 0;
    long previous = -1;
    while (true) {
      try (SegmentRecords records = segments.apply(index)) {
        checkPrevious(records.header(), previous);
        long next = readSegment(records);
        if (next < 0) {
          return finish(records.scan(), index, known);
        }
        previous = records.header().number();
        index++;
        if (index == numbers.size() || numbers.get(index) != next) {
          throw missing(next, "segment " + previous + " continues there");
        }
      }
    }
  }

  private SegmentScan open(long number) {
    return open(number, null);
  }

  private SegmentScan open(long number, SegmentScan.@Nullable Windows windows) {
    return new SegmentScan(
        disk, SegmentFiles.path(directory, number), LogFormat.MAGIC, store, number, windows);
  }

  private void checkPrevious(SegmentHeader header, long previous) {
    if (previous >= 0 && header.previous() != previous) {
      throw new StorageException.Corrupt(
          SegmentFiles.path(directory, header.number()),
          LogFormat.PREVIOUS_OFFSET,
          "it follows segment " + header.previous() + ", found after segment " + previous);
    }
    if (previous < 0 && from > 0 && header.previous() >= LogFormat.number(from)) {
      throw missing(header.previous(), "segment " + header.number() + " follows it");
    }
  }

  /// @return the number of the next segment, or -1 when the log ends here
  private long readSegment(SegmentRecords scan) {
    empty = true;
    while (scan.next()) {
      lastKind = scan.kind();
      long position = LogFormat.position(scan.header().number(), scan.offset());
      switch (scan.kind()) {
        case LogFormat.END -> {
          return scan.first();
        }
        case LogFormat.WATERMARK -> watermark = Math.max(watermark, scan.first());
        case LogFormat.CLOSE -> {
          watermark = Math.max(watermark, scan.second());
          lowestAtClose = scan.first();
        }
        case LogFormat.TRUNCATE -> {
          empty = false;
          visitor.truncated(scan.first());
        }
        default -> {
          empty = false;
          show(scan, position);
        }
      }
    }
    return -1;
  }

  private void show(SegmentRecords scan, long position) {
    if (position >= from) {
      records++;
      visitor.record(
          scan.kind() & LogFormat.TYPE_MAX,
          position,
          scan.first(),
          scan.second(),
          scan.memory(),
          scan.bodyOffset(),
          scan.length());
    }
  }

  private LogTail finish(SegmentScan scan, int index, long known) {
    long number = scan.header().number();
    long end = LogFormat.position(number, scan.end());
    boolean torn = !scan.blank();
    List<Long> stale = numbers.subList(index + 1, numbers.size());
    long later = Math.max(known, scan.watermarkBehind(scan.end()));
    for (long behind : stale) {
      try (SegmentScan other = open(behind)) {
        later = Math.max(later, other.watermarkBehind(LogFormat.HEADER_BYTES));
      }
    }
    if (later > end) {
      throw new StorageException.Corrupt(
          scan.path(),
          scan.end(),
          "no good record here, but the log was durable up to offset "
              + LogFormat.offset(later)
              + " of segment "
              + LogFormat.number(later));
    }
    boolean clean = lastKind == LogFormat.CLOSE && !torn && stale.isEmpty();
    long lowest = numbers.getFirst();
    if (clean && lowestAtClose < lowest && lowestAtClose >= LogFormat.number(from)) {
      throw missing(lowestAtClose, "it was the lowest one when the log was closed");
    }
    return new LogTail(
        end,
        watermark,
        clean,
        scan.path(),
        scan.fileBytes(),
        torn,
        empty,
        scan.header().previous(),
        numbers.subList(0, index + 1),
        stale,
        dropped,
        records);
  }

  private StorageException missing(long number, String why) {
    return new StorageException.Corrupt(
        SegmentFiles.path(directory, number), 0, "the segment is missing: " + why);
  }
}
