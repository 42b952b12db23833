package dev.plinth.cli;

import dev.plinth.spi.Engine;
import dev.plinth.spi.Engines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// The main class of a process that keeps a store open until its standard input ends.
final class HeldStore {
  private HeldStore() {}

  /// Opens the bitcask in the directory that the first argument names.
  public static void main(String[] args) throws IOException {
    try (Engine engine = Engines.open(Path.of(args[0]), Map.of(Engines.ENGINE_KEY, "bitcask"))) {
      System.out.println("open " + engine.sequence());
      while (System.in.read() >= 0) {
        // Only the end counts.
      }
    }
  }
}
