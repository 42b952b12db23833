package dev.plinth.bench.cell;

import dev.plinth.bench.noop.NoopEngineProvider;
import dev.plinth.bench.oracle.OracleEngineProvider;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.Engines;
import java.util.List;
import java.util.Set;

/// The engines on the class path, sorted by what they are to a comparison.
public final class Contestants {
  /// They show what the bench costs and what memory alone can do: nobody competes with them.
  private static final Set<String> BOUNDS =
      Set.of(NoopEngineProvider.NAME, OracleEngineProvider.NAME);

  private Contestants() {}

  /// The names of the engines that a run compares when it is not told which.
  public static List<String> engines() {
    return Engines.names().stream()
        .filter(name -> !BOUNDS.contains(name) && !isPeer(name))
        .toList();
  }

  /// The names of the foreign stores that engines can be compared with here.
  public static List<String> peers() {
    return Engines.names().stream().filter(Contestants::isPeer).toList();
  }

  /// Whether an engine is a foreign store behind the same interface.
  public static boolean isPeer(String name) {
    return isPeer(Engines.provider(name));
  }

  /// Whether a provider gives a foreign store.
  static boolean isPeer(EngineProvider provider) {
    return provider.foreign() && !BOUNDS.contains(provider.name());
  }
}
