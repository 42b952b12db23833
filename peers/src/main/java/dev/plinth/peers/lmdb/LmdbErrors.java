package dev.plinth.peers.lmdb;

import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import org.lmdbjava.Dbi;
import org.lmdbjava.Env;
import org.lmdbjava.LmdbException;
import org.lmdbjava.LmdbNativeException;

/// Says in the SPI's words what LMDB complains of.
final class LmdbErrors {
  private LmdbErrors() {}

  /// The SPI's error for one of LMDB's.
  static StorageException translate(Path directory, LmdbException e) {
    String text = directory + ": LMDB: " + e.getMessage();
    return switch (e) {
      case Env.MapFullException full ->
          new StorageException.NoSpace(text + "; open it with a larger map.bytes", full);
      case Env.ReadersFullException full ->
          new StorageException.LimitExceeded(text + "; open it with a larger readers.max");
      case Env.FileInvalidException bad -> damaged(directory, bad);
      case LmdbNativeException.PageCorruptedException bad -> damaged(directory, bad);
      case LmdbNativeException.PageNotFoundException bad -> damaged(directory, bad);
      case LmdbNativeException.PanicException bad -> damaged(directory, bad);
      case Env.VersionMismatchException other -> new StorageException.UnsupportedFormat(text);
      case Dbi.BadValueSizeException bad -> new StorageException.LimitExceeded(text);
      case LmdbNativeException.ConstantDerivedException refused when isFull(refused) ->
          new StorageException.NoSpace(text, refused);
      default -> new StorageException.Io(text, e);
    };
  }

  private static StorageException damaged(Path directory, LmdbException e) {
    return new StorageException.Corrupt(
        directory.resolve("data.mdb"), 0, "LMDB: " + e.getMessage());
  }

  private static boolean isFull(LmdbException e) {
    String text = String.valueOf(e.getMessage());
    return text.contains("ENOSPC") || text.contains("No space left");
  }
}
