package dev.plinth.conformance.lab;

import java.util.List;
import java.util.SortedMap;

/// What the laboratory found.
///
/// @param counts by subject, then by what was counted, over all runs that share the state file
/// @param failures of this run
public record LabReport(
    SortedMap<String, SortedMap<String, Long>> counts, List<Tally.Failure> failures) {

  /// Whether nothing was violated.
  public boolean isClean() {
    return failures.isEmpty();
  }
}
