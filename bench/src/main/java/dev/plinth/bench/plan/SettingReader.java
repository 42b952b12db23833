package dev.plinth.bench.plan;

import dev.plinth.bench.cell.Contestant;
import dev.plinth.bench.cell.Contestants;
import dev.plinth.bench.trace.TraceState;
import dev.plinth.bench.trace.TraceSummary;
import dev.plinth.bench.workload.Mix;
import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.Engines;
import dev.plinth.spi.Names;
import dev.plinth.spi.Quantities;
import dev.plinth.spi.StorageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads settings as users write them: what was given, else the profile's, else the default.
final class SettingReader {
  private static final long HEAP_MIN = 16L << 20;
  private static final long BESIDE_HEAP_BYTES = 64L << 20;
  private static final String NONE = "none";
  private static final String ALL = "all";
  private static final String USUAL = "usual";
  private static final List<String> USUAL_PEERS = List.of("rocksdb-leveled", "lmdb");

  private final Map<Setting, String> preset;
  private final Map<Setting, String> given;

  /// @param preset what a profile sets
  SettingReader(Map<Setting, String> preset, Map<Setting, String> given) {
    this.preset = preset;
    this.given = given;
  }

  String text(Setting setting) {
    String text = given.get(setting);
    return text != null ? text.strip() : preset.getOrDefault(setting, setting.fallback());
  }

  <T> List<T> list(Setting setting, Function<String, T> parse) {
    List<T> values =
        Arrays.stream(text(setting).split(","))
            .map(String::strip)
            .filter(text -> !text.isEmpty())
            .map(parse)
            .distinct()
            .toList();
    if (values.isEmpty()) {
      throw new StorageException.InvalidConfiguration(
          "--" + setting.label() + " is empty; name at least one");
    }
    return values;
  }

  long whole(Setting setting, long min, long max) {
    return within(setting, text(setting), min, max);
  }

  List<Long> wholes(Setting setting, long min, long max) {
    return list(setting, text -> within(setting, text, min, max));
  }

  long nanos(Setting setting) {
    return Quantities.nanos("--" + setting.label(), text(setting));
  }

  boolean toggle(Setting setting) {
    return switch (text(setting)) {
      case "true", "on" -> true;
      case "false", "off" -> false;
      default ->
          throw new StorageException.InvalidConfiguration(
              setting.label() + " = " + text(setting) + ": true or false is expected");
    };
  }

  <E extends Enum<E>> E word(Setting setting, String text, Class<E> type) {
    List<String> known = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      String word = constant.name().toLowerCase(Locale.ROOT);
      if (word.equals(text)) {
        return constant;
      }
      known.add(word);
    }
    throw new StorageException.InvalidConfiguration(Names.unknown(setting.label(), text, known));
  }

  /// A number or a multiple of the keys.
  Amount amount(Setting setting) {
    return Amount.of("--" + setting.label(), text(setting));
  }

  /// The limit on memory in bytes; 0 for none.
  long memoryLimit() {
    String text = text(Setting.MEMORY_LIMIT);
    if (text.isEmpty()) {
      return 0;
    }
    long bytes = Quantities.bytes("--memory-limit", unit(text));
    long least = heapBytes() + BESIDE_HEAP_BYTES;
    if (bytes < least) {
      throw new StorageException.InvalidConfiguration(
          "--memory-limit = "
              + text
              + ": the heap of "
              + Quantities.bytesText((double) heapBytes())
              + " and the Java runtime need at least "
              + Quantities.bytesText((double) least)
              + "; raise it or lower --heap");
    }
    return bytes;
  }

  /// The largest heap, as the JVM's flag `-Xmx` wants it.
  String heap() {
    return (heapBytes() >> 20) + "m";
  }

  private long heapBytes() {
    String text = text(Setting.HEAP);
    long bytes = Quantities.bytes("--heap", unit(text));
    if (bytes < HEAP_MIN) {
      throw new StorageException.InvalidConfiguration(
          "--heap = " + text + ": at least 16MiB is needed");
    }
    return bytes;
  }

  /// Takes the units of JVM flags for what they mean.
  private static String unit(String text) {
    String unit = text.replaceFirst("(?<=[0-9])([mMgG])$", "$1iB").replace("miB", "MiB");
    return unit.replace("giB", "GiB");
  }

  /// Engines first, then peers.
  List<String> contestants() {
    List<String> names = new ArrayList<>();
    boolean enginesGiven = !text(Setting.ENGINES).isEmpty();
    if (enginesGiven) {
      list(Setting.ENGINES, SettingReader::engine).forEach(names::add);
    } else {
      names.addAll(Contestants.engines());
    }
    names.addAll(peers(enginesGiven));
    if (names.isEmpty()) {
      throw new StorageException.InvalidConfiguration(
          "no engine is on the class path; name some by --engines");
    }
    return names.stream().distinct().toList();
  }

  /// Without a word, the usual peers join a run of all engines, and none a run of chosen ones.
  private List<String> peers(boolean enginesGiven) {
    String peers = text(Setting.PEERS);
    List<String> present = Contestants.peers();
    boolean named = given.containsKey(Setting.PEERS);
    if (named && present.isEmpty() && (peers.equals(ALL) || peers.equals(USUAL))) {
      throw new StorageException.InvalidConfiguration(
          "--peers " + peers + ": no peer is on the class path; build with the profile peers");
    }
    if (peers.equals(NONE) || (enginesGiven && !named)) {
      return List.of();
    }
    return switch (peers) {
      case ALL -> present;
      case USUAL -> USUAL_PEERS.stream().filter(present::contains).toList();
      default -> list(Setting.PEERS, SettingReader::peer);
    };
  }

  /// The workloads; none where only phases were asked for.
  List<Workload> workloads() {
    return given.containsKey(Setting.PHASES) && !given.containsKey(Setting.WORKLOADS)
        ? List.of()
        : list(Setting.WORKLOADS, Workload::of);
  }

  /// The trace to replay, summed up.
  Matrix.@Nullable Trace trace(List<Workload> workloads) {
    String text = text(Setting.TRACE);
    boolean wanted = workloads.contains(Workload.REPLAY);
    if (text.isEmpty()) {
      if (wanted) {
        throw new StorageException.InvalidConfiguration(
            "the workload replay needs a trace; add --trace FILE");
      }
      return null;
    }
    Path file = Path.of(text).toAbsolutePath();
    if (!wanted || !Files.isRegularFile(file)) {
      throw new StorageException.InvalidConfiguration(
          wanted
              ? "--trace " + text + ": there is no such file; name one that exists"
              : "--trace is given, the workload replay is not; add it to --workloads");
    }
    if (!text(Setting.THREADS).equals("1")) {
      throw new StorageException.InvalidConfiguration(
          "a trace has one order and is replayed by one thread; leave --threads out");
    }
    TraceSummary summary = TraceState.of(file).summary();
    return new Matrix.Trace(
        file, summary.keys(), summary.operations(), Math.max(1, summary.valueBytesMax()));
  }

  /// The shares of the workload `mix`.
  @Nullable Mix mix(List<Workload> workloads, PhaseList phases) {
    String text = text(Setting.MIX);
    boolean wanted =
        workloads.contains(Workload.MIX)
            || phases.phases().stream().anyMatch(phase -> phase.workload() == Workload.MIX);
    if (wanted == text.isEmpty()) {
      throw new StorageException.InvalidConfiguration(
          wanted
              ? "the workload mix needs its shares; add --mix reads=50,updates=50 or the like"
              : "--mix is given, the workload mix is not; add it to --workloads");
    }
    return wanted ? Mix.of(text) : null;
  }

  @Nullable Path ingestDirectory(List<Workload> workloads) {
    String text = text(Setting.INGEST_DIR);
    boolean wanted = workloads.contains(Workload.INGEST);
    if (text.isEmpty()) {
      if (wanted) {
        throw new StorageException.InvalidConfiguration(
            "the workload ingest needs a folder to load; add --ingest-dir FOLDER");
      }
      return null;
    }
    if (!wanted) {
      throw new StorageException.InvalidConfiguration(
          "--ingest-dir is given, the workload ingest is not; add it to --workloads");
    }
    Path folder = Path.of(text).toAbsolutePath();
    if (!Files.isDirectory(folder)) {
      throw new StorageException.InvalidConfiguration(
          "--ingest-dir " + text + ": there is no such folder; name one that exists");
    }
    return folder;
  }

  private static String engine(String label) {
    Engines.provider(Contestant.of(label).engine());
    return label;
  }

  private static String peer(String label) {
    String name = Contestant.of(label).engine();
    if (!Contestants.peers().contains(name)) {
      throw new StorageException.InvalidConfiguration(
          Names.unknown("peer", name, Contestants.peers()));
    }
    return label;
  }

  private static long within(Setting setting, String text, long min, long max) {
    long value = Quantities.whole("--" + setting.label(), text);
    if (value < min || value > max) {
      throw new StorageException.InvalidConfiguration(
          "--" + setting.label() + " = " + text + ": " + min + " to " + max + " is possible");
    }
    return value;
  }
}
