package dev.plinth.raft.store;

import dev.plinth.spi.Engine;
import org.jspecify.annotations.Nullable;

/// The log of one Raft group, with its hard state, in a [GroupedLog] that several groups share.
///
/// An index is 0 or more; a log may start anywhere and may have gaps. `firstIndex()` is the lowest
/// index it may hold and `lastIndex()` the highest one it holds; an empty log has `lastIndex() ==
/// firstIndex() - 1`. The first entry appended to an empty log sets `firstIndex()`.
///
/// Threads: any. Changes of one group take turns; reads run beside them.
///
/// Durability: what is appended, overwritten or compacted can be read at once and is durable with
/// [#sync(long)], in the order of the calls: a crash leaves the result of some first part of them
/// (of each group), at least all that was made durable. [#truncateSuffix], [#reset] and
/// [#saveHardState] are durable when they return: what was truncated never comes back.
///
/// Errors: [dev.plinth.spi.StorageException]. After a failed write or sync the whole log takes no
/// more changes (`Poisoned`, with the first cause), nothing is tried again, and reads go on until
/// it is closed. Damage is `Corrupt`, with file and offset; it is never cut away.
public interface RaftLogStore {
  /// The group's number.
  long group();

  /// The lowest index that the log may hold.
  long firstIndex();

  /// The highest index that it holds; `firstIndex() - 1` when it holds none.
  long lastIndex();

  /// Appends entries; they can be read at once and are durable with [#sync].
  ///
  /// @param batch holds at least one entry, the first behind [#lastIndex()]; free for reuse on
  ///   return
  /// @return the last index
  /// @throws IllegalArgumentException when the batch is empty or does not follow; nothing was
  ///   changed
  /// @throws dev.plinth.spi.StorageException.LimitExceeded when memory or a limit of the store does
  ///   not allow it; nothing was changed
  long append(EntryBatch batch);

  /// Puts entries in place of everything from an index on, as one step: a crash leaves the old
  /// suffix or the new one. Durable with [#sync].
  ///
  /// @param index that of the batch's first entry, at least [#firstIndex()] unless nothing was ever
  ///   appended
  /// @return the last index
  long overwriteFrom(long index, EntryBatch batch);

  /// Removes every entry behind an index, durably.
  ///
  /// @param lastKept when below `firstIndex()` the log is empty afterwards and goes on there
  void truncateSuffix(long lastKept);

  /// Removes every entry before an index. Visible at once; the space comes back in the background.
  /// May pass the end: the log is empty then and goes on at the index. Does nothing when the index
  /// is not above `firstIndex()`.
  void compactPrefix(long firstKept);

  /// Forgets all entries and goes on at an index, durably and as one step; the hard state stays.
  ///
  /// @param next the index of the next entry
  /// @param entry null, or a batch of one entry with this index that the log holds afterwards
  void reset(long next, @Nullable EntryBatch entry);

  /// The term of an entry, without reading its payload where the store has an index of its own.
  ///
  /// @return -1 when there is no such entry
  long term(long index);

  /// Shows entries, lent in place, leaving out those that are not there.
  ///
  /// @param from the lowest index
  /// @param to the highest index
  /// @param bytesMax ends after the entry whose payload makes this sum of payload bytes full; one
  ///   entry is shown in any case
  /// @return how many entries were shown
  int read(long from, long to, long bytesMax, EntryVisitor visitor);

  /// Shows one entry.
  ///
  /// @return whether it is there
  default boolean read(long index, EntryVisitor visitor) {
    return read(index, index, Long.MAX_VALUE, visitor) == 1;
  }

  /// The indexes of the entries of type [EntryTypes#CONFIGURATION] that it holds, ascending; known
  /// at open without reading payloads.
  long[] configurationIndexes();

  /// The term, vote and extras last saved; [HardState#NONE] at first.
  HardState hardState();

  /// Saves term, vote and extras, durably.
  void saveHardState(HardState state);

  /// Notes how far entries are committed: written with the next append or other change, never with
  /// a sync of its own, so a crash may take it back.
  ///
  /// @param index not below the one before, else it is not taken
  void stageCommit(long index);

  /// The commit index last noted; after opening, the one that came with a change; -1 for none.
  long commitIndex();

  /// Every entry up to this index survives a power failure; `lastIndex()` of an empty log.
  long durableIndex();

  /// Waits until all entries up to an index, and all changes before the newest of them, are
  /// durable; with `lastIndex()` or more, every change of the group so far. Callers share syncs.
  void sync(long upTo);

  /// Starts what [#sync] does for everything so far, without waiting.
  ///
  /// @return the index that will be durable
  long requestSync();

  /// Registers a listener; it is told of what becomes durable from now on.
  Engine.Registration onDurable(DurableIndexListener listener);
}
