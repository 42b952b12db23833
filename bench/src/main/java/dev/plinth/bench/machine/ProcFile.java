package dev.plinth.bench.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What Linux tells in files of the form `name: number`, one a line.
public final class ProcFile {
  /// This process: memory.
  public static final Path STATUS = Path.of("/proc/self/status");

  /// This process: bytes read and written.
  public static final Path IO = Path.of("/proc/self/io");

  /// The machine's memory.
  public static final Path MEMORY = Path.of("/proc/meminfo");

  private final String text;

  private ProcFile(String text) {
    this.text = text;
  }

  /// Reads such a file; one that tells nothing where it does not exist.
  public static ProcFile read(Path file) {
    try {
      return new ProcFile(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
    } catch (IOException e) {
      return new ProcFile("");
    }
  }

  /// A number in bytes (`kB` is taken into account); null when the file does not tell.
  public @Nullable Long bytes(String name) {
    String start = name + ":";
    for (String line : text.lines().toList()) {
      if (line.startsWith(start)) {
        String value = line.substring(start.length()).strip();
        return value.endsWith("kB")
            ? Long.parseLong(value.substring(0, value.length() - 2).strip()) << 10
            : Long.parseLong(value);
      }
    }
    return null;
  }

  /// Forgets the peak of resident memory of this process, so that it counts from now on.
  ///
  /// @return whether the system does that
  public static boolean resetPeakResident() {
    try {
      Files.writeString(Path.of("/proc/self/clear_refs"), "5");
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
