package dev.plinth.kit.manifest;

import dev.plinth.kit.log.LogFormat;
import dev.plinth.kit.log.SegmentScan;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Finds and reads the manifest of a store, and tells a torn last edit from damage.
final class ManifestReader {
  private final Disk disk;
  private final Path directory;
  private final long store;

  ManifestReader(Disk disk, Path directory, long store) {
    this.disk = disk;
    this.directory = directory;
    this.store = store;
  }

  /// What was found.
  ///
  /// @param number of the manifest
  /// @param seed of its checksums
  /// @param end where its last good record ends
  /// @param watermark everything before this offset had been synced
  record Found(long number, long seed, long end, long watermark) {}

  Path path(long number) {
    return directory.resolve(ManifestFormat.name(number));
  }

  /// The numbers of all manifests in the folder.
  List<Long> numbers() {
    List<Long> numbers = new ArrayList<>();
    for (String name : disk.list(directory)) {
      long number = ManifestFormat.number(name);
      if (number >= 0) {
        numbers.add(number);
      }
    }
    return numbers;
  }

  /// The number of the manifest that counts, or -1 when there is none yet.
  ///
  /// @throws StorageException.Corrupt when `CURRENT` is damaged, or missing although there were
  ///   edits
  long current() {
    Path path = directory.resolve(ManifestFormat.CURRENT);
    if (disk.exists(path)) {
      return ManifestFormat.parseCurrent(path, store, bytes(path));
    }
    for (long number : numbers()) {
      if (number != 1 || hasEdits(number)) {
        throw new StorageException.Corrupt(
            path, 0, "the file is missing, but there is " + ManifestFormat.name(number));
      }
    }
    return -1;
  }

  private byte[] bytes(Path path) {
    try (DiskFile file = disk.open(path, OpenMode.READ)) {
      byte[] bytes = new byte[(int) Math.min(file.size(), 4096)];
      MemorySegment target = MemorySegment.ofArray(bytes);
      int at = 0;
      while (at < bytes.length) {
        int read = file.read(at, target, at, bytes.length - at);
        if (read <= 0) {
          throw new StorageException.Corrupt(path, at, "the file ends before its size");
        }
        at += read;
      }
      return bytes;
    }
  }

  /// A first manifest without edits is what a crash leaves of a store that was being made.
  private boolean hasEdits(long number) {
    try (SegmentScan scan = scan(number)) {
      while (scan.next()) {
        if (scan.kind() == (LogFormat.USER | ManifestFormat.EDIT)
            || scan.kind() == LogFormat.CLOSE) {
          return true;
        }
      }
      return false;
    } catch (StorageException.Corrupt _) {
      return false;
    }
  }

  private SegmentScan scan(long number) {
    return new SegmentScan(disk, path(number), ManifestFormat.MAGIC, store, number);
  }

  /// Reads a manifest and shows its edits.
  Found read(long number, EditVisitor visitor) {
    if (!disk.exists(path(number))) {
      throw new StorageException.Corrupt(
          path(number), 0, "the file is missing, but " + ManifestFormat.CURRENT + " names it");
    }
    try (SegmentScan scan = scan(number)) {
      long watermark = LogFormat.HEADER_BYTES;
      while (scan.next()) {
        if (scan.kind() >= LogFormat.USER) {
          visitor.edit(scan.memory(), scan.bodyOffset(), scan.length());
        } else {
          watermark = Math.max(watermark, offset(scan.watermark()));
        }
      }
      long end = scan.end();
      long later = offset(scan.watermarkBehind(end));
      if (later > end) {
        throw new StorageException.Corrupt(
            scan.path(), end, "no good edit here, but those up to offset " + later + " were");
      }
      return new Found(number, scan.header().seed(), end, watermark);
    }
  }

  private static long offset(long watermark) {
    return watermark < 0 ? 0 : LogFormat.offset(watermark);
  }

  /// Writes what is not known to be durable once more, cuts what follows, and syncs.
  void repair(Found found) {
    try (SegmentScan scan = scan(found.number());
        DiskFile file = disk.open(path(found.number()), OpenMode.WRITE)) {
      scan.seek(found.watermark());
      while (scan.end() < found.end() && scan.next()) {
        long bytes = scan.end() - scan.offset();
        file.write(scan.offset(), scan.memory(), scan.recordOffset(), bytes, ByteCause.MANIFEST);
      }
      if (scan.end() != found.end()) {
        throw new StorageException.Corrupt(
            scan.path(), scan.end(), "an edit that was good a moment ago reads differently now");
      }
      file.truncate(found.end());
      file.syncAll();
    }
  }
}
