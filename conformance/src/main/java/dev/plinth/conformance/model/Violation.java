package dev.plinth.conformance.model;

import org.jspecify.annotations.Nullable;

/// A clause of the durability contract (`docs/reliability.md`) that an engine broke.
public final class Violation extends AssertionError {
  private static final long serialVersionUID = 1L;
  private final String clause;

  /// @param clause D1 to D12, or `SPI` for what the interface itself says
  public Violation(String clause, String detail) {
    this(clause, detail, null);
  }

  /// @param cause what the engine threw, where it did
  public Violation(String clause, String detail, @Nullable Throwable cause) {
    super(clause + ": " + detail, cause);
    this.clause = clause;
  }

  /// The clause.
  public String clause() {
    return clause;
  }
}
