package dev.plinth.bench.report;

import dev.plinth.bench.oracle.OracleEngineProvider;
import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.RawLimits;
import dev.plinth.bench.result.Run;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/// The results in sentences that need no other knowledge.
public final class Summary {
  private static final String REFERENCE = "rocksdb-leveled";

  private static final double ALIKE = 0.1;

  private final Run run;
  private final Map<Task, List<Task.Row>> tasks;

  private Summary(Run run) {
    this.run = run;
    this.tasks = Task.of(run.cells());
  }

  /// The sentences.
  public static List<String> of(Run run) {
    Summary summary = new Summary(run);
    List<String> lines = new ArrayList<>(Answers.of(summary.tasks));
    summary.tasks.forEach((task, rows) -> summary.winner(task, rows).ifPresent(lines::add));
    lines.addAll(summary.comparisons());
    lines.add(summary.correctness());
    summary.ledger().ifPresent(lines::add);
    summary.limits().ifPresent(lines::add);
    return lines;
  }

  private Optional<String> winner(Task task, List<Task.Row> rows) {
    List<Task.Row> ranked =
        rows.stream()
            .filter(row -> Column.RATE.median(row.measured()) != null)
            .filter(row -> !Bounds.isBound(row.engine()))
            .sorted(Comparator.comparingDouble(row -> -rate(row)))
            .toList();
    if (ranked.size() < 2) {
      return Optional.empty();
    }
    Task.Row first = ranked.getFirst();
    Task.Row second = ranked.get(1);
    double factor = rate(first) / rate(second);
    String sentence =
        task.workload()
            + context(task)
            + ": "
            + first.engine()
            + " is fastest with "
            + Notation.count(rate(first))
            + " operations a second, "
            + (factor < 1 + ALIKE
                ? "about as many as " + second.engine()
                : Notation.times(factor) + " as many as " + second.engine())
            + bound(rows, first)
            + ".";
    return Optional.of(sentence);
  }

  /// What memory alone reaches, beside the winner.
  private static String bound(List<Task.Row> rows, Task.Row first) {
    return rows.stream()
        .filter(row -> row.engine().equals(OracleEngineProvider.NAME))
        .filter(row -> rate(row) > 0)
        .map(
            row ->
                "; a sorted map in memory, which makes nothing durable, has "
                    + Notation.times(rate(row) / rate(first))
                    + " its rate")
        .findFirst()
        .orElse("");
  }

  private String context(Task task) {
    boolean others =
        tasks.keySet().stream()
            .anyMatch(other -> !other.equals(task) && other.workload().equals(task.workload()));
    return others
        ? " ("
            + Notation.whole(task.valueBytes())
            + " B values, "
            + task.threads()
            + (task.threads() == 1 ? " thread, " : " threads, ")
            + task.durability()
            + ")"
        : "";
  }

  /// Each engine against the reference: what it writes, reads and occupies.
  private List<String> comparisons() {
    List<String> engines =
        run.cells().stream()
            .filter(Cell::isOk)
            .map(Cell::contestant)
            .filter(engine -> !Bounds.isBound(engine))
            .distinct()
            .toList();
    String reference =
        engines.contains(REFERENCE) ? REFERENCE : engines.isEmpty() ? "" : engines.getFirst();
    List<String> lines = new ArrayList<>();
    for (String engine : engines) {
      if (!engine.equals(reference)) {
        comparison(engine, reference).ifPresent(lines::add);
      }
    }
    return lines;
  }

  private Optional<String> comparison(String engine, String reference) {
    List<String> parts = new ArrayList<>();
    Double writes = ratio(engine, reference, "overwrite", Column.WRITE_OS);
    if (writes == null) {
      writes = ratio(engine, reference, "fillrandom", Column.WRITE_OS);
    }
    if (writes != null) {
      parts.add(
          "writes "
              + Notation.number(writes)
              + " bytes for each byte that "
              + reference
              + " writes");
    }
    Double reads = ratio(engine, reference, "readrandom", Column.RATE);
    if (reads != null) {
      parts.add(
          Math.abs(reads - 1) < ALIKE
              ? "reads about as fast"
              : "reads at " + Notation.times(reads) + " its rate");
    }
    Double space = ratio(engine, reference, "readrandom", Column.SPACE);
    if (space != null) {
      parts.add("takes " + Notation.times(space) + " the space");
    }
    return parts.isEmpty()
        ? Optional.empty()
        : Optional.of(engine + " " + String.join(", ", parts) + ".");
  }

  private @Nullable Double ratio(String engine, String reference, String workload, Column column) {
    for (Map.Entry<Task, List<Task.Row>> entry : tasks.entrySet()) {
      if (entry.getKey().workload().equals(workload)) {
        Double mine = figure(entry.getValue(), engine, column);
        Double other = figure(entry.getValue(), reference, column);
        if (mine != null && other != null && other > 0) {
          return mine / other;
        }
      }
    }
    return null;
  }

  private static @Nullable Double figure(List<Task.Row> rows, String engine, Column column) {
    return rows.stream()
        .filter(row -> row.engine().equals(engine))
        .map(row -> column.median(row.measured()))
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }

  private String correctness() {
    long ok = run.cells().stream().filter(Cell::isOk).count();
    long checked = run.cells().stream().filter(c -> c.isOk() && c.digest() != null).count();
    long failed = run.cells().stream().filter(c -> c.status().equals(Cell.FAILED)).count();
    long skipped = run.cells().stream().filter(c -> c.status().equals(Cell.SKIPPED)).count();
    return Notation.whole(ok)
        + " cells were measured, "
        + skipped
        + " skipped, "
        + failed
        + " failed; in "
        + checked
        + " of them the content of the store was compared with what the seed demands, and was"
        + " exactly that.";
  }

  private Optional<String> ledger() {
    OptionalDouble worst =
        run.cells().stream()
            .map(cell -> cell.details() == null ? null : cell.details().ledgerDifference())
            .filter(Objects::nonNull)
            .mapToDouble(Double::doubleValue)
            .map(Math::abs)
            .max();
    return worst.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "Where an engine counts its own bytes, that count and the bytes passed to write calls"
                + " differ by at most "
                + Notation.number(worst.getAsDouble() * 100)
                + " %.");
  }

  private Optional<String> limits() {
    RawLimits limits = run.limits();
    return limits == null
        ? Optional.empty()
        : Optional.of(
            "The machine itself: a sync of 4 KiB takes "
                + Notation.nanos(limits.syncGrowingMicrosP50() * 1000)
                + " at the end of a growing file and "
                + Notation.nanos(limits.syncPreallocatedMicrosP50() * 1000)
                + " in blocks that were written before; large writes run at "
                + Notation.bytes(limits.sequentialWriteBytesPerSecond())
                + " a second; one thread can look up a key in a hash table and copy 128 bytes from"
                + " a mapped file "
                + Notation.count(limits.hashCopyOperationsPerSecond())
                + " times a second"
                + chained(limits)
                + ".");
  }

  private static String chained(RawLimits limits) {
    Double each = limits.hashCopyChainedOperationsPerSecond();
    return each == null
        ? ""
        : ", or "
            + Notation.count(each)
            + " times when each begins only after the one before has ended, as single calls do";
  }

  /// The median of its operations a second; 0 where none was measured.
  static double rate(Task.Row row) {
    Double rate = Column.RATE.median(row.measured());
    return rate == null ? 0 : rate;
  }
}
