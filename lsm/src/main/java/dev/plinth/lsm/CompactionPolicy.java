package dev.plinth.lsm;

import dev.plinth.kit.merge.KeyBounds;
import java.util.List;
import java.util.Set;

/// Decides what is compacted: all in which a leveled and a tiered tree differ. A pure function of
/// the levels; it touches no file. Any thread may call it.
public interface CompactionPolicy {
  /// What is to be done next.
  ///
  /// @param levels the tree, level 0 first
  /// @param busy the numbers of tables that a compaction under way takes part of; a choice must not
  ///   touch them
  CompactionChoice choose(List<Level> levels, Set<Long> busy);

  /// The merge of runs of level 0 for which seeks have paid more than it costs: to rent a run at
  /// every seek, or to buy a tree without it. Asked only where [#choose] wants nothing.
  ///
  /// @param seeks how often cursors were sent to a place in a run that is in level 0 now, counted
  ///   for every run
  default CompactionChoice forSeeks(List<Level> levels, Set<Long> busy, long seeks) {
    return new CompactionChoice.Nothing();
  }

  /// Whether [#forSeeks] may ever want something; where not, seeks are not counted.
  default boolean weighsSeeks() {
    return false;
  }

  /// About how many bytes compactions have yet to rewrite before nothing is due.
  long debtBytes(List<Level> levels);

  /// How far the number of runs that every read has to search is beyond what it should be: 0 when
  /// it is not, 1 when writers must stop.
  double pressure(List<Level> levels);

  /// The merge that leaves no garbage in a range of keys.
  ///
  /// @return [CompactionChoice.Nothing] when there is nothing to merge
  CompactionChoice whole(List<Level> levels, KeyBounds bounds, Set<Long> busy);

  /// The number of levels.
  int levelCount();

  /// How large a table of a merge may grow.
  long tableBytesMax();
}
