package dev.plinth.spec;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.trace.TraceStep;
import dev.plinth.conformance.trace.TracedDisk;
import dev.plinth.kit.log.LogListener;
import dev.plinth.kit.log.LogOptions;
import dev.plinth.kit.log.LogVisitor;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.manifest.EditVisitor;
import dev.plinth.kit.manifest.ManifestLog;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.Durability;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The least engine that stands on the kit's log and manifest as the LSM trees do: numbered writes,
/// memtables that are frozen, tables, edits, logs that go. One thread at a time.
final class WalFlushStore implements AutoCloseable {
  /// The log's folder.
  static final Path LOG = Path.of("log");

  /// The folder of manifest and tables.
  static final Path STORE = Path.of("store");

  private static final long IDENTITY = 0x5752L;
  private static final LogOptions OPTIONS = LogOptions.small(8192, 4096);

  private final TracedDisk disk;
  private final int bodyBytes;
  private final ManifestLog manifest;
  private final LogWriter log;

  /// Where the first write behind each flushed or frozen memtable may stand: last write, position.
  private final Deque<long[]> frozen = new ArrayDeque<>();

  private long flushed;
  private long frozenUpTo;
  private long last;
  private long dropPosition;

  /// A disk with the two folders.
  static SimDisk folders() {
    SimDisk disk = new SimDisk();
    disk.createDirectories(LOG);
    disk.createDirectories(STORE);
    return disk.crash(new CrashState.Everything());
  }

  /// Opens it and tells what it found.
  ///
  /// @param bodyBytes how large its records are: large ones fill segments
  WalFlushStore(TracedDisk disk, int bodyBytes) {
    this.disk = disk;
    this.bodyBytes = bodyBytes;
    manifest = ManifestLog.open(disk, STORE, IDENTITY, 1 << 20, this::installed, this::snapshot);
    removeOrphans();
    List<Long> found = new ArrayList<>();
    LogVisitor visitor = (_, _, first, _, _, _, _) -> found.add(first);
    log =
        LogWriter.open(
            disk, LOG, IDENTITY, OPTIONS, null, dropPosition, 0, LogListener.NONE, visitor);
    last = Math.max(flushed, found.isEmpty() ? 0 : found.getLast());
    frozenUpTo = flushed;
    for (int i = 1; i < found.size(); i++) {
      if (found.get(i) != found.get(i - 1) + 1) {
        last = -1;
      }
    }
    if (!found.isEmpty() && found.getFirst() > flushed + 1) {
      last = -1;
    }
    disk.tell("recovered", last, "");
  }

  private void installed(MemorySegment segment, long offset, int length) {
    flushed = segment.get(ValueLayout.JAVA_LONG_UNALIGNED, offset);
    dropPosition = segment.get(ValueLayout.JAVA_LONG_UNALIGNED, offset + 8);
  }

  private void snapshot(EditVisitor target) {
    if (flushed > 0) {
      target.edit(edit(flushed, dropPosition), 0, 16);
    }
  }

  private static MemorySegment edit(long upTo, long position) {
    MemorySegment edit = MemorySegment.ofArray(new byte[16]);
    edit.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, upTo);
    edit.set(ValueLayout.JAVA_LONG_UNALIGNED, 8, position);
    return edit;
  }

  private void removeOrphans() {
    for (String name : disk.list(STORE)) {
      if (name.startsWith("table-") && tableEnd(name) > flushed) {
        disk.delete(STORE.resolve(name));
      }
    }
  }

  /// Where it keeps what.
  static final class Layout implements WalLayout {
    @Override
    public boolean isLog(Path path) {
      return path.startsWith(LOG) && LogBytes.isSegment(path);
    }

    @Override
    public Flush flush(byte[] edit) {
      MemorySegment segment = MemorySegment.ofArray(edit);
      return new Flush(segment.get(ValueLayout.JAVA_LONG_UNALIGNED, 0), List.of());
    }

    @Override
    public Map<String, Flush> flushedTables(List<TraceStep> steps) {
      Map<String, Flush> tables = new HashMap<>();
      for (TraceStep step : steps) {
        if (step instanceof TraceStep.Created(Path path)) {
          String name = String.valueOf(path.getFileName());
          if (name.startsWith("table-")) {
            tables.put(name, new Flush(tableEnd(name), List.of(name)));
          }
        }
      }
      return tables;
    }

    @Override
    public boolean tellsFreezes() {
      return false;
    }
  }

  private static long tableEnd(String name) {
    return Long.parseLong(name.substring(name.lastIndexOf('-') + 1));
  }

  void put(int count, boolean synced) {
    MemorySegment body = MemorySegment.ofArray(new byte[bodyBytes]);
    for (int i = 0; i < count; i++) {
      last++;
      boolean waits = synced && i == count - 1;
      Durability durability = waits ? Durability.SYNCED : Durability.BUFFERED;
      log.append(durability, 1, last, 0, body, 0, bodyBytes);
      if (waits) {
        disk.tell("acknowledged", last, "");
      }
    }
  }

  void sync() {
    log.sync();
    disk.tell("acknowledged", last, "");
  }

  /// Hands everything to the operating system.
  void write() {
    log.awaitWritten(log.endPosition() - 1);
  }

  /// The last write that is there.
  long last() {
    return last;
  }

  void freeze() {
    if (last > frozenUpTo) {
      long end = log.endPosition();
      log.awaitWritten(end - 1);
      frozenUpTo = last;
      frozen.add(new long[] {last, end});
      disk.tell("frozen", last, "");
    }
  }

  /// Writes the oldest frozen memtable out and drops the log before it.
  void flush() {
    if (frozen.isEmpty()) {
      return;
    }
    long[] head = frozen.getFirst();
    Path path = STORE.resolve("table-" + (flushed + 1) + "-" + head[0]);
    try (DiskFile file = disk.open(path, OpenMode.CREATE)) {
      MemorySegment content = MemorySegment.ofArray(new byte[600]);
      file.write(0, content, 0, content.byteSize(), ByteCause.FLUSH);
      file.syncAll();
    }
    disk.syncDirectory(STORE);
    MemorySegment edit = edit(head[0], head[1]);
    manifest.commit(edit, 0, 16);
    installed(edit, 0, 16);
    frozen.remove();
    log.dropBefore(dropPosition);
  }

  @Override
  public void close() {
    log.close();
    manifest.close();
  }
}
