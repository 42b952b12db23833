package dev.plinth.raft.testkit;

import java.util.SplittableRandom;

/// What a script does.
enum LogAction {
  APPEND(46, 14),
  OVERWRITE(7, 2),
  TRUNCATE(7, 2),
  COMPACT(9, 6),
  RESET(2, 1),
  SAVE(7, 55),
  COMMIT(6, 6),
  SYNC(9, 2),
  SYNC_ALL(2, 1),
  RECLAIM(3, 7),
  REOPEN(2, 4);

  /// What a script is about.
  enum Theme {
    /// Entries, and all that happens to them.
    ENTRIES,
    /// Vote and term, while entries come and segments go.
    METADATA
  }

  private final int ofEntries;
  private final int ofMetadata;

  /// @param ofEntries how often it comes among a hundred in a script about entries
  /// @param ofMetadata how often in one about metadata
  LogAction(int ofEntries, int ofMetadata) {
    this.ofEntries = ofEntries;
    this.ofMetadata = ofMetadata;
  }

  static LogAction choose(SplittableRandom random, Theme theme) {
    int point = random.nextInt(100);
    for (LogAction action : values()) {
      point -= theme == Theme.ENTRIES ? action.ofEntries : action.ofMetadata;
      if (point < 0) {
        return action;
      }
    }
    throw new IllegalStateException("the weights are a hundred");
  }
}
