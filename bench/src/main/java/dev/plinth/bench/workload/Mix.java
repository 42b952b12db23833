package dev.plinth.bench.workload;

import dev.plinth.spi.WorkloadShape.KeyOrder;

/// Of what a mixed workload consists, in hundredths, and which keys it prefers: the core workloads
/// of Cooper et al., "Benchmarking cloud serving systems with YCSB" (SoCC 2010).
///
/// @param reads point reads
/// @param updates new values for existing keys
/// @param inserts values for new keys
/// @param scans range reads of 1 to [#SCAN_ENTRIES_MAX] entries
/// @param modifications a read and a new value for the same key
/// @param order which keys are preferred; `LATEST` prefers keys that were inserted last
public record Mix(
    int reads, int updates, int inserts, int scans, int modifications, KeyOrder order) {
  /// The longest range read.
  public static final int SCAN_ENTRIES_MAX = 100;

  private static final int ALL = 100;

  public Mix {
    if (reads + updates + inserts + scans + modifications != ALL) {
      throw new IllegalArgumentException("the shares must sum to " + ALL);
    }
  }

  /// One operation of a mixed workload.
  public enum Action {
    /// A point read.
    READ,
    /// A new value for an existing key.
    UPDATE,
    /// A value for a new key.
    INSERT,
    /// A range read.
    SCAN,
    /// A read, then a new value for the same key.
    MODIFY
  }

  /// What comes next.
  public Action next(Dice dice) {
    long at = dice.below(ALL) - reads;
    if (at < 0) {
      return Action.READ;
    }
    at -= updates;
    if (at < 0) {
      return Action.UPDATE;
    }
    at -= inserts;
    if (at < 0) {
      return Action.INSERT;
    }
    return at < scans ? Action.SCAN : Action.MODIFY;
  }
}
