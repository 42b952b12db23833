package dev.plinth.engine.bitcask;

/// When a merge may drop a delete or range delete: a pure function.
@FunctionalInterface
interface TombstoneRule {
  /// It goes when no file but those being merged holds a dead put that may be older: such a put
  /// would be live again without it.
  TombstoneRule SAFE = (sequence, oldestDeadPut) -> oldestDeadPut >= sequence;

  /// Whether it may go.
  ///
  /// @param sequence of the delete
  /// @param oldestDeadPut the lowest sequence that a dead put in other files may have;
  ///   [Long#MAX_VALUE] when there is none
  boolean mayGo(long sequence, long oldestDeadPut);
}
