package dev.plinth.bench.machine;

import dev.plinth.bench.result.Machine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Finds out on what machine a run happens.
public final class MachineProbe {
  private MachineProbe() {}

  /// The machine, and the file system that holds a folder.
  ///
  /// @param syncMicrosP50 see [Machine]
  public static Machine of(Path folder, double syncMicrosP50) {
    Long memory = ProcFile.read(ProcFile.MEMORY).bytes("MemTotal");
    return new Machine(
        cpu(),
        Runtime.getRuntime().availableProcessors(),
        memory == null ? Runtime.getRuntime().maxMemory() : memory,
        System.getProperty("os.name") + " " + System.getProperty("os.version"),
        System.getProperty("java.vendor") + " " + Runtime.version(),
        filesystem(folder),
        syncMicrosP50);
  }

  private static String filesystem(Path folder) {
    try {
      return Files.getFileStore(folder).type();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String cpu() {
    Path file = Path.of("/proc/cpuinfo");
    try {
      for (String line : Files.readAllLines(file)) {
        if (line.startsWith("model name")) {
          return line.substring(line.indexOf(':') + 1).strip();
        }
      }
    } catch (IOException e) {
      return System.getProperty("os.arch");
    }
    return System.getProperty("os.arch");
  }
}
