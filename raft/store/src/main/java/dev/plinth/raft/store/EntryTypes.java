package dev.plinth.raft.store;

/// The types of entries that a log store knows; 3 to 255 are free for a library's own.
public final class EntryTypes {
  /// A command for the state machine.
  public static final int DATA = 0;

  /// An entry that a leader writes at the start of its term.
  public static final int NO_OP = 1;

  /// A change of the members: found at open, see [RaftLogStore#configurationIndexes()].
  public static final int CONFIGURATION = 2;

  /// The highest type.
  public static final int MAX = 255;

  private EntryTypes() {}
}
