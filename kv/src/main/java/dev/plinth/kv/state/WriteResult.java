package dev.plinth.kv.state;

import org.jspecify.annotations.Nullable;

/// What became of a command.
///
/// @param outcome what kind of end it took
/// @param index the index of the entry that took effect, or was refused; of the first sending when
///   the answer is told again
/// @param removed how many of the keys to remove were there
/// @param currentKnown whether `current` tells what a condition met; not when the answer is told
///   again
/// @param current what a condition that failed has met; null when the key is not there
@SuppressWarnings("ArrayRecordComponent") // Never changed nor compared.
public record WriteResult(
    Outcome outcome, long index, int removed, boolean currentKnown, byte @Nullable [] current) {

  /// How a command ended; the same on every node.
  public enum Outcome {
    /// It took effect.
    APPLIED,
    /// Its condition did not hold.
    CONDITION_FAILED,
    /// Its session is not known.
    SESSION_UNKNOWN,
    /// Its answer was forgotten, as the session had allowed.
    REQUEST_FORGOTTEN,
    /// Its session has too many answers that it may still ask for.
    SESSION_FULL
  }

  static WriteResult of(Outcome outcome, long index) {
    return new WriteResult(outcome, index, 0, false, null);
  }
}
