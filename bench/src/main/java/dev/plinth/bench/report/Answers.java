package dev.plinth.bench.report;

import dev.plinth.bench.workload.Mix;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// Which store for which purpose, on the machine of the run. Each purpose has one score: the
/// geometric mean, over its tasks, of a store's operations a second over those of the fastest.
/// Stores that were not measured on all of its tasks are left out, and so are bounds.
final class Answers {
  private static final double ALIKE = 0.1;
  private static final double MIX_HEAVY = 0.8;
  private static final int HUNDRED = 100;

  /// What somebody wants a store for.
  ///
  /// @param words its name
  /// @param tasks what measures it
  /// @param command how to measure it; what is joined by `bench merge` stands in one report
  private record Purpose(String words, Predicate<Task> tasks, String command) {}

  private static final List<Purpose> PURPOSES =
      List.of(
          new Purpose("write-heavy", roomy(Answers::writes), "--workloads overwrite"),
          new Purpose("read-heavy", roomy(Answers::reads), "--workloads readrandom"),
          new Purpose("scan-heavy", roomy(Answers::scans), "--workloads seekrandom,scan"),
          new Purpose(
              "a Raft log", task -> task.workload().equals("raftlog"), "raft-bench raftlog"),
          new Purpose(
              "a Raft state machine",
              task -> task.workload().equals("raftapply") && task.durability().equals("buffered"),
              "raft-bench raftapply"),
          new Purpose(
              "small memory",
              task -> task.params().memoryLimitBytes() > 0,
              "--memory-limit 256MiB --heap 64MiB"));

  private final Map<Task, List<Task.Row>> tasks;

  private Answers(Map<Task, List<Task.Row>> tasks) {
    this.tasks = tasks;
  }

  /// A sentence for each purpose that was measured on two stores at least, and one that says what
  /// was not.
  static List<String> of(Map<Task, List<Task.Row>> tasks) {
    Answers answers = new Answers(tasks);
    List<String> lines = new ArrayList<>();
    List<String> open = new ArrayList<>();
    for (Purpose purpose : PURPOSES) {
      String answer = answers.answer(purpose);
      if (answer == null) {
        open.add(purpose.words() + " (" + purpose.command() + ")");
      } else {
        lines.add(answer);
      }
    }
    if (!open.isEmpty()) {
      lines.add("Not compared in this run: " + String.join(", ", open) + ".");
    }
    return lines;
  }

  private static Predicate<Task> roomy(Predicate<Task> kind) {
    return task -> task.params().memoryLimitBytes() == 0 && kind.test(task);
  }

  private static boolean writes(Task task) {
    return List.of("overwrite", "fillrandom").contains(task.workload())
        || mix(task, Mix::writes) >= MIX_HEAVY;
  }

  private static boolean reads(Task task) {
    return List.of("readrandom", "ycsb-b", "ycsb-c", "ycsb-d").contains(task.workload())
        || mix(task, Mix::reads) >= MIX_HEAVY;
  }

  private static boolean scans(Task task) {
    return List.of("seekrandom", "scan", "ycsb-e").contains(task.workload())
        || mix(task, Mix::scans) >= MIX_HEAVY;
  }

  private static double mix(Task task, ToIntFunction<Mix> share) {
    String mix = task.params().mix();
    return mix.isEmpty() ? 0 : share.applyAsInt(Mix.of(mix)) / (double) HUNDRED;
  }

  private @Nullable String answer(Purpose purpose) {
    List<Map.Entry<Task, List<Task.Row>>> measured =
        tasks.entrySet().stream()
            .filter(entry -> purpose.tasks().test(entry.getKey()))
            .filter(entry -> contestants(entry.getValue()).size() > 1)
            .toList();
    Map<String, Double> scores = scores(measured);
    List<String> ranked =
        scores.keySet().stream()
            .sorted(Comparator.comparingDouble(name -> -scores.getOrDefault(name, 0.0)))
            .toList();
    if (ranked.size() < 2) {
      return null;
    }
    String first = ranked.getFirst();
    String text = "For " + purpose.words() + " (" + workloads(measured) + ") take " + first;
    text += compared(scores, first, ranked.get(1), measured.size() > 1);
    boolean peer = isPeer(measured, first);
    for (String other : ranked.subList(1, ranked.size())) {
      if (isPeer(measured, other) != peer) {
        String words = peer ? "the best engine of Plinth" : "the best peer";
        text +=
            "; "
                + words
                + " is "
                + other
                + " at "
                + Notation.times(scores.getOrDefault(other, 0.0) / scores.getOrDefault(first, 1.0))
                + " its rate";
        break;
      }
    }
    return text + figures(measured, first) + ".";
  }

  private static String compared(
      Map<String, Double> scores, String first, String second, boolean several) {
    double factor = scores.getOrDefault(first, 0.0) / scores.getOrDefault(second, 1.0);
    return factor < 1 + ALIKE
        ? ", or " + second + ", which is about as fast"
        : ": "
            + (several ? "on the geometric mean " : "")
            + Notation.times(factor)
            + " the rate of "
            + second
            + ", the next";
  }

  private static Map<String, Double> scores(List<Map.Entry<Task, List<Task.Row>>> measured) {
    Map<String, Double> logs = new LinkedHashMap<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (Map.Entry<Task, List<Task.Row>> entry : measured) {
      List<Task.Row> rows = contestants(entry.getValue());
      double best = rows.stream().mapToDouble(Summary::rate).max().orElse(1);
      for (Task.Row row : rows) {
        logs.merge(row.engine(), Math.log(Summary.rate(row) / best), Double::sum);
        counts.merge(row.engine(), 1, Integer::sum);
      }
    }
    Map<String, Double> scores = new LinkedHashMap<>();
    logs.forEach(
        (name, sum) -> {
          if (counts.getOrDefault(name, 0) == measured.size()) {
            scores.put(name, Math.exp(sum / measured.size()));
          }
        });
    return scores;
  }

  private static List<Task.Row> contestants(List<Task.Row> rows) {
    return rows.stream()
        .filter(row -> !Bounds.isBound(row.engine()))
        .filter(row -> Summary.rate(row) > 0)
        .toList();
  }

  private static String workloads(List<Map.Entry<Task, List<Task.Row>>> measured) {
    List<String> names =
        measured.stream().map(entry -> entry.getKey().workload()).distinct().toList();
    String text = String.join(", ", names);
    return measured.size() == names.size() ? text : text + "; " + measured.size() + " tasks";
  }

  private static boolean isPeer(List<Map.Entry<Task, List<Task.Row>>> measured, String name) {
    return measured.getFirst().getValue().stream()
        .anyMatch(row -> row.engine().equals(name) && row.peer());
  }

  /// What the winner reached in the first of the tasks.
  private static String figures(List<Map.Entry<Task, List<Task.Row>>> measured, String name) {
    Map.Entry<Task, List<Task.Row>> first = measured.getFirst();
    for (Task.Row row : first.getValue()) {
      if (row.engine().equals(name)) {
        String text =
            "; "
                + Notation.count(Summary.rate(row))
                + " operations a second in "
                + first.getKey().title();
        return text
            + figure(Column.WRITE_OS, row, ", %s bytes written for each")
            + figure(Column.SPACE, row, ", %s times the live bytes on disk")
            + figure(Column.ANONYMOUS, row, ", %s of memory");
      }
    }
    return "";
  }

  private static String figure(Column column, Task.Row row, String words) {
    return column.median(row.measured()) == null
        ? ""
        : words.formatted(column.text(row.measured()));
  }
}
