package dev.plinth.raft.bench;

import dev.plinth.bench.machine.DirectorySize;
import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What the machine can do: the bytes of the batches, one write and one sync each, to the end of a
/// growing file, and over a file that was written before.
final class RawWork {
  private static final long FILE_BYTES = 64 << 20;

  private final RaftCell cell;
  private final Path directory;
  private final Disk disk = new SystemDisk();

  RawWork(RaftCell cell) {
    this.cell = cell;
    this.directory = Path.of(cell.directory());
  }

  Measured run() {
    Measured measured = new Measured();
    disk.createDirectories(directory);
    long batches = cell.entries() / cell.batch();
    int bytes = cell.batch() * cell.entryBytes();
    MemorySegment batch = Arena.ofAuto().allocate(bytes, 4096);
    ProcessIo io = ProcessIo.now();
    measured.nanos = write("growing", batch, batches, measured);
    measured.io = ProcessIo.now().since(io);
    measured.operations = batches * cell.batch();
    measured.userBytes = batches * (long) bytes;
    measured.diskBytes = DirectorySize.bytes(directory);
    measured.liveBytes = measured.diskBytes;
    Path again = directory.resolve("prefilled");
    prefill(again);
    measured.perSecond(
        "prefilled.entries.per.second",
        measured.operations,
        write("prefilled", batch, batches, null));
    return measured;
  }

  private void prefill(Path path) {
    MemorySegment zeros = Arena.ofAuto().allocate(1 << 20, 4096);
    try (DiskFile file = disk.open(path, OpenMode.CREATE)) {
      for (long at = 0; at < FILE_BYTES; at += zeros.byteSize()) {
        file.write(at, zeros, 0, zeros.byteSize(), ByteCause.OTHER);
      }
      file.syncAll();
    }
  }

  /// Batches one after the other, from the start again when a file is full.
  private long write(String name, MemorySegment batch, long batches, @Nullable Measured timed) {
    Path path = directory.resolve(name);
    boolean exists = disk.exists(path);
    long start = System.nanoTime();
    try (DiskFile file = disk.open(path, exists ? OpenMode.WRITE : OpenMode.CREATE)) {
      long at = 0;
      for (long i = 0; i < batches; i++) {
        if (exists && at + batch.byteSize() > FILE_BYTES) {
          at = 0;
        }
        long before = System.nanoTime();
        file.write(at, batch, 0, batch.byteSize(), ByteCause.OTHER);
        file.syncData();
        if (timed != null) {
          timed.time(System.nanoTime() - before);
        }
        at += batch.byteSize();
      }
    }
    return System.nanoTime() - start;
  }
}
