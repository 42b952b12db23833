package dev.plinth.spi;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;

/// An ordered map from byte keys to byte values in one directory: what every storage engine is.
///
/// Threads: every method may be called by any thread, platform or virtual; waiting callers park.
/// Order: batches have increasing sequence numbers in commit order; point operations are
/// linearizable; a cursor or snapshot shows exactly the batches up to one sequence number.
/// Durability: clauses D1 to D11 of `docs/reliability.md`. Errors: [StorageException]. After a
/// failed log write, sync or manifest write the engine is poisoned: writes fail with the first
/// cause, reads go on, until it is closed and opened again.
public interface Engine extends Reader, AutoCloseable {
  /// Its limits and choices, with the options it was opened with.
  EngineTraits traits();

  /// Applies a batch atomically. An empty batch does nothing and returns the last sequence number.
  ///
  /// @return the sequence number of the batch
  /// @throws StorageException.LimitExceeded when a key, a value or the batch is too large
  /// @throws StorageException.Unsupported for [Durability#SYNCED] where there is no log
  long write(WriteBatch batch, Durability durability);

  /// Gives a key a value. The hot path: nothing is allocated.
  ///
  /// @return the sequence number of the write
  long put(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength,
      Durability durability);

  /// Removes a key, present or not.
  ///
  /// @return the sequence number of the write
  long delete(MemorySegment key, long keyOffset, int keyLength, Durability durability);

  /// Removes all keys of a range.
  ///
  /// @return the sequence number of the write
  long deleteRange(KeyRange range, Durability durability);

  /// As [#put(MemorySegment, long, int, MemorySegment, long, int, Durability)].
  default long put(byte[] key, byte[] value, Durability durability) {
    return put(
        MemorySegment.ofArray(key),
        0,
        key.length,
        MemorySegment.ofArray(value),
        0,
        value.length,
        durability);
  }

  /// As [#delete(MemorySegment, long, int, Durability)].
  default long delete(byte[] key, Durability durability) {
    return delete(MemorySegment.ofArray(key), 0, key.length, durability);
  }

  /// Freezes the newest state for reading.
  Snapshot snapshot();

  /// The sequence number of the newest visible batch; 0 when nothing was ever written.
  long sequence();

  /// Makes everything written so far durable, whatever it was written with, and waits for it.
  ///
  /// @return the sequence number up to which everything is durable now
  long flush();

  /// Starts what [#flush()] does without waiting; [DurabilityListener] tells when it is done.
  void requestFlush();

  /// The sequence number up to which everything survives a power failure.
  long durableSequence();

  /// The newest visible applied index of a Raft group; -1 when there is none.
  long appliedIndex(long group);

  /// The newest applied index of a Raft group that survives a power failure; -1 when there is none.
  /// The group's log may be cut up to it.
  long durableAppliedIndex(long group);

  /// Registers a listener for durability; it is told of what becomes durable from now on.
  Registration onDurable(DurabilityListener listener);

  /// Adds many entries, sorted by strictly ascending key, as one atomic and durable write that
  /// bypasses the log where the engine can. Entries overwrite what is there. The source is read to
  /// its end and not closed.
  ///
  /// @return the sequence number of the ingestion
  /// @throws IllegalArgumentException when the keys do not ascend; nothing was changed
  long ingest(EntrySource source);

  /// Makes a directory that opens as an engine of its own with the state of this moment. It shares
  /// no file that either side would ever change.
  ///
  /// @param directory must not exist; its parent must
  void checkpoint(Path directory);

  /// Keeps the newest state under a name, durably: it survives restarts until it is dropped. An
  /// extension that [EngineTraits#persistentSnapshots()] announces.
  ///
  /// @param name 1 to 255 characters
  /// @throws IllegalArgumentException when there is a snapshot of that name
  /// @throws StorageException.Unsupported when the engine has no such snapshots
  default void keepSnapshot(String name) {
    throw new StorageException.Unsupported("this engine keeps no snapshots by name");
  }

  /// Gives up a state that was kept; snapshots of it that are open stay readable.
  ///
  /// @throws IllegalArgumentException when there is no snapshot of that name
  default void dropSnapshot(String name) {
    throw new StorageException.Unsupported("this engine keeps no snapshots by name");
  }

  /// The names of the states that are kept, sorted.
  default List<String> keptSnapshots() {
    return List.of();
  }

  /// Opens a state that was kept.
  ///
  /// @throws IllegalArgumentException when there is no snapshot of that name
  default Snapshot openSnapshot(String name) {
    throw new StorageException.Unsupported("this engine keeps no snapshots by name");
  }

  /// Rewrites what holds the keys of a range until no garbage is left there, and waits for it.
  void compact(KeyRange range);

  /// Writes memory out and waits until no background work is due: the state in which amplification
  /// is measured.
  void settle();

  /// Reads everything that is stored and checks it.
  ///
  /// @return what was checked
  /// @throws StorageException.Corrupt for the first damage found
  Verification verify();

  /// About how many bytes on disk hold the keys of a range.
  long approximateBytes(KeyRange range);

  /// What it has counted and holds; cheap enough to call every second.
  EngineStats stats();

  /// Computes the digest of the newest state by a scan.
  default StateDigest digest() {
    return StateDigest.of(this);
  }

  /// Makes what was written durable where it is not, and releases files, memory and threads. With
  /// snapshots or cursors open it waits for them, up to ten seconds, then closes and throws. A
  /// poisoned engine closes without writing, and throws [StorageException.Poisoned] where no caller
  /// was told of the failure before: who closes must not take what is lost for safe. A second call
  /// does nothing.
  @Override
  void close();

  /// A listener's registration.
  interface Registration extends AutoCloseable {
    /// Ends it: no call begins after this one returned.
    @Override
    void close();
  }

  /// What [Engine#verify()] has read.
  ///
  /// @param files how many files
  /// @param bytes how many bytes
  /// @param entries how many live entries
  record Verification(long files, long bytes, long entries) {}
}
