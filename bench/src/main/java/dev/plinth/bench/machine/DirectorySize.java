package dev.plinth.bench.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/// How much of a disk a folder takes: allocated blocks where the system tells, file sizes
/// otherwise. Files that vanish meanwhile count nothing.
public final class DirectorySize {
  private DirectorySize() {}

  /// Bytes of all files below a folder; 0 when there is none.
  public static long bytes(Path folder) {
    long sum = 0;
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        sum += Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS) ? bytes(entry) : file(entry);
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return sum;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return sum;
  }

  private static long file(Path file) throws IOException {
    long allocated = NativeFiles.allocatedBytes(file);
    if (allocated >= 0) {
      return allocated;
    }
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      return 0;
    }
  }
}
