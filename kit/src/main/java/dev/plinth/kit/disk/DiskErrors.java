package dev.plinth.kit.disk;

import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The one place where an error of the operating system becomes a [StorageException]: what was
/// tried, on which file and at which offset, what the system said, and what to do next.
final class DiskErrors {
  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int EIO = 5;
  static final int EBADF = 9;
  static final int EACCES = 13;
  static final int EEXIST = 17;
  static final int ENOTDIR = 20;
  static final int EISDIR = 21;
  static final int EINVAL = 22;
  static final int ENFILE = 23;
  static final int EMFILE = 24;
  static final int EFBIG = 27;
  static final int ENOSPC = 28;
  static final int EROFS = 30;
  static final int ENOTEMPTY = 39;
  static final int EOPNOTSUPP = 95;
  static final int ESTALE = 116;
  static final int EDQUOT = 122;

  private DiskErrors() {}

  /// What may fail.
  interface Action<T> {
    T run() throws IOException;
  }

  /// Runs an action and translates its failure.
  ///
  /// @param operation what it does, as a noun
  /// @param offset where in the file, or -1
  static <T> T attempt(String operation, Path file, long offset, Action<T> action) {
    try {
      return action.run();
    } catch (UncheckedIOException e) {
      throw of(operation, file, offset, new IOException(e.getMessage(), e));
    } catch (IOException e) {
      throw of(operation, file, offset, e);
    }
  }

  /// The exception for an error number of Linux.
  static StorageException of(String operation, Path file, long offset, int errno) {
    return of(operation, file, offset, errno, text(errno) + " (errno " + errno + ")", null);
  }

  /// The exception for what Java's file classes throw.
  static StorageException of(String operation, Path file, long offset, IOException cause) {
    if (cause instanceof ClosedChannelException) {
      return closed(file);
    }
    int errno = errno(cause);
    String said = errno == 0 ? String.valueOf(cause.getMessage()) : text(errno);
    return of(operation, file, offset, errno, said, cause);
  }

  /// The exception for a file that was closed.
  static StorageException closed(Path file) {
    return new StorageException.Closed(file + ": the file was closed");
  }

  private static StorageException of(
      String operation, Path file, long offset, int errno, String said, @Nullable Throwable cause) {
    String message =
        file
            + ": "
            + operation
            + (offset < 0 ? "" : " at offset " + offset)
            + " failed: "
            + said
            + "; "
            + nextStep(errno);
    return errno == ENOSPC || errno == EDQUOT
        ? new StorageException.NoSpace(message, cause)
        : new StorageException.Io(message, cause);
  }

  private static int errno(IOException cause) {
    return switch (cause) {
      case NoSuchFileException _ -> ENOENT;
      case FileAlreadyExistsException _ -> EEXIST;
      case AccessDeniedException _ -> EACCES;
      case NotDirectoryException _ -> ENOTDIR;
      case DirectoryNotEmptyException _ -> ENOTEMPTY;
      case AtomicMoveNotSupportedException _ -> EOPNOTSUPP;
      case FileSystemException e -> errnoOfText(e.getReason());
      default -> errnoOfText(cause.getMessage());
    };
  }

  /// Java gives some errors as text only.
  private static int errnoOfText(@Nullable String text) {
    String lower = text == null ? "" : text.toLowerCase(Locale.ROOT);
    if (lower.contains("no space left") || lower.contains("not enough space")) {
      return ENOSPC;
    }
    if (lower.contains("quota")) {
      return EDQUOT;
    }
    if (lower.contains("read-only file system")) {
      return EROFS;
    }
    return lower.contains("too many open files") ? EMFILE : 0;
  }

  private static String nextStep(int errno) {
    return switch (errno) {
      case ENOSPC, EDQUOT -> "free space, delete and compact, or raise the quota";
      case EROFS ->
          "mount the file system for writing; after an error of the device check it first";
      case EACCES, EPERM -> "give this user the right to read and write the directory";
      case EIO -> "the device reports a fault: check the kernel's log and the device's health";
      case EMFILE, ENFILE -> "raise the limit of open files (ulimit -n), or keep fewer files open";
      case ENOENT -> "check that the directory is the right one and that nobody removed files";
      case EEXIST, ENOTEMPTY -> "check that nobody else puts files into the directory";
      case EBADF -> "the file was opened for reading only";
      default -> "check the directory, its file system and the kernel's log";
    };
  }

  private static String text(int errno) {
    return switch (errno) {
      case EPERM -> "operation not permitted";
      case ENOENT -> "no such file or directory";
      case EINTR -> "interrupted by a signal";
      case EIO -> "input/output error";
      case EBADF -> "not open for this";
      case EACCES -> "permission denied";
      case EEXIST -> "it exists already";
      case ENOTDIR -> "not a directory";
      case EISDIR -> "it is a directory";
      case EINVAL -> "invalid argument";
      case ENFILE, EMFILE -> "too many open files";
      case EFBIG -> "file too large";
      case ENOSPC -> "no space left on device";
      case EROFS -> "read-only file system";
      case ENOTEMPTY -> "directory not empty";
      case EOPNOTSUPP -> "not supported by this file system";
      case ESTALE -> "stale file handle";
      case EDQUOT -> "disk quota exceeded";
      default -> "error of the operating system";
    };
  }
}
