package dev.plinth.raft.testkit;

import java.util.SplittableRandom;

/// What a script does.
enum LogAction {
  APPEND(46),
  OVERWRITE(7),
  TRUNCATE(7),
  COMPACT(9),
  RESET(2),
  SAVE(7),
  COMMIT(6),
  SYNC(9),
  SYNC_ALL(2),
  RECLAIM(3),
  REOPEN(2);

  private final int weight;

  LogAction(int weight) {
    this.weight = weight;
  }

  static LogAction choose(SplittableRandom random) {
    int point = random.nextInt(100);
    for (LogAction action : values()) {
      point -= action.weight;
      if (point < 0) {
        return action;
      }
    }
    throw new IllegalStateException("the weights are a hundred");
  }
}
