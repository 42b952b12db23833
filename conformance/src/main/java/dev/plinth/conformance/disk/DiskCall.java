package dev.plinth.conformance.disk;

/// The calls of a disk that can fail.
public enum DiskCall {
  /// Opening or creating a file.
  OPEN,
  /// Reading bytes, a size or a folder's names.
  READ,
  /// Writing bytes.
  WRITE,
  /// Cutting a file.
  TRUNCATE,
  /// Reserving room.
  RESERVE,
  /// Giving room back; it is not refused but not done.
  DISCARD,
  /// Syncing a file.
  SYNC,
  /// Syncing a folder.
  SYNC_DIRECTORY,
  /// Renaming.
  RENAME,
  /// Deleting.
  DELETE,
  /// Making a hard link.
  LINK,
  /// Creating folders.
  CREATE_DIRECTORIES,
  /// Locking.
  LOCK,
  /// Mapping for reading.
  MAP
}
