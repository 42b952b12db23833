package dev.plinth.raft.store;

import java.util.Arrays;
import java.util.HexFormat;

/// What a Raft member must never forget: its term, whom it voted for, and what its library adds.
/// Immutable.
public final class HardState {
  /// The state of a member that has seen nothing.
  public static final HardState NONE = new HardState(0, "", new byte[0]);

  private final long term;
  private final String vote;
  private final byte[] extras;

  /// @param term the current term, 0 or more
  /// @param vote whom it voted for in this term, in the library's own writing; empty for nobody
  /// @param extras anything else that must be durable with it, up to 64 KiB; copied
  public HardState(long term, String vote, byte[] extras) {
    if (term < 0) {
      throw new IllegalArgumentException("the term must not be negative");
    }
    if (extras.length > 64 << 10 || vote.length() > 16 << 10) {
      throw new IllegalArgumentException("extras have at most 64 KiB, a vote 16 Ki characters");
    }
    this.term = term;
    this.vote = vote;
    this.extras = extras.clone();
  }

  /// The current term.
  public long term() {
    return term;
  }

  /// Whom it voted for in this term; empty for nobody.
  public String vote() {
    return vote;
  }

  /// A copy of what the library added.
  public byte[] extras() {
    return extras.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HardState state
        && term == state.term
        && vote.equals(state.vote)
        && Arrays.equals(extras, state.extras);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * Long.hashCode(term) + vote.hashCode()) + Arrays.hashCode(extras);
  }

  @Override
  public String toString() {
    return "term " + term + " vote '" + vote + "' extras " + HexFormat.of().formatHex(extras);
  }
}
