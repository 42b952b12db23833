package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/// The [Catalog] on disk. An append is durable when it returns, as a whole or not at all. Any
/// thread may call it.
final class CatalogLog implements AutoCloseable {
  private static final String NAME = "MANIFEST";
  private final Disk disk;
  private final Path directory;
  private final Catalog state = new Catalog();

  private CatalogLog(Disk disk, Path directory) {
    this.disk = disk;
    this.directory = directory;
  }

  static CatalogLog open(Disk disk, Path directory) {
    CatalogLog log = new CatalogLog(disk, directory);
    Path path = directory.resolve(NAME);
    if (disk.exists(path)) {
      try (Arena arena = Arena.ofConfined();
          DiskFile file = disk.open(path, OpenMode.READ)) {
        int size = (int) file.size();
        MemorySegment memory = arena.allocate(Math.max(8, size));
        file.read(0, memory, 0, size);
        List<CatalogEdit> edits =
            size >= 4 && memory.get(Layouts.INT, 0) == Crc32c.of(1, memory, 4, size - 4)
                ? CatalogFormat.decode(memory, 4, size - 4)
                : null;
        if (edits == null) {
          throw new StorageException.Corrupt(path, 0, "the checksum of the manifest is wrong");
        }
        edits.forEach(log.state::apply);
      }
    }
    return log;
  }

  Catalog state() {
    return state;
  }

  /// The state without the files that are still appended to.
  synchronized Catalog sealedState() {
    Catalog sealed = new Catalog();
    for (CatalogEdit edit : state.snapshot()) {
      if (!(edit instanceof CatalogEdit.File(FileEntry entry)) || entry.sealed()) {
        sealed.apply(edit);
      }
    }
    return sealed;
  }

  /// The bytes of its files.
  long bytes() {
    Path path = directory.resolve(NAME);
    return disk.exists(path) ? disk.size(path) : 0;
  }

  synchronized void append(List<CatalogEdit> edits) {
    Catalog next = new Catalog();
    state.snapshot().forEach(next::apply);
    edits.forEach(next::apply);
    write(disk, directory, next);
    edits.forEach(state::apply);
  }

  static void write(Disk disk, Path directory, Catalog catalog) {
    byte[] bytes = CatalogFormat.encode(catalog.snapshot());
    Path unfinished = directory.resolve(NAME + ".new");
    if (disk.exists(unfinished)) {
      disk.delete(unfinished);
    }
    try (Arena arena = Arena.ofConfined();
        DiskFile file = disk.open(unfinished, OpenMode.CREATE)) {
      MemorySegment memory = arena.allocate(bytes.length + 4L);
      MemorySegment.copy(bytes, 0, memory, Layouts.BYTE, 4, bytes.length);
      memory.set(Layouts.INT, 0, Crc32c.of(1, memory, 4, bytes.length));
      file.write(0, memory, 0, bytes.length + 4L, ByteCause.MANIFEST);
      file.syncAll();
    }
    disk.rename(unfinished, directory.resolve(NAME));
    disk.syncDirectory(directory);
  }

  @Override
  public void close() {}
}
