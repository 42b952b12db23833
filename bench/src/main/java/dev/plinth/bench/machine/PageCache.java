package dev.plinth.bench.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Takes files out of the page cache, so that reading them goes to the device again. Only what was
/// synced before can go; what this process maps is unmapped from its page tables first. Linux only.
public final class PageCache {
  private static final int DROP = 4;
  private static final Path MAPS = Path.of("/proc/self/maps");

  private static final @Nullable MethodHandle ADVISE_FILE =
      NativeFiles.find(
          "posix_fadvise",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT));
  private static final @Nullable MethodHandle ADVISE_MEMORY =
      NativeFiles.find(
          "madvise",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT));

  private PageCache() {}

  /// Whether this system can do it.
  public static boolean canDrop() {
    return ADVISE_FILE != null && ADVISE_MEMORY != null;
  }

  /// Drops all files below a folder.
  ///
  /// @return whether that was possible
  public static boolean drop(Path folder) {
    MethodHandle advise = ADVISE_FILE;
    if (advise == null) {
      return false;
    }
    unmapPages(folder);
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        NativeFiles.withDescriptor(
            file,
            descriptor -> {
              int _ = (int) advise.invokeExact(descriptor, 0L, 0L, DROP);
            });
      }
      return true;
    } catch (NoSuchFileException e) {
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Forgets the page table entries of shared mappings of files below a folder: the pages stay in
  /// the cache, but nothing keeps them there. Their content does not change.
  private static void unmapPages(Path folder) {
    MethodHandle advise = ADVISE_MEMORY;
    if (advise == null) {
      return;
    }
    String prefix = folder.toAbsolutePath() + "/";
    for (String line : maps()) {
      String[] words = line.split(" +", 6);
      if (words.length == 6 && words[1].endsWith("s") && words[5].startsWith(prefix)) {
        String[] bounds = words[0].split("-", 2);
        long from = Long.parseUnsignedLong(bounds[0].toLowerCase(Locale.ROOT), 16);
        long to = Long.parseUnsignedLong(bounds[1].toLowerCase(Locale.ROOT), 16);
        try {
          int _ = (int) advise.invokeExact(MemorySegment.ofAddress(from), to - from, DROP);
        } catch (Throwable e) {
          throw new IllegalStateException("madvise cannot be called", e);
        }
      }
    }
  }

  private static List<String> maps() {
    try {
      return Files.readAllLines(MAPS);
    } catch (IOException e) {
      return List.of();
    }
  }
}
