package dev.plinth.bench.advise;

import dev.plinth.spi.Engines;
import dev.plinth.spi.Quantities;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The decisions: who is tried, who is advised, and why. Pure.
final class Verdict {
  /// How many candidates are tried.
  private static final int TRIED = 3;

  /// What models may err by; measured at the formulas' defaults, more is a defect of the model.
  private static final double MODEL_ERROR = 0.25;

  /// Medians that differ by less are called equal, whatever their spread.
  private static final double ALIKE = 0.05;

  private final Demand demand;
  private final List<Estimate> ranked;
  private final List<Tried> tried;

  /// @param ranked by the models, best first
  /// @param tried what a trial gave; empty without one
  Verdict(Demand demand, List<Estimate> ranked, List<Tried> tried) {
    this.demand = demand;
    this.ranked = ranked;
    this.tried = tried;
  }

  /// Each engine by its best candidate: options of one engine differ by less than engines do.
  static List<Estimate> bestOfEach(List<Estimate> ranked) {
    Set<String> engines = new HashSet<>();
    return ranked.stream()
        .filter(Estimate::fits)
        .filter(estimate -> engines.add(estimate.candidate().engine()))
        .toList();
  }

  /// Those of the best three engines.
  static List<Estimate> shortList(List<Estimate> ranked) {
    return bestOfEach(ranked).stream().limit(TRIED).toList();
  }

  /// Who is advised: the fastest in the trial that keeps every limit, else the best by the models
  /// that no trial refused; null where none can serve.
  @Nullable Estimate pick() {
    Tried best = Tried.best(tried);
    if (best != null) {
      return estimate(best.label());
    }
    return ranked.stream()
        .filter(Estimate::fits)
        .filter(estimate -> tried(estimate) == null)
        .findFirst()
        .orElse(null);
  }

  /// Why, in sentences.
  List<String> reasons() {
    Estimate pick = pick();
    List<String> lines = new ArrayList<>();
    if (pick == null) {
      lines.add(
          "No engine here keeps every limit that you set; what stands against each is said above."
              + " Give it more memory or space, or a longer latency.");
      return lines;
    }
    String label = pick.candidate().label();
    lines.add(label + ": " + description(pick) + ".");
    lines.add(speed(pick));
    lines.add(parts(pick));
    lines.add(amplification(pick));
    for (Estimate other : ranked) {
      Tried result = tried(other);
      if (result != null && !result.fits()) {
        lines.add(result.label() + " is out after the trial: " + result.obstacle() + ".");
      }
    }
    return lines;
  }

  private static String description(Estimate pick) {
    String meaning = pick.candidate().meaning();
    String what = Engines.provider(pick.candidate().engine()).description();
    return meaning.isEmpty() ? what : what + "; here " + meaning;
  }

  /// Against the second, by the trial where there was one.
  private String speed(Estimate pick) {
    List<Tried> fit = tried.stream().filter(Tried::fits).toList();
    if (fit.isEmpty()) {
      return byModels(pick);
    }
    Tried first = fit.getFirst();
    double mine = first.score();
    String text = "In the trial an operation took " + Words.nanos(mine) + spread(first);
    if (fit.size() == 1) {
      return text + "; no other that was tried keeps your limits.";
    }
    Tried second = fit.get(1);
    double factor = second.score() / mine;
    double noise = Math.max(ALIKE, first.spread() + second.spread());
    String other = second.label() + " took " + Words.nanos(second.score()) + spread(second);
    return text
        + ", "
        + other
        + (factor - 1 <= noise
            ? ": that is within the noise, so either will do."
            : ": " + times(factor) + " as long.");
  }

  private String byModels(Estimate pick) {
    String text = "By the models an operation takes about " + Words.nanos(pick.nanos());
    List<Estimate> others =
        shortList(ranked).stream().filter(other -> !other.equals(pick)).toList();
    if (others.isEmpty()) {
      return text + "; no other keeps your limits.";
    }
    Estimate second = others.getFirst();
    double factor = second.nanos() / pick.nanos();
    return text
        + ", one of "
        + second.candidate().label()
        + " "
        + Words.nanos(second.nanos())
        + (factor - 1 <= MODEL_ERROR
            ? "; models err by a quarter, so only a trial can tell them apart."
            : ".");
  }

  /// Where the time goes.
  private String parts(Estimate pick) {
    List<String> parts = new ArrayList<>();
    part(parts, demand.reads(), pick.readNanos(), "a point read");
    part(parts, demand.writes(), pick.writeNanos(), "a write");
    part(parts, demand.scans(), pick.scanNanos(), "a range read");
    String text = "By the models " + String.join(", ", parts);
    return pick.coldNanos() > 0
        ? text
            + "; of an operation "
            + Words.nanos(pick.coldNanos())
            + " are waits for the device, since "
            + Quantities.bytesText(pick.spaceBytes())
            + " of files do not fit into the memory."
        : text + ".";
  }

  private static void part(List<String> parts, double share, double nanos, String what) {
    if (share > 0) {
      parts.add(what + " takes " + Words.nanos(nanos));
    }
  }

  private String amplification(Estimate pick) {
    String text = "By its model it";
    if (demand.writes() > 0) {
      text += " writes " + Words.number(pick.prediction().write()) + " bytes for each of yours,";
    }
    return text
        + " occupies "
        + Words.number(pick.prediction().space())
        + " times the live bytes ("
        + Quantities.bytesText(pick.spaceBytes())
        + ") and holds "
        + Quantities.bytesText(pick.memoryBytes())
        + " in index and buffers at most.";
  }

  /// What nobody knows, trial or not.
  List<String> doubts(Trial trial) {
    List<String> lines = new ArrayList<>(doubts());
    lines.addAll(0, trial.doubts());
    return lines;
  }

  /// What nobody knows without a trial.
  List<String> doubts() {
    List<String> lines = new ArrayList<>();
    if (tried.isEmpty()) {
      lines.add(
          "nothing was tried: the models say nothing of stalls and tail latency, nor of how reads"
              + " and writes disturb one another");
    }
    if (demand.order() != KeyOrder.UNIFORM && demand.updates() > 0) {
      lines.add(
          "the models take updates for evenly spread; where few keys are written often, levels and"
              + " files hold more garbage and merges cost less");
    }
    if (demand.threads() > 1) {
      lines.add("the models know one thread; how engines scale is seen in a trial only");
    }
    List<String> untried =
        ranked.stream()
            .filter(Estimate::fits)
            .filter(estimate -> tried(estimate) == null && !tried.isEmpty())
            .map(estimate -> estimate.candidate().label())
            .toList();
    if (!untried.isEmpty()) {
      lines.add("not tried, since the models put them behind: " + String.join(", ", untried));
    }
    return lines;
  }

  private Estimate estimate(String label) {
    return ranked.stream()
        .filter(estimate -> estimate.candidate().label().equals(label))
        .findFirst()
        .orElseThrow();
  }

  private @Nullable Tried tried(Estimate estimate) {
    return tried.stream()
        .filter(one -> one.label().equals(estimate.candidate().label()))
        .findFirst()
        .orElse(null);
  }

  private static String spread(Tried one) {
    return one.spread() < 0.005
        ? ""
        : String.format(Locale.ROOT, " (±%.0f %%)", one.spread() * 100);
  }

  private static String times(double factor) {
    return String.format(Locale.ROOT, "%.2f times", factor);
  }
}
