package dev.plinth.raft.ratis;

import dev.plinth.raft.store.StateBatch;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.StateMachineLogEntryProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.raftlog.RaftLog;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.util.LifeCycle;
import org.jspecify.annotations.Nullable;

/// A Ratis state machine on an engine of Plinth: says what a command changes, and is done.
///
/// What a command changes, and its index, become visible in one step, so the engine's own log may
/// be off. Snapshots are folders of files, hard links where the engine can make them; one of
/// another engine is taken too when that engine is on the class path. After a restart Ratis replays
/// its log from the last snapshot on: what is applied already is passed over, and a snapshot that
/// is newer than the state is loaded.
///
/// With a [DataLog], large commands stay out of Ratis's log: they are written once, to the data
/// log, durable before Ratis writes the entry, and given back when a follower lags behind or a
/// restart replays.
///
/// One store a group. Ratis applies on one thread; reads go to [#store()] on any thread. Closing
/// store and data log, after the server was closed, is up to who opened them.
///
/// Errors: what [#apply] throws goes to the client, and the command changes nothing. A failure of
/// the store goes to Ratis, which closes the server.
public abstract class PlinthStateMachine extends BaseStateMachine {
  private final StateMachineStore store;
  private final long group;
  private final @Nullable DataLog data;
  private final StateBatch changes;
  private final SnapshotFolders snapshots = new SnapshotFolders();

  /// @param store holds the state; opened with
  ///   [dev.plinth.raft.store.StorageConfiguration#openState], on the same file system as Ratis's
  ///   folders
  /// @param group the number of the Raft group in the store, 0 or more; 0 makes the shortest keys
  /// @param data takes large commands; null leaves them in Ratis's log
  protected PlinthStateMachine(StateMachineStore store, long group, @Nullable DataLog data) {
    this.store = store;
    this.group = group;
    this.data = data;
    this.changes = new StateBatch(group);
  }

  /// Says what a command changes. It must decide by the command, the state and nothing else, or
  /// members differ.
  ///
  /// @param changes takes the changes
  /// @return the command's result; [Message#EMPTY] for none
  protected abstract Message apply(Command command, StateBatch changes);

  /// Answers a read. Refuses it unless overridden.
  ///
  /// @param query its bytes, to be read only
  protected Message read(ByteBuffer query) {
    throw new UnsupportedOperationException(getClass().getName() + " answers no reads");
  }

  /// Called when a snapshot has replaced the state, before any command is applied to it: what was
  /// kept of the state in memory is to be read again.
  protected void stateReplaced() {}

  /// Where the state is.
  public final StateMachineStore store() {
    return store;
  }

  /// The group's number in the store.
  public final long group() {
    return group;
  }

  @Override
  public final void initialize(RaftServer server, RaftGroupId groupId, RaftStorage storage)
      throws IOException {
    super.initialize(server, groupId, storage);
    snapshots.init(storage);
    getLifeCycle().startAndTransition(this::load, IOException.class);
  }

  /// Ratis replaces the folder of snapshots between this and [#reinitialize].
  @Override
  public final void pause() {
    getLifeCycle().transition(LifeCycle.State.PAUSING);
    getLifeCycle().transition(LifeCycle.State.PAUSED);
  }

  @Override
  public final void reinitialize() throws IOException {
    snapshots.load();
    load();
    if (getLifeCycleState() == LifeCycle.State.PAUSED) {
      getLifeCycle().transition(LifeCycle.State.STARTING);
      getLifeCycle().transition(LifeCycle.State.RUNNING);
    }
  }

  /// Takes over the newest snapshot, unless the state is as far.
  private void load() throws IOException {
    SnapshotInfo latest = snapshots.getLatestSnapshot();
    if (latest == null) {
      return;
    }
    TermIndex at = latest.getTermIndex();
    snapshots.tidy(at);
    if (store.importFrom(snapshots.folder(at))) {
      stateReplaced();
    }
    setLastAppliedTermIndex(at);
  }

  @Override
  public final StateMachineStorage getStateMachineStorage() {
    return snapshots;
  }

  /// Exports the state into a folder of its own, and gives back values that Ratis's log has no
  /// entry for any more.
  ///
  /// @return what the snapshot is of; -1 while the state is ahead of what Ratis has replayed
  @Override
  public final long takeSnapshot() throws IOException {
    TermIndex at = getLastAppliedTermIndex();
    if (at.getIndex() < 0 || store.applied(group).index() > at.getIndex()) {
      return RaftLog.INVALID_LOG_INDEX;
    }
    snapshots.save(store, at);
    DataLog values = data;
    if (values != null) {
      long first = getServer().join().getDivision(getGroupId()).getRaftLog().getStartIndex();
      if (first > 0) {
        values.compact(first);
      }
    }
    return at.getIndex();
  }

  @Override
  public final CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    LogEntryProto entry = transaction.getLogEntry();
    long index = entry.getIndex();
    Message result = Message.EMPTY;
    @Nullable RuntimeException refused = null;
    if (index > store.applied(group).index()) {
      changes.clear();
      try {
        Command command =
            new Command(index, entry.getTerm(), content(entry).asReadOnlyByteBuffer());
        result = apply(command, changes);
      } catch (StorageException e) {
        throw e;
      } catch (RuntimeException e) {
        changes.clear();
        refused = e;
      }
      store.apply(changes, index, entry.getTerm());
    }
    updateLastAppliedTermIndex(entry.getTerm(), index);
    return refused == null
        ? CompletableFuture.completedFuture(result)
        : CompletableFuture.failedFuture(refused);
  }

  private ByteString content(LogEntryProto entry) {
    StateMachineLogEntryProto log = entry.getStateMachineLogEntry();
    if (!log.hasStateMachineEntry()) {
      return log.getLogData();
    }
    ByteString value = log.getStateMachineEntry().getStateMachineData();
    return value.isEmpty() ? values().read(entry.getIndex(), entry.getTerm()) : value;
  }

  private DataLog values() {
    DataLog values = data;
    if (values == null) {
      throw new StorageException.InvalidConfiguration(
          "Ratis's log refers to values in a data log, and the state machine was given none");
    }
    return values;
  }

  @Override
  public final CompletableFuture<Message> query(Message request) {
    try {
      return CompletableFuture.completedFuture(read(request.getContent().asReadOnlyByteBuffer()));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public final TransactionContext startTransaction(RaftClientRequest request) throws IOException {
    ByteString content = request.getMessage().getContent();
    TransactionContext.Builder transaction =
        TransactionContext.newBuilder().setStateMachine(this).setClientRequest(request);
    if (data != null && !content.isEmpty() && data.takes(content.size())) {
      return transaction.setLogData(ByteString.EMPTY).setStateMachineData(content).build();
    }
    return transaction.setLogData(content).build();
  }

  @Override
  public final CompletableFuture<?> write(
      LogEntryProto entry, @Nullable TransactionContext transaction) {
    try {
      return values()
          .write(
              entry.getIndex(),
              entry.getTerm(),
              entry.getStateMachineLogEntry().getStateMachineEntry().getStateMachineData());
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public final CompletableFuture<ByteString> read(
      LogEntryProto entry, @Nullable TransactionContext transaction) {
    try {
      return CompletableFuture.completedFuture(values().read(entry.getIndex(), entry.getTerm()));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public final CompletableFuture<Void> flush(long index) {
    DataLog values = data;
    return values == null ? CompletableFuture.completedFuture(null) : attempt(values::sync);
  }

  @Override
  public final CompletableFuture<Void> truncate(long index) {
    DataLog values = data;
    return values == null
        ? CompletableFuture.completedFuture(null)
        : attempt(() -> values.truncate(index));
  }

  private static CompletableFuture<Void> attempt(Runnable change) {
    try {
      change.run();
      return CompletableFuture.completedFuture(null);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
