package dev.plinth.raft.jraft;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Iterator;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.core.StateMachineAdapter;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotReader;
import com.alipay.sofa.jraft.storage.snapshot.SnapshotWriter;
import dev.plinth.raft.store.StateBatch;
import dev.plinth.raft.store.StateExport;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.spi.StorageException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A JRaft state machine on an engine of Plinth: says what a command changes, and is done.
///
/// What many commands change, and the index of the last of them, become visible in one step, so the
/// engine's own log may be off. After a restart, entries that are applied already are passed over.
/// Snapshots are hard links where the engine can make them, else a frozen state is copied while
/// commands go on; a snapshot that is older than what is there is not loaded; one of another engine
/// is loaded when that engine is on the class path.
///
/// One store a group. [#apply] runs on JRaft's thread; reads go to [#store()] on any thread.
/// Closing the store, after the node was shut down and joined, is up to who opened it.
public abstract class PlinthStateMachine extends StateMachineAdapter {
  private static final System.Logger LOGGER = System.getLogger("dev.plinth.raft.jraft");
  private static final long PENDING_BYTES_MAX = 1 << 20;

  private final StateMachineStore store;
  private final long group;
  private final StateBatch changes;
  private final List<Closure> waiting = new ArrayList<>();
  private long pendingIndex;
  private long pendingTerm;
  private int pending;

  /// @param store holds the state; opened with
  ///   [dev.plinth.raft.store.StorageConfiguration#openState]
  /// @param group the number of the Raft group in the store, 0 or more; 0 makes the shortest keys
  protected PlinthStateMachine(StateMachineStore store, long group) {
    this.store = store;
    this.group = group;
    this.changes = new StateBatch(group);
  }

  /// Says what a command changes. It must decide by the command, the state and nothing else, or
  /// members differ.
  ///
  /// What earlier commands changed may still be in `changes` only: call [#applyPending()] before
  /// reading what they may have touched.
  ///
  /// @param changes takes the changes
  protected abstract void apply(Command command, StateBatch changes);

  /// Where the state is.
  public final StateMachineStore store() {
    return store;
  }

  /// The group's number in the store.
  public final long group() {
    return group;
  }

  /// Makes the changes of the commands before this one visible, so that [#apply] can read them.
  protected final void applyPending() {
    if (pending > 0) {
      complete(changes);
      store.apply(changes, pendingIndex, pendingTerm);
      changes.clear();
      pending = 0;
      List<Closure> told = List.copyOf(waiting);
      waiting.clear();
      told.forEach(closure -> closure.run(Status.OK()));
    }
  }

  /// Called when the changes of the commands so far are about to become visible in one step: the
  /// place for what many of them change, such as a counter, and which need be written only once. It
  /// must follow from these commands alone.
  ///
  /// @param all takes further changes
  protected void complete(StateBatch all) {}

  /// Called when a snapshot has replaced the state, before any command is applied to it: what was
  /// kept of the state in memory is to be read again.
  protected void stateReplaced() {}

  @Override
  public final void onApply(Iterator entries) {
    long applied = store.applied(group).index();
    int begun = 0;
    try {
      while (entries.hasNext()) {
        long index = entries.getIndex();
        begun = 1;
        Closure done = entries.done();
        if (index > applied) {
          // JRaft lends the buffer that it sends to others: its position must stay.
          ByteBuffer data = entries.getData().asReadOnlyBuffer();
          apply(new Command(index, entries.getTerm(), data, done), changes);
        }
        take(index, entries.getTerm(), done);
        begun = 0;
        entries.next();
        if (changes.bytes() > PENDING_BYTES_MAX) {
          applyPending();
        }
      }
      applyPending();
    } catch (RuntimeException e) {
      fail(entries, begun, e);
    }
  }

  private void take(long index, long term, @Nullable Closure done) {
    pendingIndex = index;
    pendingTerm = term;
    pending++;
    if (done != null) {
      waiting.add(done);
    }
  }

  /// Gives back to JRaft what was not applied; it halts the node.
  private void fail(Iterator entries, int begun, RuntimeException e) {
    LOGGER.log(System.Logger.Level.ERROR, "applying entries failed, group " + group + ": " + e, e);
    int lost = Math.max(1, pending + begun);
    waiting.clear();
    changes.clear();
    pending = 0;
    entries.setErrorAndRollback(lost, new Status(RaftError.ESTATEMACHINE, "%s", e.toString()));
  }

  @Override
  public final void onSnapshotSave(SnapshotWriter writer, Closure done) {
    StateExport export;
    try {
      export = store.export(Path.of(writer.getPath()));
    } catch (StorageException e) {
      done.run(failed("freezing the state", e));
      return;
    }
    Thread.ofPlatform()
        .daemon()
        .name("plinth-snapshot")
        .start(() -> done.run(write(export, writer)));
  }

  private Status write(StateExport export, SnapshotWriter writer) {
    try (export) {
      for (String file : export.write()) {
        if (!writer.addFile(file)) {
          return new Status(RaftError.EIO, "JRaft does not take the file %s", file);
        }
      }
      return Status.OK();
    } catch (RuntimeException e) {
      return failed("writing a snapshot", e);
    }
  }

  private Status failed(String what, RuntimeException e) {
    LOGGER.log(System.Logger.Level.ERROR, what + " failed, group " + group + ": " + e, e);
    return new Status(RaftError.EIO, "%s failed: %s", what, e.toString());
  }

  @Override
  public final boolean onSnapshotLoad(SnapshotReader reader) {
    try {
      if (store.importFrom(Path.of(reader.getPath()))) {
        stateReplaced();
      }
      return true;
    } catch (RuntimeException e) {
      failed("loading a snapshot", e);
      return false;
    }
  }
}
