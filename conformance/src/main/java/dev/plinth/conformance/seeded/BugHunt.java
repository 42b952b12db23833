package dev.plinth.conformance.seeded;

import dev.plinth.conformance.contract.ContractCase;
import dev.plinth.conformance.contract.ContractFixture;
import dev.plinth.conformance.lab.EngineSubject;
import dev.plinth.conformance.lab.Laboratory;
import dev.plinth.conformance.lab.Layer;
import dev.plinth.conformance.lab.Tally;
import dev.plinth.conformance.model.EngineUnderTest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// Lets the laboratory, or the contract, hunt a seeded bug.
public final class BugHunt {
  private BugHunt() {}

  /// Tries the net that has to catch a bug: runs its layer until it does, or its case once.
  ///
  /// @param budget how long to look
  /// @param folder an empty folder of the real disk
  /// @return what was found; empty when the bug went uncaught
  public static List<String> run(
      EngineUnderTest right, SeededBug bug, Duration budget, Path folder) {
    EngineUnderTest wrong =
        new EngineUnderTest(new SeededProvider(right.provider(), bug), right.options());
    if (bug.isForContract()) {
      return contract(wrong, bug.contractCase(), folder);
    }
    Map<Layer, Duration> shares = Map.of(bug.layer(), budget);
    return Laboratory.budgeted(new EngineSubject(wrong, false), shares, 1).failures().stream()
        .map(Tally.Failure::detail)
        .toList();
  }

  private static List<String> contract(EngineUnderTest wrong, String name, Path folder) {
    ContractCase named =
        ContractCase.all().stream()
            .filter(one -> one.name().equals(name))
            .findFirst()
            .orElseThrow();
    try (ContractFixture fixture = new ContractFixture(wrong, folder)) {
      named.body().run(fixture);
      return List.of();
    } catch (AssertionError | Exception e) {
      return List.of(String.valueOf(e));
    }
  }
}
