package dev.plinth.peers.rocksdb;

import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/// Says in the SPI's words what RocksDB complains of.
final class RocksErrors {
  private RocksErrors() {}

  /// The SPI's error for one of RocksDB's.
  static StorageException translate(Path directory, RocksDBException e) {
    Status status = e.getStatus();
    String text = directory + ": RocksDB: " + e.getMessage();
    if (status == null) {
      return new StorageException.Io(text, e);
    }
    if (status.getSubCode() == Status.SubCode.NoSpace) {
      return new StorageException.NoSpace(text, e);
    }
    return switch (status.getCode()) {
      case Corruption -> new StorageException.Corrupt(directory, 0, "RocksDB: " + e.getMessage());
      case NotSupported -> new StorageException.Unsupported(text);
      case InvalidArgument -> new StorageException.InvalidConfiguration(text);
      default -> new StorageException.Io(text, e);
    };
  }
}
