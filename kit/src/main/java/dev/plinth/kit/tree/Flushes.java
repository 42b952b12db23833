package dev.plinth.kit.tree;

import dev.plinth.spi.StorageException;
import org.jspecify.annotations.Nullable;

/// What writes memtables out in the background, as the [CommitQueue] sees it. Any thread.
public interface Flushes {
  /// Says that a memtable waits to be flushed.
  void flushDue();

  /// Asks that everything in memtables so far comes to tables, also what might wait. Does nothing
  /// where nothing waits.
  default void wholeDue() {}

  /// Why the last flush found no room; null when it did, or none was made.
  StorageException.@Nullable NoSpace flushFailure();

  /// Has a flush tried even when there may be no room for it.
  void askFlush();

  /// Whether work is under way, or could be begun, that gives space back.
  boolean mayGiveSpaceBack();
}
