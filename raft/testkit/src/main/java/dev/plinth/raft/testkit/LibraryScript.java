package dev.plinth.raft.testkit;

import dev.plinth.raft.store.GroupedLog;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/// A log that an adapter makes of a log store, as its library sees it, for the laboratory: what can
/// be done to it, and what a restarted library must find.
///
/// @param <L> the adapter's log
/// @param <S> what a library finds in it; immutable, compared by `equals`
public interface LibraryScript<L, S> {
  /// The name in commands.
  String name();

  /// Opens the adapter's log on a log store; called again after a crash. It is not closed, the
  /// store is.
  L open(GroupedLog log);

  /// What a log is that nobody has written to.
  S empty();

  /// What a restarted library finds.
  S show(L log);

  /// Chooses what to do next. Decided by the random numbers and the state alone.
  ///
  /// @param state what the log holds
  LibraryStep<L, S> next(SplittableRandom random, S state);

  /// Whether a library may find one state where the log was in another.
  default boolean allows(S expected, S found) {
    return expected.equals(found);
  }

  /// A call of the library.
  ///
  /// @param name for people
  /// @param after what the log holds afterwards
  /// @param isDurable whether everything so far survives a crash when it has returned
  /// @param run does it
  /// @param <L> the adapter's log
  /// @param <S> what a library finds in it
  record LibraryStep<L, S>(String name, S after, boolean isDurable, Consumer<L> run) {}
}
