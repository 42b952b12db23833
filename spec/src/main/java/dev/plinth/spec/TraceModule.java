package dev.plinth.spec;

import java.util.List;
import java.util.stream.Collectors;

/// Writes traces as the TLA+ module `Traces`, and reads from what TLC prints how far each was
/// followed.
final class TraceModule {
  private static final String REACHED = "<<\"reached\", ";

  private TraceModule() {}

  static String text(List<Trace> traces) {
    return traces.stream()
        .map(
            trace ->
                trace.events().stream()
                    .map(event -> "    " + event)
                    .collect(Collectors.joining(",\n", "  <<\n", " >>")))
        .collect(
            Collectors.joining(
                ",\n",
                "---- MODULE Traces ----\nEXTENDS Integers, Sequences\nTraces == <<\n",
                " >>\n====\n"));
  }

  /// How many events of each trace TLC followed; all of them in an accepted one.
  ///
  /// @param output what TLC printed
  /// @param count how many traces there are
  static int[] followed(String output, int count) {
    int[] followed = new int[count];
    for (String line : output.lines().toList()) {
      if (line.startsWith(REACHED)) {
        String[] numbers = line.substring(REACHED.length(), line.length() - 2).split(", ", -1);
        int trace = Integer.parseInt(numbers[0]) - 1;
        followed[trace] = Math.max(followed[trace], Integer.parseInt(numbers[1]) - 1);
      }
    }
    return followed;
  }
}
