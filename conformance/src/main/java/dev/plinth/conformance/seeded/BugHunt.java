package dev.plinth.conformance.seeded;

import dev.plinth.conformance.lab.EngineSubject;
import dev.plinth.conformance.lab.Laboratory;
import dev.plinth.conformance.lab.Layer;
import dev.plinth.conformance.lab.Tally;
import dev.plinth.conformance.model.EngineUnderTest;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// Lets the laboratory hunt a seeded bug.
public final class BugHunt {
  private BugHunt() {}

  /// Runs the layer that has to catch a bug until it does.
  ///
  /// @param budget how long to look
  /// @return the failures that were found; empty when it went uncaught
  public static List<Tally.Failure> run(EngineUnderTest right, SeededBug bug, Duration budget) {
    EngineUnderTest wrong =
        new EngineUnderTest(new SeededProvider(right.provider(), bug), right.options());
    Map<Layer, Duration> shares = Map.of(bug.layer(), budget);
    return Laboratory.budgeted(new EngineSubject(wrong, false), shares, 1).failures();
  }
}
