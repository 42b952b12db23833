package dev.plinth.bench.micro;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/// Starts JMH on the benchmarks of this package.
public final class Micro {
  private Micro() {}

  /// Runs what the arguments ask for; they are JMH's own.
  ///
  /// @return the exit code
  public static int run(List<String> arguments) {
    try {
      org.openjdk.jmh.Main.main(arguments.toArray(String[]::new));
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
