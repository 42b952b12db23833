package dev.plinth.spec;

/// What TLC found in one model.
sealed interface Verdict {
  /// Every invariant holds in every state that can be reached.
  ///
  /// @param states how many distinct states there are
  record Held(long states) implements Verdict {}

  /// A state can be reached in which an invariant does not hold.
  ///
  /// @param invariant its name
  /// @param behaviour the steps that lead there, as TLC prints them
  record Violated(String invariant, String behaviour) implements Verdict {
    @Override
    public String toString() {
      return invariant + " is violated";
    }
  }

  /// TLC could not check the model.
  ///
  /// @param output what it said
  record Broken(String output) implements Verdict {}
}
