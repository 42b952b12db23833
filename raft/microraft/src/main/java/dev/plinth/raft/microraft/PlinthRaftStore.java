package dev.plinth.raft.microraft;

import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.GroupedLog;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.raft.store.SharedLogs;
import dev.plinth.raft.store.StorageConfiguration;
import dev.plinth.spi.StorageException;
import io.microraft.RaftEndpoint;
import io.microraft.lifecycle.RaftNodeLifecycleAware;
import io.microraft.model.RaftModelFactory;
import io.microraft.model.impl.DefaultRaftModelFactory;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.log.SnapshotEntry;
import io.microraft.model.persistence.RaftEndpointPersistentState;
import io.microraft.model.persistence.RaftTermPersistentState;
import io.microraft.persistence.RaftStore;
import io.microraft.persistence.RaftStoreSerializer;
import io.microraft.persistence.RestoredRaftState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// MicroRaft's store on a log store of Plinth: entries, chunks of snapshots, term and vote in one
/// stream.
///
/// What `persist...` got is durable when [#flush()] returns, with one sync; groups that share a
/// directory share it. What `persistAndFlush...` got, and a truncated end, is durable at once. Give
/// [#restored()] to `RaftNodeBuilder.setRestoredState` when it is there.
///
/// Group `g` takes the groups `2g` (entries) and `2g + 1` (chunks) of the log. MicroRaft closes the
/// store when the node terminates; whoever does not start a node closes it himself.
///
/// Errors: [StorageException], which the node's futures carry. After a failed write or sync nothing
/// is taken any more: the node cannot acknowledge, vote or lead on with new commands, and is to be
/// terminated; `EngineEvent.Poisoned` tells it. Any thread.
public final class PlinthRaftStore implements RaftStore, RaftNodeLifecycleAware, AutoCloseable {
  private static final int VOTE_CHARACTERS_MAX = 1024;

  private final Path directory;
  private final Runnable release;
  private final RaftLogStore entries;
  private final SnapshotChunks chunks;
  private final RaftLogStore chunkStore;
  private final RaftModelFactory models;
  private final RaftStoreSerializer serializer;
  private final EntryConversion conversion;
  private final EntryBatch batch = new EntryBatch();
  private SavedState saved;
  private boolean chunksPending;

  /// @param directory the log's, for messages
  /// @param release ends the use of the log
  PlinthRaftStore(
      Path directory,
      long group,
      GroupedLog log,
      Runnable release,
      RaftModelFactory models,
      RaftStoreSerializer serializer) {
    this.directory = directory;
    this.release = release;
    this.models = models;
    this.serializer = serializer;
    this.conversion = new EntryConversion(models, serializer);
    this.entries = log.group(2 * group);
    this.chunkStore = log.group(2 * group + 1);
    this.chunks = new SnapshotChunks(chunkStore, serializer.snapshotChunkSerializer());
    this.saved = SavedState.of(entries.hardState());
  }

  /// Opens or makes the store of a group whose members are [NamedEndpoint]s and whose commands are
  /// `byte[]`.
  public static PlinthRaftStore open(Path directory, long group, StorageConfiguration storage) {
    RaftModelFactory models = new DefaultRaftModelFactory();
    return open(directory, group, storage, models, new PlinthSerializer(models));
  }

  /// Opens or makes the store of a group.
  ///
  /// @param directory the log's; shared by the groups of this process that name it
  /// @param group 0 or more
  /// @param storage chooses the log
  /// @param models the node's
  /// @param serializer writes what MicroRaft gives; [PlinthSerializer], or one of your own
  /// @throws StorageException.UnsupportedFormat when another library wrote the group
  public static PlinthRaftStore open(
      Path directory,
      long group,
      StorageConfiguration storage,
      RaftModelFactory models,
      RaftStoreSerializer serializer) {
    if (group < 0 || group > Long.MAX_VALUE / 2 - 1) {
      throw new IllegalArgumentException("the group must be 0 or more: " + group);
    }
    Path whole = directory.toAbsolutePath().normalize();
    SharedLogs.Lease lease = SharedLogs.PROCESS.acquire(whole, storage);
    try {
      return new PlinthRaftStore(whole, group, lease.log(), lease::close, models, serializer);
    } catch (RuntimeException e) {
      lease.close();
      throw e;
    }
  }

  /// What a node that ran here before goes on with; empty when none did.
  ///
  /// @throws StorageException.Corrupt when entries between the newest whole snapshot and the log
  ///   are missing
  public synchronized Optional<RestoredRaftState> restored() {
    byte[] endpoint = saved.endpoint();
    byte[] members = saved.members();
    if (endpoint == null || members == null) {
      if (entries.lastIndex() >= entries.firstIndex()) {
        throw new StorageException.Corrupt(
            directory, 0, "the log holds entries, and not who the member is");
      }
      return Optional.empty();
    }
    byte[] term = saved.term();
    return Optional.of(
        new RestoredRaftState(
            serializer.raftEndpointPersistentStateSerializer().deserialize(endpoint),
            serializer.raftGroupMembersViewSerializer().deserialize(members),
            term == null
                ? models.createRaftTermPersistentStateBuilder().setTerm(0).build()
                : serializer.raftTermPersistentState().deserialize(term),
            snapshot(),
            entriesBehind(chunks.newestWhole())));
  }

  private @Nullable SnapshotEntry snapshot() {
    long index = chunks.newestWhole();
    if (index < 0) {
      return null;
    }
    List<SnapshotChunk> read = chunks.read(index);
    return models
        .createSnapshotEntryBuilder()
        .setIndex(index)
        .setTerm(read.getFirst().getTerm())
        .setSnapshotChunks(read)
        .setGroupMembersView(read.getFirst().getGroupMembersView())
        .build();
  }

  private List<LogEntry> entriesBehind(long snapshot) {
    long first = Math.max(snapshot, 0) + 1;
    List<LogEntry> read = new ArrayList<>();
    entries.read(
        first,
        entries.lastIndex(),
        Long.MAX_VALUE,
        (index, term, type, _, segment, offset, length) -> {
          if (index != first + read.size()) {
            throw new StorageException.Corrupt(
                directory,
                0,
                "entry "
                    + (first + read.size())
                    + " is missing; the newest whole snapshot is "
                    + (snapshot < 0 ? "none" : "at " + snapshot));
          }
          read.add(conversion.entry(index, term, type, segment, offset, length));
        });
    return read;
  }

  @Override
  public synchronized void persistAndFlushLocalEndpoint(RaftEndpointPersistentState endpoint) {
    byte[] bytes = serializer.raftEndpointPersistentStateSerializer().serialize(endpoint);
    save(new SavedState(bytes, saved.members(), saved.term()));
  }

  @Override
  public synchronized void persistAndFlushInitialGroupMembers(RaftGroupMembersView members) {
    byte[] bytes = serializer.raftGroupMembersViewSerializer().serialize(members);
    save(new SavedState(saved.endpoint(), bytes, saved.term()));
  }

  @Override
  public synchronized void persistAndFlushTerm(RaftTermPersistentState term) {
    byte[] bytes = serializer.raftTermPersistentState().serialize(term);
    SavedState next = new SavedState(saved.endpoint(), saved.members(), bytes);
    @Nullable RaftEndpoint vote = term.getVotedFor();
    String name = vote == null ? "" : String.valueOf(vote.getId());
    entries.saveHardState(
        next.toHardState(
            term.getTerm(), name.substring(0, Math.min(name.length(), VOTE_CHARACTERS_MAX))));
    saved = next;
  }

  private void save(SavedState next) {
    var before = entries.hardState();
    entries.saveHardState(next.toHardState(before.term(), before.vote()));
    saved = next;
  }

  @Override
  public synchronized void persistLogEntries(List<LogEntry> logEntries) {
    if (!logEntries.isEmpty()) {
      append(logEntries);
    }
  }

  /// Appends entries as one record, or as several when they are too many for the log's limits.
  private void append(List<LogEntry> list) {
    try {
      for (LogEntry entry : list) {
        conversion.add(entry, batch);
      }
      // A part of them is there when an earlier try came to a limit half-way.
      if (batch.first() <= entries.lastIndex() && batch.first() >= entries.firstIndex()) {
        entries.overwriteFrom(batch.first(), batch);
      } else {
        entries.append(batch);
      }
    } catch (StorageException.LimitExceeded e) {
      if (list.size() == 1) {
        throw e;
      }
      batch.clear();
      int half = list.size() / 2;
      append(list.subList(0, half));
      append(list.subList(half, list.size()));
    } finally {
      batch.clear();
    }
  }

  @Override
  public synchronized void persistSnapshotChunk(SnapshotChunk snapshotChunk) {
    chunksPending = true;
    chunks.add(snapshotChunk);
  }

  /// Removes the end of the log, durably.
  @Override
  public synchronized void truncateLogEntriesFrom(long logIndexInclusive) {
    entries.truncateSuffix(logIndexInclusive - 1);
  }

  /// Removes entries up to an index, and the snapshots that a newer whole one has replaced.
  @Override
  public synchronized void truncateLogEntriesUntil(long logIndexInclusive) {
    entries.compactPrefix(logIndexInclusive + 1);
    chunks.dropReplaced();
  }

  @Override
  public synchronized void deleteSnapshotChunks(long logIndex, int snapshotChunkCount) {
    chunksPending = true;
    chunks.drop(logIndex);
  }

  /// Makes everything durable. Groups that share the log wait for one sync together.
  @Override
  public synchronized void flush() {
    if (chunksPending) {
      chunkStore.sync(Long.MAX_VALUE);
      chunksPending = false;
    }
    entries.sync(Long.MAX_VALUE);
  }

  /// Closes it; called by MicroRaft.
  @Override
  public void onRaftNodeTerminate() {
    close();
  }

  /// Ends its use of the log, which is closed when no other group uses it. A second call does
  /// nothing.
  @Override
  public synchronized void close() {
    release.run();
  }
}
