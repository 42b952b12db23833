package dev.plinth.bench.report;

import dev.plinth.bench.result.Cell;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A figure that tables show, with the way to read it from a cell and to write it.
@SuppressWarnings("ImmutableEnumChecker") // Its functions hold no state.
enum Column {
  RATE("ops/s", "ops_per_second", Use.BOTH, Better.HIGHER, Cell::opsPerSecond, Notation::count),
  P50(
      "p50",
      "latency_nanos.p50",
      Use.BOTH,
      Better.LOWER,
      cell -> latency(cell, Cell.Latency::p50),
      Notation::nanos),
  P99(
      "p99",
      "latency_nanos.p99",
      Use.BOTH,
      Better.LOWER,
      cell -> latency(cell, Cell.Latency::p99),
      Notation::nanos),
  P999(
      "p99.9",
      "latency_nanos.p999",
      Use.BOTH,
      Better.LOWER,
      cell -> latency(cell, Cell.Latency::p999),
      Notation::nanos),
  STALL(
      "stall",
      "longest_stall_nanos",
      Use.BOTH,
      Better.LOWER,
      cell -> number(cell.longestStallNanos()),
      Notation::nanos),
  WRITE(
      "WA",
      "amplification.write",
      Use.WRITES,
      Better.NONE,
      amplification(a -> a.write()),
      Notation::number),
  WRITE_PREDICTED(
      "WA model",
      "predicted.write",
      Use.WRITES,
      Better.NONE,
      cell -> cell.predicted() == null ? null : cell.predicted().write(),
      Notation::number),
  WRITE_OS(
      "WA os",
      "amplification.write_os",
      Use.WRITES,
      Better.LOWER,
      amplification(a -> a.writeOs()),
      Notation::number),
  BLOCKS(
      "blocks/op",
      "amplification.read_blocks",
      Use.READS,
      Better.LOWER,
      amplification(a -> a.readBlocks()),
      Notation::number),
  READ_BYTES(
      "RA bytes",
      "amplification.read_bytes",
      Use.READS,
      Better.LOWER,
      amplification(a -> a.readBytes()),
      Notation::number),
  SPACE(
      "SA",
      "amplification.space",
      Use.BOTH,
      Better.LOWER,
      amplification(a -> a.space()),
      Notation::number),
  SPACE_MAX(
      "SA max",
      "amplification.space_max",
      Use.WRITES,
      Better.LOWER,
      amplification(a -> a.spaceMax()),
      Notation::number),
  ANONYMOUS(
      "memory",
      "memory.anonymous_peak_bytes",
      Use.BOTH,
      Better.LOWER,
      cell -> cell.memory() == null ? null : number(cell.memory().anonymousPeakBytes()),
      Notation::bytes),
  INDEX(
      "index B/key",
      "memory.index_bytes_per_key",
      Use.READS,
      Better.NONE,
      cell -> cell.memory() == null ? null : cell.memory().indexBytesPerKey(),
      Notation::number);

  private enum Use {
    BOTH,
    WRITES,
    READS
  }

  private enum Better {
    HIGHER,
    LOWER,
    NONE
  }

  private final String label;
  private final String key;
  private final Use use;
  private final Better better;
  private final Function<Cell, @Nullable Double> value;
  private final DoubleFunction<String> notation;

  Column(
      String label,
      String key,
      Use use,
      Better better,
      Function<Cell, @Nullable Double> value,
      DoubleFunction<String> notation) {
    this.label = label;
    this.key = key;
    this.use = use;
    this.better = better;
    this.value = value;
    this.notation = notation;
  }

  /// The columns of a table on a task.
  static List<Column> of(Task task) {
    Use wanted = task.writes() ? Use.WRITES : Use.READS;
    return Arrays.stream(values())
        .filter(column -> column.use == Use.BOTH || column.use == wanted)
        .toList();
  }

  /// Its head.
  String label() {
    return label;
  }

  /// Its name in `results.json`.
  String key() {
    return key;
  }

  /// The median over repetitions; null when no repetition measured it.
  @Nullable Double median(List<Cell> cells) {
    double[] sorted = sorted(cells);
    if (sorted.length == 0) {
      return null;
    }
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /// Half of the distance between the largest and the smallest repetition, over the median: 0 for
  /// one repetition.
  double spread(List<Cell> cells) {
    double[] sorted = sorted(cells);
    Double median = median(cells);
    return median == null || median == 0
        ? 0
        : (sorted[sorted.length - 1] - sorted[0]) / 2 / Math.abs(median);
  }

  /// The median as text; a hyphen when it was not measured.
  String text(List<Cell> cells) {
    Double median = median(cells);
    if (median == null) {
      return "-";
    }
    double spread = spread(cells);
    String text = notation.apply(median);
    return spread < 0.005 ? text : text + " ±" + Math.round(spread * 100) + "%";
  }

  /// Whether a row has the best figure of several that differ.
  boolean isBest(Task.Row row, List<Task.Row> rows) {
    Double mine = median(row.measured());
    if (mine == null || better == Better.NONE || Bounds.isBound(row.engine())) {
      return false;
    }
    List<Double> all =
        rows.stream()
            .filter(other -> !Bounds.isBound(other.engine()))
            .map(other -> median(other.measured()))
            .filter(Objects::nonNull)
            .toList();
    if (all.stream().distinct().count() < 2) {
      return false;
    }
    double best =
        better == Better.HIGHER
            ? all.stream().mapToDouble(Double::doubleValue).max().orElseThrow()
            : all.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
    return mine == best;
  }

  /// The figure of one cell.
  @Nullable Double value(Cell cell) {
    return value.apply(cell);
  }

  /// The figures of all repetitions that have one, ascending.
  double[] sorted(List<Cell> cells) {
    return cells.stream()
        .map(value)
        .filter(Objects::nonNull)
        .mapToDouble(Double::doubleValue)
        .sorted()
        .toArray();
  }

  private static Function<Cell, @Nullable Double> amplification(
      Function<Cell.Amplification, @Nullable Double> part) {
    return cell -> cell.amplification() == null ? null : part.apply(cell.amplification());
  }

  private static @Nullable Double latency(Cell cell, Function<Cell.Latency, Long> part) {
    return cell.latencyNanos() == null ? null : number(part.apply(cell.latencyNanos()));
  }

  private static @Nullable Double number(@Nullable Long value) {
    return value == null ? null : Double.valueOf(value);
  }
}
