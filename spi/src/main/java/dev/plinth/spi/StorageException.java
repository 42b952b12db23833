package dev.plinth.spi;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Everything that can go wrong in an engine or on a disk: unchecked, sealed, and each message says
/// what, where, and what to do next.
public abstract sealed class StorageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private StorageException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /// The operating system refused an operation.
  public static final class Io extends StorageException {
    private static final long serialVersionUID = 1L;

    public Io(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /// The disk, a quota or the engine's own space limit is full. Nothing of the refused operation
  /// took effect; delete, compact, or raise the limit.
  public static final class NoSpace extends StorageException {
    private static final long serialVersionUID = 1L;

    public NoSpace(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /// Stored bytes are not what was written. The engine neither returns nor cuts them.
  public static final class Corrupt extends StorageException {
    private static final long serialVersionUID = 1L;
    private final transient Path file;
    private final long offset;

    /// @param offset where in the file the damaged part begins
    /// @param detail what was expected and what was found
    public Corrupt(Path file, long offset, String detail) {
      super(
          file
              + ": damaged at offset "
              + offset
              + ": "
              + detail
              + "; restore this store from a replica, a checkpoint or a backup",
          null);
      this.file = file;
      this.offset = offset;
    }

    /// The damaged file.
    public Path file() {
      return file;
    }

    /// Where the damaged part begins.
    public long offset() {
      return offset;
    }
  }

  /// The directory or file was written by another engine or by a newer version. Nothing was
  /// changed.
  public static final class UnsupportedFormat extends StorageException {
    private static final long serialVersionUID = 1L;

    public UnsupportedFormat(String message) {
      super(message, null);
    }
  }

  /// An earlier write or sync failed, so the engine takes no more writes; reads go on. Close and
  /// reopen it. The cause is the first failure.
  public static final class Poisoned extends StorageException {
    private static final long serialVersionUID = 1L;

    public Poisoned(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /// The engine, snapshot, cursor or batch was closed.
  public static final class Closed extends StorageException {
    private static final long serialVersionUID = 1L;

    public Closed(String message) {
      super(message, null);
    }
  }

  /// Another process, or another engine of this one, has the directory open.
  public static final class Locked extends StorageException {
    private static final long serialVersionUID = 1L;

    public Locked(String message) {
      super(message, null);
    }
  }

  /// A key, value, batch or resource goes over a limit. Nothing was changed.
  public static final class LimitExceeded extends StorageException {
    private static final long serialVersionUID = 1L;

    public LimitExceeded(String message) {
      super(message, null);
    }
  }

  /// An unknown engine or key, or a value out of its range. Nothing was changed.
  public static final class InvalidConfiguration extends StorageException {
    private static final long serialVersionUID = 1L;

    public InvalidConfiguration(String message) {
      super(message, null);
    }
  }

  /// This engine, as it was opened, cannot do that. Nothing was changed.
  public static final class Unsupported extends StorageException {
    private static final long serialVersionUID = 1L;

    public Unsupported(String message) {
      super(message, null);
    }
  }

  /// The snapshot was given up because keeping it would have broken the engine's space limit.
  public static final class SnapshotExpired extends StorageException {
    private static final long serialVersionUID = 1L;

    public SnapshotExpired(String message) {
      super(message, null);
    }
  }
}
