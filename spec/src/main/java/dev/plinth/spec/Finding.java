package dev.plinth.spec;

import java.util.List;
import java.util.Locale;

/// What one check came to.
///
/// @param kind what was checked
/// @param name which one
/// @param good whether it is as it has to be
/// @param detail for people
record Finding(Kind kind, String name, boolean good, String detail) {
  /// What can be checked.
  enum Kind {
    /// A specification holds in its model.
    SPEC,
    /// A mutant is rejected.
    MUTANT,
    /// A trace of the real code is accepted and its altered copies are refused.
    TRACE,
    /// A simulated behaviour was done by the real code, and what it did is accepted.
    REPLAY
  }

  /// How many good ones there are of a kind.
  static long count(List<Finding> findings, Kind kind) {
    return findings.stream().filter(finding -> finding.kind == kind && finding.good).count();
  }

  @Override
  public String toString() {
    String word = good ? "ok   " : "WRONG";
    return word + " " + kind.name().toLowerCase(Locale.ROOT) + " " + name + ": " + detail;
  }
}
