package dev.plinth.conformance.contract;

import java.util.ArrayList;
import java.util.List;

/// One thing that the SPI says, as a test.
///
/// @param name what holds
/// @param body throws an [AssertionError] when it does not
public record ContractCase(String name, Body body) {

  /// A test body.
  @FunctionalInterface
  public interface Body {
    /// Runs on a fixture with an open, empty engine.
    void run(ContractFixture fixture) throws Exception;
  }

  /// Every case.
  public static List<ContractCase> all() {
    List<ContractCase> cases = new ArrayList<>();
    ReadWriteCases.addTo(cases);
    LimitCases.addTo(cases);
    CursorCases.addTo(cases);
    SnapshotCases.addTo(cases);
    LifecycleCases.addTo(cases);
    CheckpointCases.addTo(cases);
    DurabilityCases.addTo(cases);
    ConcurrencyCases.addTo(cases);
    return cases;
  }
}
