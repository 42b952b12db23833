package dev.plinth.bench.advise;

import dev.plinth.bench.report.Tables;
import dev.plinth.spi.Quantities;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Advice for a terminal.
public final class AdviceText {
  private static final int MODELS_SHOWN = 12;

  private AdviceText() {}

  /// The text.
  public static String of(Advice advice) {
    StringBuilder out = new StringBuilder();
    out.append("Workload: ").append(advice.workload()).append("\n\n");
    out.append("By the engines' models and this machine's costs:\n");
    append(out, models(advice.ranked()));
    for (Advice.Ranked one : advice.ranked()) {
      if (!one.obstacle().isEmpty()) {
        out.append("  ! ").append(one.label()).append(": ").append(one.obstacle()).append('\n');
      }
    }
    if (advice.trial() != null) {
      out.append("\nTrial: ").append(advice.trial()).append('\n');
      append(out, trial(advice.tried()));
      for (Tried one : advice.tried()) {
        if (!one.obstacle().isEmpty()) {
          out.append("  ! ").append(one.label()).append(": ").append(one.obstacle()).append('\n');
        }
      }
    }
    out.append("\nAdvice: ").append(advice.engine() == null ? "none" : advice.engine());
    out.append('\n');
    advice.reasons().forEach(line -> out.append("  - ").append(line).append('\n'));
    if (advice.engine() != null) {
      out.append("  Open it with: engine=").append(engine(advice.engine()));
      for (Map.Entry<String, String> option : advice.options().entrySet()) {
        out.append(' ').append(option.getKey()).append('=').append(option.getValue());
      }
      out.append('\n');
    }
    out.append("\nNot known:\n");
    advice.doubts().forEach(line -> out.append("  - ").append(line).append('\n'));
    return out.toString();
  }

  private static String engine(String label) {
    int mark = label.indexOf('@');
    return mark < 0 ? label : label.substring(0, mark);
  }

  private static List<List<String>> models(List<Advice.Ranked> ranked) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(
        List.of(
            "engine", "time/op", "read", "write", "range", "WA", "blocks/read", "SA", "memory"));
    for (Advice.Ranked one : ranked.subList(0, Math.min(MODELS_SHOWN, ranked.size()))) {
      lines.add(
          List.of(
              one.label(),
              nanos(one.nanos()),
              nanos(one.readNanos()),
              nanos(one.writeNanos()),
              nanos(one.scanNanos()),
              number(one.write()),
              number(one.readBlocks()),
              number(one.space()),
              Quantities.bytesText(one.memoryBytes())));
    }
    return lines;
  }

  private static List<List<String>> trial(List<Tried> tried) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("engine", "time/op", "spread", "p99", "WA os", "SA", "memory"));
    for (Tried one : tried) {
      Double memory = one.memoryBytes();
      lines.add(
          List.of(
              one.label(),
              nanos(one.nanos()),
              String.format(Locale.ROOT, "%.0f %%", one.spread() * 100),
              nanos(one.p99Nanos()),
              number(one.writeOs()),
              number(one.space()),
              memory == null ? "-" : Quantities.bytesText(memory)));
    }
    return lines;
  }

  private static void append(StringBuilder out, List<List<String>> lines) {
    Tables.append(out, lines);
  }

  private static String nanos(@Nullable Double value) {
    return value == null ? "-" : Words.nanos(value);
  }

  private static String number(@Nullable Double value) {
    return value == null ? "-" : Words.number(value);
  }
}
