package dev.plinth.bench.advise;

import dev.plinth.bench.plan.Setting;
import dev.plinth.bench.workload.Keys;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.Engines;
import dev.plinth.spi.Quantities;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What is run to try candidates: one cell of the bench for each and repetition, smaller than the
/// demand, with buffers, levels and files as much smaller.
///
/// @param settings what the bench is told
/// @param options the options of each candidate by its label, scaled
/// @param scale how large the trial is, 1 for as large as the demand
/// @param limited whether memory was limited as well
/// @param words what is run, in words
/// @param doubts what the trial cannot show, in words
record Trial(
    Map<Setting, String> settings,
    Map<String, SortedMap<String, String>> options,
    double scale,
    boolean limited,
    String words,
    List<String> doubts) {
  private static final double DATA_BYTES = 48L << 20;
  private static final long KEYS_MIN = 20_000;
  private static final double CELL_NANOS = 1.5e9;
  private static final long OPERATIONS_MIN = 2_000;
  private static final int OPERATIONS_PER_KEY = 4;
  private static final long WARM_UP = 50_000;
  private static final int INSERTING_KEYS_MIN = 1_000;
  private static final double INSERTS_PER_KEY = 0.45;
  private static final double LIMIT_BYTES_MIN = 128L << 20;
  private static final String LIMITED_HEAP = "64MiB";

  /// How large a trial is to be.
  ///
  /// @param keys how many keys; 0 for as many as make cells of a few seconds
  /// @param repeat how often each cell is measured
  record Size(long keys, int repeat) {}

  /// A trial of a described workload.
  static Trial of(Demand demand, List<Estimate> tried, Size size) {
    long fitting = (long) Math.max(KEYS_MIN, DATA_BYTES / Math.max(1, demand.recordBytes()));
    long asked = size.keys() > 0 ? size.keys() : fitting;
    long least = Math.max(demand.inserts() > 0 ? INSERTING_KEYS_MIN : 1, demand.threads());
    long keys = Math.max(least, Math.min(asked, demand.keys()));
    double nanos = tried.stream().mapToDouble(Estimate::nanos).average().orElse(1000);
    double operations =
        Math.clamp(CELL_NANOS / nanos, OPERATIONS_MIN, (double) keys * OPERATIONS_PER_KEY);
    if (demand.inserts() > 0) {
      operations = Math.min(operations, keys * INSERTS_PER_KEY / demand.inserts());
    }
    long count = (long) Math.max(1, operations);
    List<String> doubts = new ArrayList<>();
    Map<Setting, String> settings = new EnumMap<>(Setting.class);
    settings.put(Setting.WORKLOADS, "mix");
    settings.put(Setting.MIX, demand.mix().label());
    settings.put(Setting.KEYS, Long.toString(keys));
    settings.put(Setting.OPERATIONS, Long.toString(count));
    settings.put(Setting.WARM_UP, Long.toString(WARM_UP));
    settings.put(Setting.KEY_ORDER, word(demand.order()));
    settings.put(Setting.THREADS, Integer.toString(demand.threads()));
    settings.put(Setting.VALUE_BYTES, Long.toString(valueBytes(demand)));
    if (demand.keyBytes() != Keys.BYTES) {
      doubts.add(
          "the trial's keys have "
              + Keys.BYTES
              + " bytes and its values so many more or fewer that records are as large");
    }
    String words =
        String.format(
            Locale.ROOT,
            "%,d keys (%s of yours), %,d operations, %d repetition%s",
            keys,
            Words.percent(keys / (double) demand.keys()),
            count,
            size.repeat(),
            size.repeat() == 1 ? "" : "s");
    return finished(demand, tried, size, settings, keys / (double) demand.keys(), words, doubts);
  }

  /// A trial that replays a trace.
  ///
  /// @param traced how many keys the trace touches
  static Trial of(Demand demand, List<Estimate> tried, Size size, Path trace, long traced) {
    Map<Setting, String> settings = new EnumMap<>(Setting.class);
    settings.put(Setting.WORKLOADS, "replay");
    settings.put(Setting.TRACE, trace.toString());
    List<String> doubts = new ArrayList<>();
    doubts.add("one thread replays a trace, as fast as it can");
    String words =
        String.format(
            Locale.ROOT,
            "the trace, which touches %,d keys (%s of yours), %d repetition%s",
            traced,
            Words.percent(traced / (double) demand.keys()),
            size.repeat(),
            size.repeat() == 1 ? "" : "s");
    return finished(demand, tried, size, settings, traced / (double) demand.keys(), words, doubts);
  }

  private static Trial finished(
      Demand demand,
      List<Estimate> tried,
      Size size,
      Map<Setting, String> settings,
      double share,
      String words,
      List<String> doubts) {
    double scale = Math.min(1, share);
    Map<String, SortedMap<String, String>> options = new TreeMap<>();
    List<String> labels = new ArrayList<>();
    for (Estimate estimate : tried) {
      Candidate candidate = estimate.candidate();
      EngineProvider provider = Engines.provider(candidate.engine());
      SortedMap<String, String> own = new TreeMap<>(candidate.options());
      if (scale < 1) {
        own.putAll(Sizing.scaled(provider, Engines.options(provider, candidate.options()), scale));
      }
      options.put(candidate.label(), own);
      labels.add(candidate.label());
    }
    settings.put(Setting.ENGINES, String.join(",", labels));
    settings.put(Setting.DURABILITY, word(demand.durability()));
    settings.put(Setting.REPEAT, Integer.toString(size.repeat()));
    boolean cold = tried.stream().anyMatch(estimate -> estimate.coldNanos() > 0);
    String limit = cold ? limit(demand.memoryBytes() * scale, doubts) : null;
    if (limit != null) {
      settings.put(Setting.MEMORY_LIMIT, limit);
      settings.put(Setting.HEAP, LIMITED_HEAP);
    }
    if (scale < 1) {
      doubts.add(
          "buffers, levels and files were made smaller as the store was, but not below what makes"
              + " syncing small files all there is to measure; what further levels cost at your"
              + " size is the models' word");
    }
    if (size.repeat() == 1) {
      doubts.add("one repetition shows no spread; take differences below a fifth for none");
    }
    return new Trial(settings, options, scale, limit != null, words, List.copyOf(doubts));
  }

  /// The limit on memory, where a process can live with it.
  private static @Nullable String limit(double bytes, List<String> doubts) {
    if (bytes >= LIMIT_BYTES_MIN) {
      return Long.toString((long) bytes);
    }
    doubts.add(
        "your store does not fit into its memory; a trial with as short a memory ("
            + Quantities.bytesText(bytes)
            + ") leaves no room for the process, so what waits for the device is added by the"
            + " models");
    return null;
  }

  /// So that records are as large as asked for.
  private static long valueBytes(Demand demand) {
    return Math.max(0, demand.keyBytes() + (long) demand.valueBytes() - Keys.BYTES);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
