package dev.plinth.bench.advise;

import dev.plinth.bench.result.Row;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the trial of one candidate gave; medians over its repetitions. What was not measured is
/// null.
///
/// @param label the candidate
/// @param nanos time per operation, with what the models add for the device: the score
/// @param spread half of the distance between the fastest and the slowest repetition, over the
///   median
/// @param p99Nanos how long 99 of 100 operations took at most
/// @param writeOs bytes that the system wrote per byte of keys and values
/// @param space bytes on disk per live byte, settled
/// @param memoryBytes the most anonymous memory of its process, the Java heap included
/// @param obstacle why it is out of the question now; empty when it is not
public record Tried(
    String label,
    @Nullable Double nanos,
    double spread,
    @Nullable Double p99Nanos,
    @Nullable Double writeOs,
    @Nullable Double space,
    @Nullable Double memoryBytes,
    String obstacle) {

  /// Judges the row of a candidate.
  ///
  /// @param row its repetitions; null when it has none
  /// @param trouble why it has none
  static Tried of(
      Demand demand, Estimate estimate, Trial trial, @Nullable Row row, String trouble) {
    String label = estimate.candidate().label();
    Row.Figure rate = row == null ? null : row.figures().get("ops_per_second");
    if (row == null || rate == null) {
      return new Tried(label, null, 0, null, null, null, null, "it was not measured: " + trouble);
    }
    Double p99 = figure(row, "latency_nanos.p99");
    Double space = figure(row, "amplification.space");
    double cold = trial.limited() ? 0 : estimate.coldNanos() / demand.threads();
    String obstacle = "";
    if (demand.p99NanosMax() > 0 && p99 != null && p99 > demand.p99NanosMax()) {
      obstacle = "99 of 100 operations took up to " + Words.nanos(p99);
    } else if (demand.spaceBytesMax() > 0
        && space != null
        && space * demand.liveBytes() > demand.spaceBytesMax()) {
      obstacle = "it took " + Words.number(space) + " times the live bytes on disk";
    }
    return new Tried(
        label,
        1e9 / rate.median() + cold,
        rate.spread(),
        p99,
        figure(row, "amplification.write_os"),
        space,
        figure(row, "memory.anonymous_peak_bytes"),
        obstacle);
  }

  /// Whether it was measured and keeps every limit.
  public boolean fits() {
    return obstacle.isEmpty() && nanos != null;
  }

  /// The time per operation; infinite when it was not measured.
  double score() {
    return nanos == null ? Double.POSITIVE_INFINITY : nanos;
  }

  private static @Nullable Double figure(Row row, String name) {
    Row.Figure figure = row.figures().get(name);
    return figure == null ? null : figure.median();
  }

  /// The fastest that keeps every limit; null where none does.
  static @Nullable Tried best(List<Tried> all) {
    return all.stream()
        .filter(Tried::fits)
        .min(Comparator.comparingDouble(Tried::score))
        .orElse(null);
  }
}
