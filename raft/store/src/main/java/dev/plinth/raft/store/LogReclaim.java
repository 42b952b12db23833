package dev.plinth.raft.store;

import dev.plinth.kit.log.LogFormat;
import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/// Gives the space of a segmented log back: drops segments that nobody needs, and moves live
/// entries forward when old segments are held by little.
///
/// Before segments go, the states of all groups that stand in them are written again, and a record
/// says which segments may be missing; both are durable first.
final class LogReclaim {
  private final SegmentedLog log;
  private final Disk disk;
  private final Path directory;
  private final RaftLogOptions options;
  private final Consumer<EngineEvent> events;
  private final EntryBatch moving = new EntryBatch(StopBitCodec.INSTANCE, 1 << 30);
  private long movedBytes;
  private volatile long lowest;

  LogReclaim(
      SegmentedLog log,
      Disk disk,
      Path directory,
      RaftLogOptions options,
      Consumer<EngineEvent> events,
      List<Long> numbers) {
    this.log = log;
    this.disk = disk;
    this.directory = directory;
    this.options = options;
    this.events = events;
    this.lowest = numbers.isEmpty() ? 1 : numbers.getFirst();
  }

  /// Whether there is more than one segment, so that something might go.
  boolean isDue() {
    return LogFormat.number(log.log.endPosition()) > lowest;
  }

  synchronized long movedBytes() {
    return movedBytes;
  }

  synchronized void run() {
    dropUnneeded();
    warn();
    long rounds = LogFormat.number(log.log.endPosition()) - lowest;
    for (long i = 0; i < rounds && isSparse(); i++) {
      moveOldest();
      dropUnneeded();
    }
  }

  /// The lowest position of a live entry, or the end of the log.
  private long needed() {
    long needed = log.log.endPosition();
    for (SegmentedLogStore store : log.stores()) {
      needed = Math.min(needed, store.lowestPosition());
    }
    return needed;
  }

  private void dropUnneeded() {
    // Read first: whatever is appended from now on stands behind it.
    long end = log.log.endPosition();
    long needed = Math.min(end, needed());
    if (LogFormat.number(needed) <= lowest) {
      return;
    }
    long keep = LogFormat.position(LogFormat.number(needed), 0);
    for (SegmentedLogStore store : log.stores()) {
      store.renewState(keep);
    }
    long mark =
        log.log.append(
            Durability.BUFFERED, RaftLogFormat.RECLAIM, keep, 0, MemorySegment.NULL, 0, 0);
    log.log.awaitSynced(mark);
    log.log.dropBefore(keep);
    lowest = LogFormat.number(keep);
  }

  /// Whether less than half of a log that is not short lives.
  private boolean isSparse() {
    long segments = LogFormat.number(log.log.endPosition()) - lowest + 1;
    if (segments <= options.segmentsMin()) {
      return false;
    }
    long live = 0;
    for (SegmentedLogStore store : log.stores()) {
      live += store.liveBytes();
    }
    return diskBytes(disk, directory, ".log")
        > Math.max(2 * live, options.segmentsMin() * options.log().segmentBytes());
  }

  private void moveOldest() {
    long below = LogFormat.position(lowest + 1, 0);
    for (SegmentedLogStore store : log.stores()) {
      movedBytes += store.moveEntriesBelow(below, moving);
    }
  }

  private void warn() {
    for (SegmentedLogStore store : log.stores()) {
      if (store.passes(options.groupBytesWarned())) {
        events.accept(
            new EngineEvent.Lagging(
                directory, store.group(), store.liveBytes(), store.firstIndex()));
      }
    }
  }

  /// The bytes of the files in a folder whose names end so.
  static long diskBytes(Disk disk, Path directory, String suffix) {
    long bytes = 0;
    for (String name : disk.list(directory)) {
      if (name.endsWith(suffix) && disk.exists(directory.resolve(name))) {
        bytes += disk.size(directory.resolve(name));
      }
    }
    return bytes;
  }
}
