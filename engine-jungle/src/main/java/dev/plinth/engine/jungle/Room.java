package dev.plinth.engine.jungle;

import java.util.Set;

/// What a [JunglePolicy] may take for a merge.
///
/// @param busy numbers of tables that other work uses
/// @param bytes how many bytes a merge may write
record Room(Set<Long> busy, long bytes) {
  /// Whether other work uses a table.
  boolean isBusy(TableMeta table) {
    return busy.contains(table.number());
  }

  /// Whether so many bytes may be written.
  boolean has(long wanted) {
    return wanted <= bytes;
  }

  /// Whether a choice may be made: nothing else uses its tables, and what it writes fits.
  boolean has(JunglePolicy policy, MergeChoice choice) {
    return choice.tables().stream().noneMatch(this::isBusy) && has(policy.bytes(choice));
  }
}
