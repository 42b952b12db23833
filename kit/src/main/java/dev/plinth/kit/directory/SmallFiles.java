package dev.plinth.kit.directory;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// Files that are read and replaced as a whole, and folders that are durable with their names.
final class SmallFiles {
  /// What a name gets while its file is being written.
  static final String UNFINISHED = ".tmp";

  private static final int BYTES_MAX = 1 << 20;

  private SmallFiles() {}

  /// All bytes of a file.
  static byte[] read(Disk disk, Path path) {
    try (DiskFile file = disk.open(path, OpenMode.READ)) {
      long size = file.size();
      if (size > BYTES_MAX) {
        throw new StorageException.UnsupportedFormat(
            path + ": " + size + " bytes are too many for this file; it is not of Plinth");
      }
      byte[] bytes = new byte[(int) size];
      int count = file.read(0, MemorySegment.ofArray(bytes), 0, bytes.length);
      if (count != bytes.length) {
        throw new StorageException.Corrupt(path, count, "the file ends before its size " + size);
      }
      return bytes;
    }
  }

  /// Gives a file new content in one step, durable when it returns: written under another name,
  /// synced, renamed, the folder synced.
  static void replace(Disk disk, Path path, byte[] bytes) {
    Path unfinished = path.resolveSibling(path.getFileName() + UNFINISHED);
    if (disk.exists(unfinished)) {
      disk.delete(unfinished);
    }
    try (DiskFile file = disk.open(unfinished, OpenMode.CREATE)) {
      file.write(0, MemorySegment.ofArray(bytes), 0, bytes.length, ByteCause.MANIFEST);
      file.syncAll();
    }
    disk.rename(unfinished, path);
    disk.syncDirectory(path.resolveSibling(""));
  }

  /// Makes a folder with the missing ones above it, each name durable before the next is made, and
  /// the last one present first: a kill between making and syncing it may have left that undone.
  ///
  /// @param directory an absolute path
  static void makeDurable(Disk disk, Path directory) {
    Path above = directory.getParent();
    if (above == null) {
      return;
    }
    if (!disk.exists(directory)) {
      makeDurable(disk, above);
      disk.createDirectories(directory);
    }
    disk.syncDirectory(above);
  }
}
