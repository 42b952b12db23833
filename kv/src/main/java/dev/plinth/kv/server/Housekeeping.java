package dev.plinth.kv.server;

import dev.plinth.kv.KvException;
import dev.plinth.kv.KvOptions;
import dev.plinth.kv.Member;
import dev.plinth.kv.client.ClientOptions;
import dev.plinth.kv.client.KvClient;
import dev.plinth.kv.replica.Membership;
import dev.plinth.kv.replica.Replica;
import dev.plinth.spi.StorageException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// What a node does by itself, on one thread: asks to be a member, says where clients reach it,
/// makes snapshots so that its log can be cut.
final class Housekeeping implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger("dev.plinth.kv");
  private static final long ROUND_MILLIS = 50;
  private static final long ROUND_KNOWN_MILLIS = 500;
  private static final Duration CALL_TIME = Duration.ofSeconds(60);
  private static final Duration ATTEMPT_TIME = Duration.ofSeconds(10);

  private final Replica replica;
  private final Membership membership;
  private final Member self;
  private final KvOptions options;
  private final @Nullable String token;
  private final CountDownLatch known = new CountDownLatch(1);
  private final AtomicBoolean ended = new AtomicBoolean();
  private final Thread thread;
  private final SnapshotSchedule snapshots;
  private volatile @Nullable KvException trouble;

  Housekeeping(Replica replica, Member self, @Nullable String token) {
    this.replica = replica;
    this.membership = new Membership(replica);
    this.self = self;
    this.options = replica.options();
    this.token = token;
    this.snapshots =
        new SnapshotSchedule(
            options.snapshotEntries(), replica::snapshotIndex, membership::beginSnapshot);
    this.thread =
        Thread.ofPlatform().daemon().name("plinth-kv-keep-" + self.id()).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  boolean awaitKnown(long timeout, TimeUnit unit) throws InterruptedException {
    return known.await(timeout, unit);
  }

  private void run() {
    while (!ended.get()) {
      try {
        round();
        TimeUnit.MILLISECONDS.sleep(known.getCount() == 0 ? ROUND_KNOWN_MILLIS : ROUND_MILLIS);
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        // A node of JRaft that has failed says IllegalStateException. The next round tries again,
        // whatever it was, and what fails for good is told by the calls themselves.
        LOGGER.log(System.Logger.Level.DEBUG, self.id() + ": " + e.getMessage());
        if (ended.get()) {
          return;
        }
        trouble = e instanceof KvException refusal ? refusal : null;
        pause();
      }
    }
  }

  private void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(ROUND_KNOWN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Why the last round failed; null when none did.
  @Nullable KvException trouble() {
    return trouble;
  }

  private void round() {
    if (replica.leads()) {
      announceAll();
    } else if (known.getCount() > 0) {
      askToBeKnown();
    }
    snapshots.round(replica.figures().appliedIndex());
  }

  /// As the leader: writes down where this node is reached, and the names of those that began the
  /// cluster with it.
  private void announceAll() {
    List<Member> members = replica.members();
    if (!members.contains(self)) {
      membership.announce(self);
    }
    for (Member peer : options.peers()) {
      boolean missing = members.stream().noneMatch(member -> member.id().equals(peer.id()));
      if (missing && !peer.id().equals(self.id()) && known.getCount() > 0) {
        membership.announce(peer);
      }
    }
    known.countDown();
  }

  /// As another: asks the leader to write it down, or the member to join to let it in.
  private void askToBeKnown() {
    @Nullable String leader = replica.leaderAddress();
    @Nullable String join = options.join();
    if (leader != null && replica.members().contains(self)) {
      known.countDown();
    } else if (leader != null) {
      ask(leader);
    } else if (join != null && replica.leaderRaftAddress() == null) {
      ask(join);
    }
  }

  private void ask(String server) {
    KvOptions.Security security = options.security();
    ClientOptions asking =
        new ClientOptions(
            List.of(server),
            options.cluster(),
            token,
            security.certificate() != null,
            security.authority(),
            CALL_TIME,
            ATTEMPT_TIME);
    try (KvClient client = KvClient.of(asking)) {
      client.addServer(self, options.learner());
    }
  }

  /// Hands leadership to another voter before this node goes, when there is one.
  void handOver() {
    stop();
    try {
      membership.handOver();
    } catch (KvException | StorageException e) {
      LOGGER.log(System.Logger.Level.DEBUG, "leadership was not handed over: " + e.getMessage());
    }
  }

  private void stop() {
    if (!ended.getAndSet(true)) {
      thread.interrupt();
    }
  }

  @Override
  public void close() {
    stop();
    try {
      thread.join(TimeUnit.SECONDS.toMillis(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
