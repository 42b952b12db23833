package dev.plinth.spi.disk;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/// The file operations a storage engine may use: the seam between an engine and an operating
/// system.
///
/// Durability is explicit and follows POSIX at its most forgetful: written bytes survive a crash
/// only after [DiskFile#syncData()], a created, renamed or deleted name only after
/// [#syncDirectory(Path)] of its folder. Implementations: the operating system's, a metered one, a
/// simulated one that forgets, a faulty one that fails the n-th call.
///
/// All methods may be called by any thread. Every failure is a [dev.plinth.spi.StorageException]:
/// `NoSpace` when the disk or quota is full, `Locked` from [#lock(Path)], `Io` otherwise, with the
/// file (and offset) it concerns. No caller's interrupt breaks an operation.
public interface Disk {

  /// Opens a file.
  ///
  /// @param path the file
  /// @param mode whether it must exist, must not exist, and what may be done with it
  DiskFile open(Path path, OpenMode mode);

  /// Whether a file or folder of this name exists.
  boolean exists(Path path);

  /// The size of a file in bytes.
  long size(Path path);

  /// The plain names (no path) of the files and folders in a folder, sorted; empty when the folder
  /// does not exist.
  List<String> list(Path directory);

  /// Creates a folder and its missing parents. The names are durable after [#syncDirectory(Path)]
  /// of each parent. Nothing happens when it exists.
  void createDirectories(Path directory);

  /// Renames a file atomically, replacing the target when it exists. Durable after
  /// [#syncDirectory(Path)] of the folder (of both, when they differ).
  void rename(Path from, Path to);

  /// Deletes a file or an empty folder that exists. Open [DiskFile]s and mappings of it stay
  /// usable.
  void delete(Path path);

  /// Makes a hard link: `link` names the same bytes as `existing` from now on.
  void link(Path existing, Path link);

  /// Makes the names in a folder durable: what was created, renamed or deleted in it.
  void syncDirectory(Path directory);

  /// Takes an exclusive lock that other processes, and other holders in this one, respect; the file
  /// is created when missing. Released by closing, or by the end of the process.
  ///
  /// @throws dev.plinth.spi.StorageException.Locked when someone else holds it
  Lock lock(Path file);

  /// How many bytes the file system that holds this folder can still take.
  long usableBytes(Path directory);

  /// Says that mapped bytes will be read soon, so that the system may begin to fetch them. It waits
  /// for nothing, changes no result and reports no failure; many disks do nothing.
  ///
  /// @param mapped what [DiskFile#map] of a file of this disk returned, while its arena is alive
  /// @param offset where the bytes begin in that segment
  default void willNeed(MemorySegment mapped, long offset, long length) {}

  /// A lock taken by [Disk#lock(Path)].
  interface Lock extends AutoCloseable {
    /// Releases the lock; a second call does nothing.
    @Override
    void close();
  }
}
