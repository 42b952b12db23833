package dev.plinth.kv.state;

import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.entity.LeaderChangeContext;
import com.alipay.sofa.jraft.error.RaftException;
import dev.plinth.kv.Member;
import dev.plinth.kv.state.CommandReader.Proposal;
import dev.plinth.kv.state.WriteResult.Outcome;
import dev.plinth.raft.jraft.Command;
import dev.plinth.raft.jraft.PlinthStateMachine;
import dev.plinth.raft.store.StateBatch;
import dev.plinth.raft.store.StateMachineStore;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Applies the commands of the Raft log: writes under conditions, sessions, the list of members.
///
/// What a command does depends on the commands before it and on nothing else, so every node comes
/// to the same content, whatever its engine. All of it is on one thread of JRaft's.
public final class KvStateMachine extends PlinthStateMachine {
  /// The number of the group in a node's store.
  public static final long GROUP = 0;

  private final SessionTable sessions = new SessionTable();
  private final MemberTable members = new MemberTable();
  private final RoleListener listener;

  /// Hashes of the keys that changes touch which cannot be read yet.
  private final Set<Integer> unread = new HashSet<>();

  /// Told of what the node becomes; called on JRaft's threads, must return soon.
  public interface RoleListener {
    /// The node leads now.
    void leads(long term);

    /// The node does not lead any more, or follows another.
    void follows();

    /// The node has failed for good.
    void failed(String why);
  }

  /// @param store holds the state, and what is in it counts
  public KvStateMachine(StateMachineStore store, RoleListener listener) {
    super(store, GROUP);
    this.listener = listener;
    sessions.load(store, GROUP);
    members.load(store, GROUP);
  }

  /// The members that have said where they are reached; any thread.
  public List<Member> members() {
    return members.shown();
  }

  @Override
  protected void apply(Command command, StateBatch changes) {
    if (changes.count() == 0) {
      unread.clear();
    }
    WriteResult result = apply(CommandReader.read(command.data()), command.index(), changes);
    if (command.done() instanceof PendingWrite waiting) {
      waiting.resolve(result);
    }
  }

  private WriteResult apply(Proposal proposal, long index, StateBatch changes) {
    switch (proposal) {
      case Proposal.Write write -> {
        return write(write, index, changes);
      }
      case Proposal.OpenSession() -> sessions.open(index, changes);
      case Proposal.CloseSession(long session) -> sessions.close(session, changes);
      case Proposal.Announce(Member member) -> members.put(member, changes);
      case Proposal.Forget(String id) -> members.remove(id, changes);
    }
    return WriteResult.of(Outcome.APPLIED, index);
  }

  private WriteResult write(Proposal.Write write, long index, StateBatch changes) {
    @Nullable WriteResult answered = sessions.find(write.id(), index);
    if (answered != null) {
      return answered;
    }
    WriteResult result = decide(write, index, changes);
    sessions.keep(write.id(), result);
    return result;
  }

  private WriteResult decide(Proposal.Write write, long index, StateBatch changes) {
    return switch (write.condition()) {
      case Condition.Always() -> applied(write, index, changes);
      case Condition.Absent(byte[] key) -> {
        byte[] current = read(key);
        yield current == null ? applied(write, index, changes) : failed(index, current);
      }
      case Condition.Present(byte[] key) -> {
        byte[] current = read(key);
        yield current != null ? applied(write, index, changes) : failed(index, null);
      }
      case Condition.Equal(byte[] key, byte[] expected) -> {
        byte[] current = read(key);
        yield current != null && Arrays.equals(current, expected)
            ? applied(write, index, changes)
            : failed(index, current);
      }
    };
  }

  private static WriteResult failed(long index, byte @Nullable [] current) {
    return new WriteResult(Outcome.CONDITION_FAILED, index, 0, true, current);
  }

  /// Applies a write whose condition holds. Everything is read before anything is changed: the
  /// changes of one command must not be parted.
  private WriteResult applied(Proposal.Write write, long index, StateBatch changes) {
    int removed = 0;
    for (Change change : write.changes()) {
      if (change instanceof Change.Remove(byte[] key) && read(key) != null) {
        removed++;
      }
    }
    for (Change change : write.changes()) {
      byte[] key = KeySpace.user(change.key());
      switch (change) {
        case Change.Put put -> changes.put(key, put.value());
        case Change.Remove _ -> changes.delete(key);
      }
      unread.add(Arrays.hashCode(change.key()));
    }
    return new WriteResult(Outcome.APPLIED, index, removed, false, null);
  }

  /// Reads a key as the commands before this one have left it.
  private byte @Nullable [] read(byte[] key) {
    if (unread.contains(Arrays.hashCode(key))) {
      applyPending();
      unread.clear();
    }
    return store().get(GROUP, KeySpace.user(key));
  }

  @Override
  protected void complete(StateBatch all) {
    sessions.save(all);
  }

  @Override
  protected void stateReplaced() {
    unread.clear();
    sessions.load(store(), GROUP);
    members.load(store(), GROUP);
  }

  @Override
  public void onLeaderStart(long term) {
    listener.leads(term);
  }

  @Override
  public void onLeaderStop(Status status) {
    listener.follows();
  }

  @Override
  public void onStartFollowing(LeaderChangeContext context) {
    listener.follows();
  }

  @Override
  public void onError(RaftException failure) {
    listener.failed(String.valueOf(failure.getMessage()) + ", " + failure.getStatus());
  }
}
