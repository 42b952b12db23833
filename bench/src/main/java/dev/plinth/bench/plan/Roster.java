package dev.plinth.bench.plan;

import dev.plinth.bench.cell.Contestant;
import dev.plinth.spi.Engines;
import dev.plinth.spi.StorageException;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// Gives each contestant its options: those of its engine, and those of its variant, which win.
final class Roster {
  private Roster() {}

  /// @param labels `ENGINE` or `ENGINE@VARIANT`
  /// @param options option texts by such labels and by name
  /// @throws StorageException.InvalidConfiguration for options of an engine that is not measured,
  ///   and for unknown or malformed options
  static List<Contestant> of(List<String> labels, Map<String, SortedMap<String, String>> options) {
    List<Contestant> contestants = labels.stream().map(Contestant::of).toList();
    options.forEach((label, given) -> require(label, given, contestants, labels));
    return contestants.stream()
        .map(contestant -> contestant.with(own(contestant, options)))
        .toList();
  }

  private static void require(
      String label,
      SortedMap<String, String> given,
      List<Contestant> contestants,
      List<String> labels) {
    Engines.options(Engines.provider(Contestant.of(label).engine()), given);
    if (contestants.stream()
        .noneMatch(one -> one.label().equals(label) || one.engine().equals(label))) {
      throw new StorageException.InvalidConfiguration(
          "an option is given for "
              + label
              + ", which is not measured; measured: "
              + String.join(", ", labels));
    }
  }

  private static SortedMap<String, String> own(
      Contestant contestant, Map<String, SortedMap<String, String>> options) {
    SortedMap<String, String> own =
        new TreeMap<>(options.getOrDefault(contestant.engine(), new TreeMap<>()));
    own.putAll(options.getOrDefault(contestant.label(), new TreeMap<>()));
    return own;
  }
}
