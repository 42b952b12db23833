package dev.plinth.spec;

import java.util.ArrayList;
import java.util.List;

/// Does on real code what a simulated behaviour says, with its crashes on a simulated disk.
interface Replay {
  /// The specification.
  String specification();

  /// Runs a behaviour.
  ///
  /// @return what the code did, to be followed by TLC
  /// @throws IllegalStateException when the code ends where the behaviour does not allow it to
  Trace run(String name, List<Simulation.Step> behaviour);

  /// Replays behaviours and lets TLC follow what the code did.
  static List<Finding> check(
      Tlc tlc, Specification specification, Replay replay, int count, long seed) {
    List<Trace> traces = new ArrayList<>();
    List<Finding> findings = new ArrayList<>();
    int number = 0;
    for (List<Simulation.Step> behaviour : Simulation.run(tlc, specification, count, seed)) {
      String name = specification.name() + " behaviour " + ++number;
      try {
        traces.add(replay.run(name, behaviour));
      } catch (IllegalStateException e) {
        String detail = e.getMessage() + "; the behaviour: " + behaviour;
        findings.add(new Finding(Finding.Kind.REPLAY, name, false, detail));
      }
    }
    int[] followed = TraceCheck.follow(tlc, specification, traces);
    for (int i = 0; i < traces.size(); i++) {
      Trace trace = traces.get(i);
      boolean good = followed[i] == trace.events().size();
      String detail =
          good
              ? "replayed, " + followed[i] + " events accepted"
              : "refused at event " + (followed[i] + 1) + ": " + trace.events();
      findings.add(new Finding(Finding.Kind.REPLAY, trace.name(), good, detail));
    }
    return findings;
  }
}
