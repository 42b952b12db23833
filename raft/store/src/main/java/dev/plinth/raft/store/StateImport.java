package dev.plinth.raft.store;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Brings the content of an exported folder into a store. The folder is never opened in place: an
/// engine writes into its directory, and the folder may be shipped to others later.
final class StateImport {
  private static final int CHUNK_BYTES = 1 << 20;
  private static final int COPY_BYTES = 1 << 20;

  private final Disk disk;
  private final Path folder;
  private final StateFolder facts;

  StateImport(Disk disk, Path folder, StateFolder facts) {
    this.disk = disk;
    this.folder = folder;
    this.facts = facts;
  }

  /// Feeds an installation with the chunks of the folder.
  void feedChunks(StateInstallation installation) {
    Path path = folder.resolve(StateFolder.CHUNKS);
    MemorySegment length = MemorySegment.ofArray(new byte[Long.BYTES]);
    try (Arena arena = Arena.ofConfined();
        DiskFile file = disk.open(path, OpenMode.READ)) {
      MemorySegment chunk = arena.allocate(CHUNK_BYTES + (CHUNK_BYTES >> 1));
      long end = file.size();
      long at = 0;
      while (at < end) {
        int read = file.read(at, length, 0, Long.BYTES);
        long bytes = length.get(Layouts.LONG, 0);
        if (read < Long.BYTES || bytes < 1 || bytes > end - at - Long.BYTES) {
          throw new StorageException.Corrupt(path, at, "a chunk's length is cut off or wrong");
        }
        if (bytes > chunk.byteSize()) {
          chunk = arena.allocate(bytes);
        }
        int found = file.read(at + Long.BYTES, chunk, 0, (int) bytes);
        accept(installation, chunk, found, path, at);
        at += Long.BYTES + bytes;
      }
    }
    if (!installation.isComplete()) {
      throw new StorageException.Corrupt(path, disk.size(path), "chunks are missing at its end");
    }
  }

  private static void accept(
      StateInstallation installation, MemorySegment chunk, int bytes, Path path, long at) {
    try {
      installation.accept(chunk, 0, bytes);
    } catch (IllegalArgumentException e) {
      throw new StorageException.Corrupt(path, at, "a chunk does not match its checksum");
    }
  }

  /// Feeds an installation from the checkpoint of another engine, which is copied to a scratch
  /// folder and opened there by its own provider.
  void feedFromEngine(StateInstallation installation, Path scratch, EngineEnvironment environment) {
    copyCheckpoint(scratch);
    try (Engine source =
            Engines.open(scratch, Map.of(Engines.ENGINE_KEY, facts.engine()), environment);
        StateSnapshot snapshot = new StateSnapshot(source.snapshot())) {
      @Nullable MemorySegment chunk = snapshot.next(CHUNK_BYTES);
      while (chunk != null) {
        installation.accept(chunk, 0, chunk.byteSize());
        chunk = snapshot.next(CHUNK_BYTES);
      }
    }
  }

  /// Copies the checkpoint's files to a folder that does not exist yet, durably.
  void copyCheckpoint(Path target) {
    try (Arena arena = Arena.ofConfined()) {
      copyFolder(
          folder.resolve(StateFolder.CHECKPOINT), target, arena.allocate(COPY_BYTES, Long.BYTES));
    }
    disk.syncDirectory(target.resolveSibling(""));
  }

  private void copyFolder(Path from, Path to, MemorySegment buffer) {
    disk.createDirectories(to);
    for (String name : disk.list(from)) {
      Path child = from.resolve(name);
      if (StateFolder.isFolder(disk, child)) {
        copyFolder(child, to.resolve(name), buffer);
      } else {
        copyFile(child, to.resolve(name), buffer);
      }
    }
    disk.syncDirectory(to);
  }

  private void copyFile(Path from, Path to, MemorySegment buffer) {
    try (DiskFile source = disk.open(from, OpenMode.READ);
        DiskFile target = disk.open(to, OpenMode.CREATE)) {
      long at = 0;
      int read = source.read(at, buffer, 0, COPY_BYTES);
      while (read > 0) {
        target.write(at, buffer, 0, read, ByteCause.OTHER);
        at += read;
        read = source.read(at, buffer, 0, COPY_BYTES);
      }
      target.syncAll();
    }
  }
}
