package dev.plinth.kit.log;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// The segments of one log as files: `NNNNNNNNNNNNNNNN.log` (16 hexadecimal digits), spare ones
/// `NNNNNNNNNNNNNNNN.free`, half-made ones `NNNNNNNNNNNNNNNN.new`.
///
/// A file gets the name of a segment only when its header is durable, and is used only when its
/// name is durable. So whatever has such a name has a good header, or is damaged.
final class SegmentFiles {
  private static final String SEGMENT = ".log";
  private static final String SPARE = ".free";
  private static final String NEW = ".new";
  private static final int DIGITS = 16;

  private final Disk disk;
  private final Path directory;
  private final long store;
  private final LogOptions options;
  private final SecureRandom random = new SecureRandom();
  private final ArrayDeque<Path> spares = new ArrayDeque<>();

  SegmentFiles(Disk disk, Path directory, long store, LogOptions options) {
    this.disk = disk;
    this.directory = directory;
    this.store = store;
    this.options = options;
  }

  static Path path(Path directory, long number) {
    return directory.resolve(String.format("%016x", number) + SEGMENT);
  }

  /// The numbers of the segments in a folder, ascending.
  static List<Long> numbers(Disk disk, Path directory) {
    List<Long> numbers = new ArrayList<>();
    for (String name : disk.list(directory)) {
      if (isNumbered(name, SEGMENT)) {
        numbers.add(Long.parseLong(name.substring(0, DIGITS), 16));
      }
    }
    numbers.sort(null);
    return numbers;
  }

  private static boolean isNumbered(String name, String suffix) {
    return name.length() == DIGITS + suffix.length()
        && name.endsWith(suffix)
        && name.chars().limit(DIGITS).allMatch(c -> "0123456789abcdef".indexOf(c) >= 0)
        && name.charAt(0) <= '7';
  }

  List<Long> numbers() {
    return numbers(disk, directory);
  }

  /// The number of the lowest segment.
  ///
  /// @throws StorageException.Corrupt when all of them are gone
  long lowest() {
    List<Long> numbers = numbers();
    if (numbers.isEmpty()) {
      throw new StorageException.Corrupt(directory, 0, "the segments of an open log are gone");
    }
    return numbers.getFirst();
  }

  Path path(long number) {
    return path(directory, number);
  }

  long store() {
    return store;
  }

  long salt() {
    synchronized (random) {
      return random.nextLong();
    }
  }

  /// Removes what a crash left half-made, and spare files: after a sync that failed, the name that
  /// a spare file had as a segment may come back, and must not lead to another segment's content.
  synchronized void tidy() {
    spares.clear();
    for (String name : disk.list(directory)) {
      if (isNumbered(name, NEW) || isNumbered(name, SPARE)) {
        disk.delete(directory.resolve(name));
      }
    }
  }

  /// Makes a segment, of a spare file when there is one, and makes its name durable.
  ///
  /// @param watermark everything below this position is durable: becomes the first record; 0 for
  ///   none
  /// @return the file, open for writing
  synchronized SegmentFile create(long number, long salt, long previous, long watermark) {
    Path path = path(number);
    Path source = spares.poll();
    boolean recycled = source != null;
    if (source == null) {
      source = directory.resolve(String.format("%016x", number) + NEW);
      if (disk.exists(source)) {
        disk.delete(source);
      }
    }
    long seed = LogFormat.seed(store, number, salt);
    long start;
    try (Arena arena = Arena.ofShared()) {
      MemorySegment head = arena.allocate(LogFormat.HEADER_BYTES + LogFormat.OWN_BYTES_MAX);
      LogFormat.putHeader(head, LogFormat.MAGIC, store, number, salt, previous);
      start = LogFormat.HEADER_BYTES;
      if (watermark > 0) {
        start = LogFormat.putPrefix(head, start, LogFormat.WATERMARK, 0, watermark, 0);
        LogFormat.putCrc(
            head, LogFormat.HEADER_BYTES, start, seed, LogFormat.HEADER_BYTES, new Crc32c());
      }
      writeHead(source, recycled, head, start);
    } catch (RuntimeException e) {
      discardQuietly(source);
      throw e;
    }
    disk.rename(source, path);
    disk.syncDirectory(directory);
    DiskFile file = disk.open(path, OpenMode.WRITE);
    try {
      return new SegmentFile(number, seed, file, start, recycled);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private void writeHead(Path path, boolean exists, MemorySegment head, long bytes) {
    try (DiskFile file = disk.open(path, exists ? OpenMode.WRITE : OpenMode.CREATE)) {
      file.write(0, head, 0, bytes, ByteCause.LOG);
      file.syncAll();
    }
  }

  private void discardQuietly(Path path) {
    try {
      if (disk.exists(path)) {
        disk.delete(path);
      }
    } catch (StorageException _) {
      // The failure that led here is reported; the next open removes the file.
    }
  }

  /// Takes a segment out of the log: keeps the file for reuse, or deletes it. Durable on return.
  synchronized void drop(long number) {
    Path path = path(number);
    if (spares.size() < options.recycledSegments()
        && disk.size(path) >= options.segmentBytes() / 2) {
      Path spare = directory.resolve(String.format("%016x", number) + SPARE);
      disk.rename(path, spare);
      disk.syncDirectory(directory);
      // Not before: when the sync fails, the old name may come back and must not lead to other
      // bytes.
      spares.add(spare);
    } else {
      disk.delete(path);
      disk.syncDirectory(directory);
    }
  }

  /// Deletes the files that are kept for reuse. What fails or is undone by a crash is deleted by
  /// the next opening.
  synchronized void dropSpares() {
    for (Path spare = spares.poll(); spare != null; spare = spares.poll()) {
      discardQuietly(spare);
    }
  }

  void syncDirectory() {
    disk.syncDirectory(directory);
  }

  DiskFile open(long number, OpenMode mode) {
    return disk.open(path(number), mode);
  }

  SegmentScan scan(long number) {
    return new SegmentScan(disk, path(number), LogFormat.MAGIC, store, number);
  }
}
