package dev.plinth.bench.cell;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// What the bench does with the files of a store that is not open.
public final class StoreFiles {
  private static final int BUFFER_BYTES = 1 << 20;

  private StoreFiles() {}

  /// Deletes a folder with everything in it; nothing when there is none.
  public static void delete(Path folder) {
    try {
      for (Path path : below(folder).reversed()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Copies a store. Holes stay holes where the copying program of the system can do that.
  ///
  /// @param to must not exist
  public static void copy(Path from, Path to) {
    try {
      if (Files.isExecutable(Path.of("/bin/cp"))) {
        Process copying =
            new ProcessBuilder("/bin/cp", "-a", from.toString(), to.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(copying.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (copying.waitFor() == 0) {
          return;
        }
        throw new IOException("the store cannot be copied: " + said.strip());
      }
      for (Path path : below(from)) {
        Files.copy(path, to.resolve(from.relativize(path)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a store was copied", e);
    }
  }

  /// Reads the files of a store once, so that they are in the page cache.
  ///
  /// @param bytesMax not more than so much
  static void readAll(Path folder, long bytesMax) {
    byte[] buffer = new byte[BUFFER_BYTES];
    long left = bytesMax;
    try {
      for (Path path : below(folder)) {
        if (left > 0 && Files.isRegularFile(path)) {
          try (InputStream in = Files.newInputStream(path)) {
            int count = in.read(buffer);
            while (count >= 0 && left > 0) {
              left -= count;
              count = in.read(buffer);
            }
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> below(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.sorted(Comparator.naturalOrder()).toList();
    } catch (NoSuchFileException e) {
      return List.of();
    }
  }
}
