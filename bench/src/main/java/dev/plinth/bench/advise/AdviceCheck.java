package dev.plinth.bench.advise;

import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Checks advice against measurement: for described workloads, whether the engine that is advised
/// after a small trial is the one that wins when every candidate is measured at full size.
public final class AdviceCheck {
  private static final int HITS_MIN = 8;
  private static final double ALIKE = 0.05;

  private AdviceCheck() {}

  /// What came out.
  ///
  /// @param hits how often the advised engine won, or came within a twentieth of the winner
  /// @param strict how often it won outright
  /// @param workloads how many workloads there were
  public record Outcome(int hits, int strict, int workloads) {
    /// Whether eight of ten were right.
    public boolean passed() {
      return hits * 10 >= HITS_MIN * workloads;
    }
  }

  /// A workload with a name.
  record Case(String name, Demand demand) {}

  /// Advises and measures, one workload after the other, and prints a line for each.
  public static Outcome run(Advisor advisor, PrintWriter out) throws InterruptedException {
    int hits = 0;
    int strict = 0;
    List<Case> cases = cases();
    for (Case one : cases) {
      Advisor.Checked checked = advisor.check(one.demand(), one.name());
      double factor = checked.factor();
      boolean won = checked.advised().equals(checked.winner());
      boolean near = factor <= 1 + ALIKE;
      strict += won ? 1 : 0;
      hits += won || near ? 1 : 0;
      out.printf(
          Locale.ROOT,
          "%-5s %-18s advised %-22s measured winner %-22s advised/winner %s%n      by the models"
              + " alone: %s; full size: %s%n",
          won ? "hit" : near ? "near" : "MISS",
          one.name(),
          checked.advised(),
          checked.winner(),
          Double.isFinite(factor) ? String.format(Locale.ROOT, "%.2f", factor) : "-",
          checked.byModels(),
          checked.measured());
      out.flush();
    }
    out.printf(
        Locale.ROOT,
        "%d of %d: the advised engine won %d times and came within a twentieth %d times%n",
        hits,
        cases.size(),
        strict,
        hits - strict);
    return new Outcome(hits, strict, cases.size());
  }

  /// The described workloads: a name, then answers, a line each.
  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    try (InputStream in = AdviceCheck.class.getResourceAsStream("workloads.txt")) {
      if (in == null) {
        throw new StorageException.Io("the list of workloads is not in this jar", null);
      }
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        if (!line.isBlank() && line.charAt(0) != '#') {
          int space = line.indexOf(' ');
          cases.add(
              new Case(line.substring(0, space), Ask.demand(Ask.answers(line.substring(space)))));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return cases;
  }
}
