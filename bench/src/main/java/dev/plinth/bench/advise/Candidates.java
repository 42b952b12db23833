package dev.plinth.bench.advise;

import dev.plinth.bench.cell.Contestants;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.Engines;
import dev.plinth.spi.OptionSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The engines and options that come into question: every engine on the class path by its defaults,
/// and those settings that trade writes, reads and space in ways that matter.
final class Candidates {
  /// A set of options of one engine; left out where that engine is not there.
  private record Variant(String engine, String name, String meaning, Map<String, String> options) {
    /// Whether it is for range reads, and a burden without them.
    boolean isOrdered() {
      return options.containsKey("index");
    }
  }

  private static final List<Variant> VARIANTS =
      List.of(
          new Variant(
              "bitcask",
              "ordered",
              "with an ordered index beside the hash index, for range reads",
              Map.of("index", "ordered")),
          new Variant(
              "bitcask",
              "tight",
              "with files merged at three tenths of garbage: less space for more writes",
              Map.of("merge.garbage.min", "0.3")),
          new Variant(
              "bitcask",
              "ordered-tight",
              "with an ordered index, and files merged at three tenths of garbage",
              Map.of("index", "ordered", "merge.garbage.min", "0.3")),
          new Variant(
              "lsm-tiered",
              "lazy",
              "with one large run below the tiers: less space and faster range reads for more"
                  + " writes",
              Map.of("layout", "lazy-leveling")),
          new Variant(
              "jungle",
              "c2",
              "with tables compacted at twice their live bytes: less space for more writes",
              Map.of("space.factor", "2")),
          new Variant(
              "jungle",
              "c5",
              "with tables compacted at five times their live bytes: fewer writes for more space",
              Map.of("space.factor", "5")));

  private Candidates() {}

  /// All of them, sized for a demand.
  ///
  /// @param engines the names of engines to choose from; empty for every one that is there
  static List<Candidate> of(Demand demand, List<String> engines) {
    List<Candidate> all = new ArrayList<>();
    for (String engine : engines.isEmpty() ? Contestants.engines() : engines) {
      EngineProvider provider = Engines.provider(engine);
      all.add(candidate(provider, engine, engine, "", Map.of(), demand));
      for (Variant variant : VARIANTS) {
        if (variant.engine().equals(engine) && (demand.scans() > 0 || !variant.isOrdered())) {
          String label = engine + "@" + variant.name();
          String calls = variant.isOrdered() ? engine + "@ordered" : engine;
          all.add(candidate(provider, label, calls, variant.meaning(), variant.options(), demand));
        }
      }
    }
    return all;
  }

  private static Candidate candidate(
      EngineProvider provider,
      String label,
      String calls,
      String meaning,
      Map<String, String> options,
      Demand demand) {
    List<String> known = provider.options().stream().map(OptionSpec::name).toList();
    SortedMap<String, String> all = new TreeMap<>(Sizing.of(provider, demand));
    all.putAll(options);
    all.keySet().retainAll(known);
    return new Candidate(label, provider.name(), calls, meaning, all);
  }
}
