package dev.plinth.bench.cell;

import dev.plinth.bench.machine.MemoryGroup;
import dev.plinth.bench.machine.NativeFiles;
import dev.plinth.bench.machine.PageCache;
import dev.plinth.bench.machine.ProcFile;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Keeps a cell within its memory while it is measured. Within a control group the system does
/// that; elsewhere a thread takes the store's files out of the page cache whenever as much was
/// moved between device and cache as the limit leaves for it. From construction to [#close()].
final class MemoryCap implements AutoCloseable {
  private static final long LOOK_MILLIS = 20;
  private static final long CACHE_BYTES_MIN = 8L << 20;

  private final CellSpec.Memory memory;
  private final Path directory;
  private final @Nullable Thread dropper;
  private volatile boolean closed;

  MemoryCap(CellSpec.Memory memory, Path directory) {
    this.memory = memory;
    this.directory = directory;
    boolean drops = memory.limitBytes() > 0 && memory.group() == null;
    this.dropper =
        drops ? Thread.ofPlatform().daemon().name("bench-cache").start(this::loop) : null;
  }

  /// Lifts the limit: what comes now is not measured.
  @Override
  public void close() {
    closed = true;
    if (dropper != null) {
      dropper.interrupt();
    }
    String group = memory.group();
    if (group != null) {
      MemoryGroup.lift(Path.of(group));
    }
  }

  private void loop() {
    long last = moved();
    while (!closed) {
      long now = moved();
      Long anonymous = ProcFile.read(ProcFile.STATUS).bytes("RssAnon");
      long room = memory.limitBytes() - (anonymous == null ? 0 : anonymous);
      if (now - last > Math.max(CACHE_BYTES_MIN, room)) {
        NativeFiles.syncFileSystem(directory);
        PageCache.drop(directory);
        last = now;
      }
      try {
        Thread.sleep(LOOK_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /// Bytes that this process has brought into the page cache or made dirty there.
  private static long moved() {
    OsCounters counters = OsCounters.now();
    Long read = counters.readBytes();
    Long written = counters.writeBytes();
    return (read == null ? 0 : read) + (written == null ? 0 : written);
  }
}
