package dev.plinth.kit.log;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Makes durable what a reader found, and begins the segment that the writer goes on with.
///
/// What lies above the last watermark may be in the page cache only, even looking clean after a
/// failed sync: so its records are read and checked once more, written again to the same place and
/// synced. Then the last segment is cut and closed with an end mark, and a new one begun; nothing
/// is ever appended behind a tail that was torn. Every step leaves a log that reads the same, so a
/// crash at any of them changes nothing but the work to do again.
final class LogRepair {
  private static final int COPY_BYTES = 256 << 10;

  private final SegmentFiles files;
  private final LogListener listener;

  LogRepair(SegmentFiles files, LogListener listener) {
    this.files = files;
    this.listener = listener;
  }

  /// Repairs a log.
  ///
  /// @param from records below are not needed any more
  /// @return the new segment, empty
  SegmentFile repair(LogTail tail, long from) {
    files.syncDirectory();
    long highest = LogFormat.number(from);
    for (long number : tail.stale()) {
      highest = Math.max(highest, number);
    }
    if (tail.end() == 0) {
      files.tidy();
      SegmentFile first = files.create(highest + 1, files.salt(), 0, 0);
      orClose(first, () -> tail.dropped().forEach(files::drop));
      return first;
    }
    long last = LogFormat.number(tail.end());
    boolean replaced = tail.empty() && last > LogFormat.number(from);
    rewrite(tail);
    if (!replaced) {
      cut(tail, last);
    }
    tail.stale().forEach(files::drop);
    files.tidy();
    if (tail.torn()) {
      long offset = LogFormat.offset(tail.end());
      listener.tailCut(tail.file(), offset, tail.fileBytes() - offset);
    }
    SegmentFile next;
    if (replaced) {
      long start = LogFormat.position(last, LogFormat.HEADER_BYTES);
      next = files.create(last, files.salt(), tail.previous(), start);
    } else {
      next = files.create(Math.max(highest, last) + 1, files.salt(), last, tail.end());
      orClose(next, () -> end(tail, last, next.number()));
    }
    orClose(next, () -> tail.dropped().forEach(files::drop));
    return next;
  }

  private static void orClose(SegmentFile made, Runnable step) {
    try {
      step.run();
    } catch (RuntimeException e) {
      made.close();
      throw e;
    }
  }

  private void rewrite(LogTail tail) {
    long start =
        Math.max(
            tail.watermark(),
            LogFormat.position(tail.numbers().getFirst(), LogFormat.HEADER_BYTES));
    for (long number : tail.numbers()) {
      if (number >= LogFormat.number(start)) {
        long offset =
            number == LogFormat.number(start) ? LogFormat.offset(start) : LogFormat.HEADER_BYTES;
        rewrite(number, offset, tail.end());
      }
    }
  }

  private void rewrite(long number, long from, long end) {
    try (Arena arena = Arena.ofShared();
        SegmentScan scan = files.scan(number);
        DiskFile file = files.open(number, OpenMode.WRITE)) {
      long limit = number == LogFormat.number(end) ? LogFormat.offset(end) : scan.fileBytes();
      long copyBytes = Math.clamp(limit - from, 1, COPY_BYTES);
      MemorySegment copy = arena.allocate(copyBytes);
      scan.seek(from);
      long start = from;
      long length = 0;
      boolean more = true;
      while (more && LogFormat.position(number, scan.end()) < end && scan.next()) {
        long size = scan.end() - scan.offset();
        if (length + size > copyBytes) {
          file.write(start, copy, 0, length, ByteCause.LOG);
          start += length;
          length = 0;
        }
        if (size > copyBytes) {
          file.write(start, scan.memory(), scan.recordOffset(), size, ByteCause.LOG);
          start += size;
        } else {
          MemorySegment.copy(scan.memory(), scan.recordOffset(), copy, length, size);
          length += size;
        }
        more = scan.kind() != LogFormat.END;
      }
      if (more && LogFormat.position(number, scan.end()) < end) {
        throw new StorageException.Corrupt(
            scan.path(), scan.end(), "a record that was good a moment ago reads differently now");
      }
      if (length > 0) {
        file.write(start, copy, 0, length, ByteCause.LOG);
      }
      file.syncAll();
    }
  }

  /// Cuts what follows the last good record, before a segment is dropped to which a torn end mark
  /// might lead: a mark that lacks a last zero becomes good when the file grows.
  private void cut(LogTail tail, long number) {
    long keep = LogFormat.offset(tail.end());
    if (tail.fileBytes() > keep) {
      try (DiskFile file = files.open(number, OpenMode.WRITE)) {
        file.truncate(keep);
        file.syncAll();
      }
    }
  }

  private void end(LogTail tail, long number, long next) {
    try (Arena arena = Arena.ofShared();
        SegmentScan scan = files.scan(number);
        DiskFile file = files.open(number, OpenMode.WRITE)) {
      MemorySegment mark = arena.allocate(LogFormat.OWN_BYTES_MAX);
      long offset = LogFormat.offset(tail.end());
      long size = LogFormat.putPrefix(mark, 0, LogFormat.END, 0, next, 0);
      LogFormat.putCrc(mark, 0, size, scan.header().seed(), offset, new Crc32c());
      file.write(offset, mark, 0, size, ByteCause.LOG);
      file.syncAll();
    }
  }
}
