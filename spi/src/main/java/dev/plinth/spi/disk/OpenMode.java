package dev.plinth.spi.disk;

/// How [Disk#open] treats the file.
public enum OpenMode {
  /// The file must exist and is only read.
  READ,
  /// The file must exist and may be written.
  WRITE,
  /// The file must not exist; it is created and may be written.
  CREATE
}
