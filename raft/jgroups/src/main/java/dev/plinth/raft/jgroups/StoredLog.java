package dev.plinth.raft.jgroups;

import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.EntryVisitor;
import dev.plinth.raft.store.HardState;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.spi.StorageException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/// A group's log as jgroups-raft understands logs, without a type of its own: a first index that is
/// 0 until something was cut off, a snapshot that belongs to the first index, a term that follows
/// the entries, and a commit index. Not thread-safe.
///
/// The extras of the hard state, version 1; these bytes are on disks, little-endian:
///
/// ```
/// +---------+---------+------+
/// | version | ignored | vote |
/// +---------+---------+------+
///      1         8
/// ```
///
/// `ignored` is a commit index that was true of a log that was thrown away: a commit index found at
/// opening counts only when it is higher.
final class StoredLog {
  private static final byte VERSION = 1;
  private static final int VOTE_OFFSET = 1 + Long.BYTES;

  private final RaftLogStore entries;
  private final SnapshotStore snapshots;
  private long term;
  private long commit;
  private long ignoredCommit;
  private byte[] vote = new byte[0];
  private boolean isCut;

  StoredLog(RaftLogStore entries, RaftLogStore pieces) {
    this.entries = entries;
    this.snapshots = new SnapshotStore(pieces);
    readExtras(entries.hardState());
    finishSnapshot();
    long last = entries.lastIndex();
    term = Math.max(entries.hardState().term(), Math.max(0, entries.term(last)));
    long staged = entries.commitIndex();
    commit = staged > ignoredCommit ? Math.min(staged, Math.max(0, last)) : 0;
    BoundSnapshot bound = snapshots.bound();
    if (bound != null) {
      commit = Math.max(commit, bound.index());
      isCut = bound.index() > 0;
    }
  }

  private void readExtras(HardState state) {
    byte[] extras = state.extras();
    if (extras.length == 0 && state.equals(HardState.NONE)) {
      return;
    }
    if (extras.length < VOTE_OFFSET || extras[0] != VERSION) {
      throw new StorageException.UnsupportedFormat(
          "the log's hard state was not written by this version of the adapter for jgroups-raft: "
              + state);
    }
    ByteBuffer in = ByteBuffer.wrap(extras).order(ByteOrder.LITTLE_ENDIAN);
    ignoredCommit = in.getLong(1);
    vote = new byte[extras.length - VOTE_OFFSET];
    in.get(VOTE_OFFSET, vote);
  }

  /// Does again what a crash took after a snapshot was bound.
  private void finishSnapshot() {
    BoundSnapshot bound = snapshots.bound();
    if (bound == null || entries.firstIndex() >= bound.index()) {
      return;
    }
    if (bound.begins()) {
      begin(bound.index(), bound.term(), bound.type(), bound.payload());
    } else {
      entries.compactPrefix(bound.index());
    }
  }

  private void begin(long index, long entryTerm, int type, byte[] payload) {
    entries.reset(index, new EntryBatch().add(index, entryTerm, type, payload));
  }

  /// The first index; 0 when nothing was ever cut off.
  long first() {
    long first = entries.firstIndex();
    return first > 1 || isCut ? first : 0;
  }

  long last() {
    return entries.lastIndex();
  }

  long commit() {
    return commit;
  }

  /// Notes how far entries are committed; written with the next change, never synced for itself.
  void commit(long index) {
    commit = index;
    entries.stageCommit(index);
  }

  long term() {
    return term;
  }

  /// The term that was last saved; [#term()] may be that of the last entry.
  long savedTerm() {
    return entries.hardState().term();
  }

  /// Saves the term, durably.
  void term(long newTerm) {
    save(newTerm, vote, entries.hardState().vote());
    term = newTerm;
  }

  /// The vote as it was saved; empty for nobody.
  byte[] vote() {
    return vote.clone();
  }

  /// Saves the vote, durably.
  ///
  /// @param name whose it is, for people
  void vote(byte[] newVote, String name) {
    save(entries.hardState().term(), newVote, name);
    vote = newVote.clone();
  }

  private void save(long newTerm, byte[] newVote, String name) {
    byte[] extras =
        ByteBuffer.allocate(VOTE_OFFSET + newVote.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put(VERSION)
            .putLong(ignoredCommit)
            .put(newVote)
            .array();
    entries.saveHardState(new HardState(newTerm, name, extras));
  }

  /// Appends entries, in place of those that have their indexes and all behind them.
  void append(EntryBatch batch) {
    if (batch.first() <= entries.lastIndex()) {
      requireNotCommitted(batch.first());
      entries.overwriteFrom(batch.first(), batch);
    } else {
      if (batch.first() != entries.lastIndex() + 1) {
        throw new IllegalArgumentException(
            "index " + batch.first() + " does not follow the last index " + entries.lastIndex());
      }
      entries.append(batch);
    }
    term = Math.max(term, entries.term(batch.last()));
  }

  void sync() {
    entries.sync(entries.lastIndex());
  }

  boolean read(long index, EntryVisitor visitor) {
    return index > 0 && entries.read(index, visitor);
  }

  void read(long from, long to, EntryVisitor visitor) {
    long least = Math.max(from, Math.max(1, entries.firstIndex()));
    long most = Math.min(to, entries.lastIndex());
    if (least <= most) {
      entries.read(least, most, Long.MAX_VALUE, visitor);
    }
  }

  /// Removes the entries before an index, or before the commit index when that is lower; the
  /// snapshot that was set before belongs to it.
  void truncate(long index) {
    long kept = Math.min(index, Math.min(commit, Math.max(0, entries.lastIndex())));
    snapshots.bind(kept, false, 0, 0, new byte[0]);
    if (kept > 0) {
      entries.compactPrefix(kept);
      isCut = true;
    }
  }

  /// Forgets everything and begins with an entry, durably; the snapshot that was set before belongs
  /// to it.
  void reinitialize(long index, long entryTerm, int type, byte[] payload) {
    if (entries.commitIndex() > index) {
      ignoredCommit = Math.max(ignoredCommit, entries.commitIndex());
      save(entries.hardState().term(), vote, entries.hardState().vote());
    }
    snapshots.bind(index, true, entryTerm, type, payload);
    begin(index, entryTerm, type, payload);
    commit(index);
    term = entryTerm;
    isCut = true;
  }

  /// Removes an entry and everything behind it, durably.
  void deleteFrom(long index) {
    if (index > entries.lastIndex()) {
      return;
    }
    requireNotCommitted(index);
    entries.truncateSuffix(index - 1);
    term = Math.max(0, entries.term(entries.lastIndex()));
  }

  private void requireNotCommitted(long index) {
    if (index <= commit) {
      throw new IllegalArgumentException(
          "entry " + index + " cannot be replaced: entries up to " + commit + " are committed");
    }
  }

  void setSnapshot(ByteBuffer snapshot) {
    snapshots.set(snapshot);
  }

  @Nullable ByteBuffer snapshot() {
    return snapshots.read();
  }

  /// The bytes of its entries; reads all of them.
  long bytes() {
    long[] sum = new long[1];
    read(0, Long.MAX_VALUE, (_, _, _, _, _, _, length) -> sum[0] += length);
    return sum[0];
  }

  /// Makes the commit index durable. A snapshot that nothing has followed is left behind: it was
  /// set by somebody who did not come to cut the log.
  void settle() {
    if (commit > 0) {
      save(entries.hardState().term(), vote, entries.hardState().vote());
    }
  }

  /// Forgets everything, durably.
  void clear() {
    ignoredCommit = Math.max(ignoredCommit, entries.commitIndex());
    vote = new byte[0];
    save(0, vote, "");
    snapshots.clear();
    entries.reset(1, null);
    term = 0;
    commit = 0;
    isCut = false;
  }
}
