package dev.plinth.bench.run;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/// Says in words what went wrong with a file.
public final class FileTrouble {
  private FileTrouble() {}

  /// The file and what is wrong with it, without the name of a Java class.
  public static String words(IOException failure) {
    return switch (failure) {
      case NoSuchFileException file -> file.getFile() + " does not exist";
      case AccessDeniedException file -> file.getFile() + " may not be used by this user";
      case FileAlreadyExistsException file -> file.getFile() + " is something else already";
      case NotDirectoryException file -> file.getFile() + " is no folder";
      case FileSystemException file when file.getReason() != null ->
          file.getFile() + ": " + file.getReason();
      default -> String.valueOf(failure.getMessage());
    };
  }
}
