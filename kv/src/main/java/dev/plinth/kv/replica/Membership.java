package dev.plinth.kv.replica;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.error.RaftError;
import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
import dev.plinth.kv.Member;
import dev.plinth.kv.state.Commands;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Changes and shows who is a member. Calls block and take turns; all of them are the leader's.
public final class Membership {
  private static final System.Logger LOGGER = System.getLogger("dev.plinth.kv");
  private static final long PATIENCE_MILLIS = 60_000;
  private static final String SNAPSHOT = "making a snapshot";

  private final Replica replica;
  private final ReentrantLock turn = new ReentrantLock();
  private final Patience patience = new Patience(PATIENCE_MILLIS);

  public Membership(Replica replica) {
    this.replica = replica;
  }

  /// A member with its role.
  ///
  /// @param role `leader`, `follower` or `learner`
  public record Listed(Member member, String role) {}

  /// The members, voters first, each with its role.
  public List<Listed> list() {
    List<PeerId> voters = replica.voters();
    List<PeerId> learners = replica.learners();
    @Nullable String leader = replica.leaderRaftAddress();
    List<Member> known = replica.members();
    List<Listed> listed = new ArrayList<>();
    for (PeerId peer : voters) {
      String raft = peer.getEndpoint().toString();
      listed.add(new Listed(named(raft, known), raft.equals(leader) ? "leader" : "follower"));
    }
    for (PeerId peer : learners) {
      listed.add(new Listed(named(peer.getEndpoint().toString(), known), "learner"));
    }
    return listed;
  }

  private static Member named(String raft, List<Member> known) {
    for (Member member : known) {
      if (member.raftAddress().equals(raft)) {
        return member;
      }
    }
    // It has not said its name yet.
    return new Member("unknown", raft, "");
  }

  /// Makes a running server a member, or changes the role or the client address of one.
  ///
  /// @param learner whether it has no vote
  public void add(Member member, boolean learner) {
    turn.lock();
    try {
      requireLeader();
      requireNoClash(member);
      PeerId peer = Replica.peer(member.raftAddress());
      boolean votes = replica.voters().contains(peer);
      boolean learns = replica.learners().contains(peer);
      if (votes && learner) {
        throw new KvException(
            Kind.MEMBERSHIP, member.id() + " has a vote; remove it before it becomes a learner");
      }
      announce(member);
      if (votes || (learner && learns)) {
        return;
      }
      try {
        if (learner) {
          change("adding " + member.id(), done -> replica.node().addLearners(List.of(peer), done));
        } else {
          if (learns) {
            change(
                "promoting " + member.id(),
                done -> replica.node().removeLearners(List.of(peer), done));
          }
          addVoter(member, peer);
        }
      } catch (KvException e) {
        if (learns) {
          backToLearner(member, peer);
        }
        forgetUnlessMember(member, peer);
        throw e;
      }
    } finally {
      turn.unlock();
    }
  }

  /// Writes down where a member is reached, unless that is known already.
  public void announce(Member member) {
    if (!replica.members().contains(member)) {
      patience.await("announcing " + member.id(), replica.propose(Commands.member(member)));
    }
  }

  private void requireNoClash(Member member) {
    for (Member other : replica.members()) {
      boolean sameId = other.id().equals(member.id());
      boolean sameRaft = other.raftAddress().equals(member.raftAddress());
      if (sameId != sameRaft) {
        throw new KvException(
            Kind.MEMBERSHIP,
            "there is "
                + other.id()
                + " at "
                + other.raftAddress()
                + "; names and Raft addresses are not used twice: remove it first");
      }
    }
  }

  /// A learner that did not get its vote stays what it was.
  private void backToLearner(Member member, PeerId peer) {
    try {
      if (!replica.voters().contains(peer) && !replica.learners().contains(peer)) {
        change("keeping " + member.id(), done -> replica.node().addLearners(List.of(peer), done));
      }
    } catch (KvException e) {
      // The first failure is what the caller must hear of.
      LOGGER.log(System.Logger.Level.DEBUG, "no learner again: " + e);
    }
  }

  private void forgetUnlessMember(Member member, PeerId peer) {
    try {
      if (!replica.voters().contains(peer) && !replica.learners().contains(peer)) {
        patience.await(
            "forgetting " + member.id(), replica.propose(Commands.forgetMember(member.id())));
      }
    } catch (KvException e) {
      // The first failure is what the caller must hear of.
      LOGGER.log(System.Logger.Level.DEBUG, "not forgotten: " + e);
    }
  }

  /// Takes a member out.
  public void remove(String id) {
    turn.lock();
    try {
      requireLeader();
      Member member = find(id);
      PeerId peer = Replica.peer(member.raftAddress());
      if (member.raftAddress().equals(replica.options().raftAddress())) {
        throw new KvException(
            Kind.MEMBERSHIP, id + " leads; hand leadership to another first: transfer-leader");
      }
      if (replica.learners().contains(peer)) {
        change("removing " + id, done -> replica.node().removeLearners(List.of(peer), done));
      } else if (replica.voters().contains(peer)) {
        change("removing " + id, done -> replica.node().removePeer(peer, done));
      }
      patience.await("forgetting " + id, replica.propose(Commands.forgetMember(id)));
    } finally {
      turn.unlock();
    }
  }

  /// Hands leadership over, and waits until this node does not lead any more.
  ///
  /// @param id to whom; null for the voter that is furthest on
  public void transfer(@Nullable String id) {
    transfer(id, PATIENCE_MILLIS);
  }

  /// Hands leadership over before this node goes, when another voter answers; gives up soon.
  public void handOver() {
    if (replica.leads() && replica.aliveVoters() > 1) {
      transfer(null, replica.options().electionMillis() * 3L / 2);
    }
  }

  private void transfer(@Nullable String id, long patienceMillis) {
    turn.lock();
    try {
      requireLeader();
      PeerId peer = id == null ? PeerId.ANY_PEER : Replica.peer(find(id).raftAddress());
      if (id != null && replica.learners().contains(peer)) {
        throw new KvException(Kind.MEMBERSHIP, id + " is a learner; only voters can lead");
      }
      if (id != null && find(id).raftAddress().equals(replica.options().raftAddress())) {
        return;
      }
      Status status = replica.node().transferLeadershipTo(peer);
      if (!status.isOk()) {
        throw refused("transferring leadership", status);
      }
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patienceMillis);
      while (!anotherLeads()) {
        if (System.nanoTime() > end) {
          throw new KvException(Kind.MEMBERSHIP, "leadership was not taken over in time");
        }
        TimeUnit.MILLISECONDS.sleep(10);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KvException(Kind.UNAVAILABLE, "interrupted", null, e);
    } finally {
      turn.unlock();
    }
  }

  private boolean anotherLeads() {
    @Nullable String leader = replica.leaderRaftAddress();
    return leader != null && !leader.equals(replica.options().raftAddress());
  }

  /// Makes a snapshot of this node, and lets its log be cut.
  ///
  /// @return the index that it covers at least
  public long snapshot() {
    return patience.await(SNAPSHOT, beginSnapshot());
  }

  /// Begins a snapshot of this node.
  ///
  /// @return completed, however long it takes, with the index that it covers at least
  public CompletableFuture<Long> beginSnapshot() {
    long index = replica.figures().appliedIndex();
    CompletableFuture<Status> ended = new CompletableFuture<>();
    replica.node().snapshot(ended::complete);
    return ended.thenApply(
        status -> {
          if (!status.isOk()) {
            throw refused(SNAPSHOT, status);
          }
          return index;
        });
  }

  private Member find(String id) {
    List<Member> known = replica.members();
    for (Member member : known) {
      if (member.id().equals(id)) {
        return member;
      }
    }
    throw new KvException(
        Kind.MEMBERSHIP,
        "no member is named "
            + id
            + "; there are "
            + String.join(", ", known.stream().map(Member::id).toList()));
  }

  private void requireLeader() {
    if (!replica.leads()) {
      throw replica.notLeader();
    }
  }

  /// JRaft looks whether a new voter has caught up only when that answers an append. An answer that
  /// came before JRaft began to look is missed, and in a cluster that nobody writes to none
  /// follows: so an entry that changes nothing is sent to it now and then.
  private void addVoter(Member member, PeerId peer) {
    String what = "adding " + member.id();
    CompletableFuture<Status> ended = new CompletableFuture<>();
    replica.node().addPeer(peer, ended::complete);
    requireOk(
        what,
        patience.await(
            what,
            ended,
            replica.options().electionMillis(),
            () -> {
              var _ = replica.propose(Commands.member(member));
            }));
  }

  private void change(String what, Consumer<Closure> begin) {
    CompletableFuture<Status> ended = new CompletableFuture<>();
    begin.accept(ended::complete);
    requireOk(what, patience.await(what, ended));
  }

  private void requireOk(String what, Status status) {
    if (!status.isOk()) {
      throw refused(what, status);
    }
  }

  private KvException refused(String what, Status status) {
    RaftError error = status.getRaftError();
    if (error == RaftError.EPERM) {
      return replica.notLeader();
    }
    if (error == RaftError.EBUSY) {
      return new KvException(
          Kind.OVERLOADED, what + ": " + status.getErrorMsg() + "; try again later");
    }
    if (error == RaftError.ECATCHUP) {
      return new KvException(
          Kind.UNAVAILABLE,
          what + ": it did not catch up; is it running at that Raft address, in this cluster?");
    }
    return new KvException(Kind.MEMBERSHIP, what + ": " + status.getErrorMsg());
  }
}
