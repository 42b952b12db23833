package dev.plinth.conformance.linear;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One call of one client on one key, as the client saw it. Values are texts; null is absent.
/// Immutable.
///
/// @param client who called
/// @param key which key
/// @param action what was asked
/// @param outcome what was answered
/// @param begun when the call began, in nanoseconds of one clock
/// @param ended when the answer came; [Long#MAX_VALUE] when it never did: the call may take effect
///   at any time after it began, or never
public record Call(int client, String key, Action action, Outcome outcome, long begun, long ended) {

  /// What was asked.
  public sealed interface Action {
    /// A key gets a value.
    record Put(String value) implements Action {}

    /// A key is read.
    record Get() implements Action {}

    /// A key is removed; [Outcome.Done] when nobody says whether it was there.
    record Delete() implements Action {}

    /// A key gets a value if it has the expected one.
    ///
    /// @param expected null for absent
    record CompareAndSet(@Nullable String expected, String value) implements Action {}
  }

  /// What was answered.
  public sealed interface Outcome {
    /// A put was acknowledged.
    record Done() implements Outcome {}

    /// A get has read this.
    record Read(@Nullable String value) implements Outcome {}

    /// A delete has found the key, or not.
    record Deleted(boolean found) implements Outcome {}

    /// A compare-and-set was applied, or has met something else.
    ///
    /// @param current what it has met; counts only when it was told
    record Compared(boolean applied, boolean currentKnown, @Nullable String current)
        implements Outcome {}

    /// Nobody knows.
    record Unknown() implements Outcome {}
  }

  /// Whether nobody knows whether it took effect.
  public boolean isUnknown() {
    return outcome instanceof Outcome.Unknown;
  }

  /// What a register holds after this call took effect on it.
  ///
  /// @return the new value as [State]; null when the answer does not fit
  public @Nullable State apply(State before) {
    return switch (action) {
      case Action.Put(String value) -> new State(value);
      case Action.Get() ->
          outcome instanceof Outcome.Read(String value) && !Objects.equals(value, before.value())
              ? null
              : before;
      case Action.Delete() ->
          outcome instanceof Outcome.Deleted(boolean found) && found != (before.value() != null)
              ? null
              : new State(null);
      case Action.CompareAndSet(String expected, String value) -> {
        boolean holds = Objects.equals(expected, before.value());
        if (outcome instanceof Outcome.Compared compared) {
          boolean fits =
              compared.applied() == holds
                  && (compared.applied()
                      || !compared.currentKnown()
                      || Objects.equals(compared.current(), before.value()));
          if (!fits) {
            yield null;
          }
        }
        yield holds ? new State(value) : before;
      }
    };
  }

  /// What a register holds.
  public record State(@Nullable String value) {
    /// Nothing: where every register begins.
    public static final State ABSENT = new State(null);
  }

  @Override
  public String toString() {
    return "client "
        + client
        + " "
        + key
        + " "
        + action
        + " -> "
        + outcome
        + " ["
        + begun
        + ", "
        + (ended == Long.MAX_VALUE ? "..." : ended)
        + "]";
  }
}
