package dev.plinth.raft.microraft;

import dev.plinth.raft.store.StateBatch;
import dev.plinth.raft.store.StateInstallation;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.raft.store.StateSnapshot;
import dev.plinth.spi.StorageException;
import io.microraft.impl.statemachine.InternalCommitAware;
import io.microraft.statemachine.StateMachine;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A MicroRaft state machine on an engine of Plinth: says what a command changes, and is done.
///
/// What a command changes, and its index, become visible in one step, so the engine's own log may
/// be off. After a restart MicroRaft installs its last snapshot and runs what follows again: a
/// snapshot that is not newer than the state is passed over, and so are commands that are applied
/// already (their result, for which nobody waits any more, is null).
///
/// Snapshots are chunks from a frozen state, the same bytes on every member and every engine, so
/// that MicroRaft may fetch them from several members at once. MicroRaft holds those of the last
/// snapshot in memory.
///
/// One store a group. MicroRaft calls it on the node's thread; reads go to [#store()] on any
/// thread. Closing the store, after the node was terminated, is up to who opened it.
///
/// Errors: what [#apply] throws is the command's result, as MicroRaft has it, and the command
/// changes nothing. After a failure of the store every command, query and snapshot is refused with
/// its cause until the store is opened again: MicroRaft goes on after an error, and the state must
/// not.
public abstract class PlinthStateMachine implements StateMachine, InternalCommitAware {
  private static final int CHUNK_BYTES = 1 << 20;

  /// MicroRaft tells no terms.
  private static final long NO_TERM = 0;

  private static final byte[] NEW_TERM = new byte[0];

  private final StateMachineStore store;
  private final long group;
  private final int chunkBytes;
  private final StateBatch changes;
  private long lastSeen;
  private @Nullable RuntimeException refused;
  private @Nullable RuntimeException failure;

  /// A state machine whose snapshots have chunks of about 1 MiB.
  ///
  /// @param store holds the state; opened with
  ///   [dev.plinth.raft.store.StorageConfiguration#openState]
  /// @param group the number of the Raft group in the store, 0 or more; 0 makes the shortest keys
  protected PlinthStateMachine(StateMachineStore store, long group) {
    this(store, group, CHUNK_BYTES);
  }

  /// @param chunkBytes about how long the chunks of a snapshot are, 1 KiB to 64 MiB; the same on
  ///   all members
  protected PlinthStateMachine(StateMachineStore store, long group, int chunkBytes) {
    if (chunkBytes < 1 << 10 || chunkBytes > 64 << 20) {
      throw new IllegalArgumentException("chunkBytes = " + chunkBytes + ": 1 KiB to 64 MiB");
    }
    this.store = store;
    this.group = group;
    this.chunkBytes = chunkBytes;
    this.changes = new StateBatch(group);
  }

  /// Says what a command changes. It must decide by the command, the state and nothing else, or
  /// members differ.
  ///
  /// @param index the command's index in the Raft log
  /// @param operation the command, as it was given to `RaftNode.replicate`
  /// @param changes takes the changes
  /// @return the command's result, which holds no memory of the store
  protected abstract @Nullable Object apply(long index, Object operation, StateBatch changes);

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
  public final @Nullable Object runOperation(long index, Object operation) {
    requireWhole();
    if (operation instanceof Query query) {
      return query.read(store, group);
    }
    if (index != lastSeen + 1) {
      throw new IllegalArgumentException(
          "index "
              + index
              + " does not follow "
              + lastSeen
              + ": what is given to RaftNode.query must be a "
              + Query.class.getName());
    }
    lastSeen = index;
    refused = null;
    @Nullable Object result = guarded(() -> run(index, operation));
    RuntimeException told = refused;
    if (told != null) {
      throw told;
    }
    return result;
  }

  private @Nullable Object run(long index, Object operation) {
    if (index <= store.applied(group).index()) {
      return null;
    }
    changes.clear();
    @Nullable Object result = null;
    if (!isNewTerm(operation)) {
      try {
        result = apply(index, operation, changes);
      } catch (StorageException e) {
        throw e;
      } catch (RuntimeException e) {
        changes.clear();
        refused = e;
      }
    }
    store.apply(changes, index, NO_TERM);
    return result;
  }

  private static boolean isNewTerm(Object operation) {
    return operation instanceof byte[] bytes && bytes.length == 0;
  }

  /// A change of members was committed; it changes nothing here.
  @Override
  public final void onInternalCommit(long index) {
    requireWhole();
    lastSeen = index;
    guarded(
        () -> {
          changes.clear();
          return store.apply(changes, index, NO_TERM);
        });
  }

  @Override
  public final void takeSnapshot(long index, Consumer<Object> chunks) {
    requireWhole();
    long applied = store.applied(group).index();
    if (applied != index) {
      throw new IllegalStateException(aheadOf(index, applied));
    }
    guarded(
        () -> {
          try (StateSnapshot snapshot = store.snapshot()) {
            @Nullable MemorySegment chunk = snapshot.next(chunkBytes);
            while (chunk != null) {
              chunks.accept(chunk.toArray(ValueLayout.JAVA_BYTE));
              chunk = snapshot.next(chunkBytes);
            }
          }
          return true;
        });
  }

  private static String aheadOf(long index, long applied) {
    return "the state was applied up to "
        + applied
        + " before a restart, and a snapshot is asked for at "
        + index
        + ": ask again when the node has caught up; if commitCountToTakeSnapshot was changed, set"
        + " it back, or remove the state's folder, which is built again from snapshot and log";
  }

  @Override
  public final void installSnapshot(long index, List<Object> chunks) {
    requireWhole();
    lastSeen = index;
    if (store.applied(group).index() >= index) {
      return;
    }
    guarded(
        () -> {
          try (StateInstallation installation = store.install()) {
            for (Object chunk : chunks) {
              MemorySegment bytes = MemorySegment.ofArray((byte[]) chunk);
              installation.accept(bytes, 0, bytes.byteSize());
            }
            installation.finish();
          }
          return true;
        });
    stateReplaced();
  }

  /// What a new leader appends: a command of no bytes, which changes nothing. Override it together
  /// with a serializer that does not know `byte[]`; it is given to [#apply] then.
  @Override
  public Object getNewTermOperation() {
    return NEW_TERM;
  }

  private void requireWhole() {
    RuntimeException first = failure;
    if (first != null) {
      throw new StorageException.Poisoned(
          "the state of group " + group + " has failed: " + first.getMessage(), first);
    }
  }

  private <T extends @Nullable Object> T guarded(Supplier<T> change) {
    try {
      return change.get();
    } catch (RuntimeException e) {
      failure = e;
      System.getLogger("dev.plinth.raft.microraft")
          .log(System.Logger.Level.ERROR, "the state of group " + group + " failed: " + e, e);
      throw e;
    }
  }
}
