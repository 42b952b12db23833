package dev.plinth.raft.store;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Which of several engine directories is the state machine: `state-NNNNNNNNNNNNNNNN` (16
/// hexadecimal digits), named by the file `CURRENT`, version 1. These bytes are on disks.
///
/// ```
/// +-------+---------+-----+--------+
/// | magic | version | crc | number |
/// +-------+---------+-----+--------+
///     8        4       4       8
/// ```
///
/// Little-endian; the crc is plain CRC32C over magic, version and number. The file is replaced as a
/// whole: written as `CURRENT.tmp`, synced, renamed, the folder synced.
final class StateDirectories {
  private static final long MAGIC = 0x4d53_6874_6e69_6c70L;
  private static final int VERSION = 1;
  private static final int VERSION_OFFSET = 8;
  private static final int CRC_OFFSET = 12;
  private static final int NUMBER_OFFSET = 16;
  private static final int BYTES = 24;
  private static final String CURRENT = "CURRENT";
  private static final String PREFIX = "state-";

  private final Disk disk;
  private final Path directory;

  StateDirectories(Disk disk, Path directory) {
    this.disk = disk;
    this.directory = directory;
  }

  Path path(long number) {
    return directory.resolve(PREFIX + String.format("%016x", number));
  }

  /// The number that counts; 1 for a new one.
  ///
  /// @throws StorageException.Corrupt when the file that says so is damaged or missing
  long current() {
    Path file = directory.resolve(CURRENT);
    if (!disk.exists(file)) {
      List<Long> numbers = numbers();
      if (!numbers.isEmpty() && !numbers.equals(List.of(1L))) {
        throw new StorageException.Corrupt(file, 0, "it is missing beside " + numbers);
      }
      return 1;
    }
    MemorySegment bytes = MemorySegment.ofArray(new byte[BYTES]);
    int read;
    try (DiskFile opened = disk.open(file, OpenMode.READ)) {
      read = opened.size() == BYTES ? opened.read(0, bytes, 0, BYTES) : 0;
    }
    boolean good =
        read == BYTES
            && bytes.get(Layouts.INT, CRC_OFFSET) == crc(bytes)
            && bytes.get(Layouts.LONG, 0) == MAGIC;
    if (!good) {
      throw new StorageException.Corrupt(file, 0, "it does not match its checksum");
    }
    if (bytes.get(Layouts.INT, VERSION_OFFSET) != VERSION) {
      throw new StorageException.UnsupportedFormat(
          file + ": has version " + bytes.get(Layouts.INT, VERSION_OFFSET) + "; this reads 1");
    }
    return bytes.get(Layouts.LONG, NUMBER_OFFSET);
  }

  /// Makes a directory the one that counts, durably and as one step.
  void switchTo(long number) {
    MemorySegment bytes = MemorySegment.ofArray(new byte[BYTES]);
    bytes.set(Layouts.LONG, 0, MAGIC);
    bytes.set(Layouts.INT, VERSION_OFFSET, VERSION);
    bytes.set(Layouts.LONG, NUMBER_OFFSET, number);
    bytes.set(Layouts.INT, CRC_OFFSET, crc(bytes));
    Path half = directory.resolve(CURRENT + ".tmp");
    if (disk.exists(half)) {
      disk.delete(half);
    }
    try (DiskFile file = disk.open(half, OpenMode.CREATE)) {
      file.write(0, bytes, 0, BYTES, ByteCause.MANIFEST);
      file.syncAll();
    }
    disk.syncDirectory(directory);
    disk.rename(half, directory.resolve(CURRENT));
    disk.syncDirectory(directory);
  }

  private static int crc(MemorySegment bytes) {
    return new Crc32c()
        .start()
        .add(bytes, 0, CRC_OFFSET)
        .add(bytes, NUMBER_OFFSET, Long.BYTES)
        .value();
  }

  /// The numbers of the directories that are there.
  List<Long> numbers() {
    List<Long> numbers = new ArrayList<>();
    for (String name : disk.list(directory)) {
      if (name.matches(PREFIX + "[0-7][0-9a-f]{15}")) {
        numbers.add(Long.parseLong(name.substring(PREFIX.length()), 16));
      }
    }
    return numbers;
  }

  /// Removes every directory but one.
  void keepOnly(long number) {
    for (long other : numbers()) {
      if (other != number) {
        remove(path(other));
      }
    }
    disk.syncDirectory(directory);
  }

  /// Removes a folder with what is in it, files first.
  void remove(Path folder) {
    for (String name : disk.list(folder)) {
      Path child = folder.resolve(name);
      try {
        disk.delete(child);
      } catch (StorageException.Io e) {
        // A folder that is not empty, or a real failure, which deleting what is in it tells again.
        remove(child);
      }
    }
    disk.delete(folder);
  }
}
