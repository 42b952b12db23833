package dev.plinth.bench.plan;

import dev.plinth.bench.workload.Workload;
import dev.plinth.bench.workload.Workload.Kind;
import dev.plinth.spi.StorageException;
import java.util.ArrayList;
import java.util.List;

/// Workloads that are done to one store one after the other, each measured: `fillrandom,
/// overwrite*5x, readrandom*100k, deleterandom`. The load is not measured where the first phase is
/// no fill.
///
/// @param phases the workloads in their order
public record PhaseList(List<Phase> phases) {
  private static final int PHASES_MAX = 99;

  /// One phase.
  ///
  /// @param workload what is done
  /// @param amount how often
  public record Phase(Workload workload, Amount amount) {}

  /// Reads a list; an empty text gives an empty one.
  ///
  /// @throws StorageException.InvalidConfiguration naming what is wrong
  public static PhaseList of(String text) {
    List<Phase> phases = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      if (part.isBlank()) {
        continue;
      }
      int star = part.indexOf('*');
      String name = star < 0 ? part : part.substring(0, star);
      Workload workload = Workload.of(name.strip());
      Amount amount =
          star < 0
              ? Amount.UNSAID
              : Amount.of("phase " + name.strip(), part.substring(star + 1).strip());
      require(workload, phases);
      phases.add(new Phase(workload, amount));
    }
    if (phases.size() > PHASES_MAX) {
      throw new StorageException.InvalidConfiguration(
          phases.size() + " phases are more than " + PHASES_MAX + "; take fewer");
    }
    return new PhaseList(phases);
  }

  private static void require(Workload workload, List<Phase> before) {
    boolean loads = workload == Workload.FILLSEQ || workload == Workload.FILLRANDOM;
    if (workload.kind() == Kind.FILL && !(loads && before.isEmpty())) {
      throw new StorageException.InvalidConfiguration(
          "phases: "
              + workload.label()
              + " needs an empty store; only fillseq and fillrandom can be a phase, and the first");
    }
  }
}
