package dev.plinth.conformance.disk;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// An operation of a [SimDisk] that a crash may undo. Immutable, so that images share it.
sealed interface Unsynced {
  /// Its place in the order of all operations.
  long stamp();

  /// A change of a file's bytes or size.
  ///
  /// @param bytes what was written at `offset`; null for a change of size only
  /// @param size the file's size after it
  /// @param sizeBefore the file's size before it
  /// @param abandoned whether a sync of it failed: no later sync makes it durable
  @SuppressWarnings("ArrayRecordComponent")
  record Data(
      long stamp,
      int file,
      long offset,
      byte @Nullable [] bytes,
      long sizeBefore,
      long size,
      boolean abandoned)
      implements Unsynced {
    Data abandon() {
      return new Data(stamp, file, offset, bytes, sizeBefore, size, true);
    }

    boolean cuts() {
      return bytes == null && size < sizeBefore;
    }
  }

  /// A change of directory entries that happens as a whole.
  record Names(long stamp, List<Entry> entries, boolean abandoned) implements Unsynced {}

  /// One directory entry after a change.
  ///
  /// @param node what the name stands for; 0 for nothing
  record Entry(int directory, String name, int node) {}
}
