package dev.plinth.kit.directory;

import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.nio.file.Path;

/// A file that only takes room, given up when a store is opened on a full disk, or when a
/// compaction that was asked for finds none, so that a full store opens, takes deletes, and can be
/// compacted. Made again by the next opening that finds room enough.
public final class SpaceReserve {
  /// The name of the file.
  public static final String NAME = "RESERVE";

  private static final long BYTES_MIN = 1 << 20;
  private static final long BYTES_MAX = 16 << 20;

  private SpaceReserve() {}

  /// How many bytes a tree with memtables of this size keeps.
  public static long bytes(long memtableBytes) {
    return Math.clamp(memtableBytes / 4, BYTES_MIN, BYTES_MAX);
  }

  /// How many bytes a tree keeps that must also bring what stands in its log to tables.
  ///
  /// @param drainBytes what that takes at most before the log gives any back
  public static long bytes(long memtableBytes, long drainBytes) {
    return Math.clamp(Math.max(bytes(memtableBytes), drainBytes), BYTES_MIN, BYTES_MAX);
  }

  /// Gives the room up when the disk has less than the reserve left.
  public static void giveUpWhenFull(Disk disk, Path directory, long bytes) {
    Path file = directory.resolve(NAME);
    if (disk.exists(file) && disk.usableBytes(directory) < bytes) {
      disk.delete(file);
    }
  }

  /// Gives the room up.
  ///
  /// @return whether there was any
  public static boolean giveUp(Disk disk, Path directory) {
    Path file = directory.resolve(NAME);
    if (!disk.exists(file)) {
      return false;
    }
    disk.delete(file);
    return true;
  }

  /// Takes the room when the disk has more than four times as much left.
  public static void take(Disk disk, Path directory, long bytes) {
    Path file = directory.resolve(NAME);
    if (disk.exists(file) || disk.usableBytes(directory) < 4 * bytes) {
      return;
    }
    try (DiskFile reserve = disk.open(file, OpenMode.CREATE)) {
      reserve.reserve(bytes);
    } catch (StorageException.NoSpace _) {
      disk.delete(file);
    }
  }
}
