package dev.plinth.conformance.linear;

import java.util.Map;
import java.util.Optional;

/// An atomic write to one or more keys, as its caller saw it. Immutable.
///
/// @param client who wrote
/// @param effects the value that each key gets; empty for none
/// @param sequence its place in the order of commits; [#UNKNOWN] when the call failed, so that it
///   may have taken effect or not
/// @param begun when the call began, by a clock that never repeats itself
/// @param ended when it returned; [Long#MAX_VALUE] when it failed
public record Write(
    int client, Map<String, Optional<String>> effects, long sequence, long begun, long ended) {
  /// The sequence number of a write that failed.
  public static final long UNKNOWN = -1;

  public Write {
    effects = Map.copyOf(effects);
  }

  /// Whether nobody knows whether it took effect.
  public boolean isUnknown() {
    return sequence == UNKNOWN;
  }

  @Override
  public String toString() {
    String end = isUnknown() ? "..." : ended + "], sequence " + sequence;
    return "client " + client + " writes " + effects + " [" + begun + ", " + end;
  }
}
