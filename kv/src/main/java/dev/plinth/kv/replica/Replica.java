package dev.plinth.kv.replica;

import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.RaftGroupService;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.closure.ReadIndexClosure;
import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.Task;
import com.alipay.sofa.jraft.error.RaftError;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.option.RaftOptions;
import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
import dev.plinth.kv.KvLimits;
import dev.plinth.kv.KvOptions;
import dev.plinth.kv.Member;
import dev.plinth.kv.state.KvContent;
import dev.plinth.kv.state.KvStateMachine;
import dev.plinth.kv.state.PendingWrite;
import dev.plinth.kv.state.WriteResult;
import dev.plinth.raft.jraft.PlinthServiceFactory;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.raft.store.StorageConfiguration;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.Engines;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One member of a cluster: a node of JRaft, its log and its state in one directory.
///
/// Writes go through the log and are answered when they are applied here; a barrier makes reads of
/// [#content()] linearizable. Any thread; futures are completed on threads of JRaft's, so what
/// hangs on them must be short. Refusals are [KvException].
public final class Replica implements AutoCloseable {
  private static final String[][] SETTINGS = {
    {"sofa.middleware.log.disable", "true"},
    {"sofa.middleware.log.internal.level", "ERROR"},
    {"com.google.protobuf.use_unsafe_pre22_gencode", "true"}
  };
  private static final String STATE = "state";
  private static final String LOG = "log";
  private static final String VOTE = "vote";
  private static final String SNAPSHOTS = "snapshots";

  /// What a node keeps in its directory beside `NODE`.
  static final List<String> FOLDERS = List.of(STATE, LOG, VOTE, SNAPSHOTS);

  private static final byte[] NO_CONTEXT = new byte[0];
  private static final long LOG_MEMORY_BYTES_MAX = 32 << 20;
  private static final int FILE_CHUNK_BYTES = 1 << 20;
  private static final long PORT_PATIENCE_NANOS = 5_000_000_000L;

  private static final long ROUND_PATIENCE_NANOS = 100_000_000L;

  private static final Pattern SNAPSHOT = Pattern.compile("snapshot_([0-9]{1,18})");

  private final Path directory;
  private final KvOptions options;
  private final KvStateMachine machine;
  private final StateMachineStore store;
  private final KvContent content;
  private final RaftGroupService service;
  private final Node node;
  private final Roles roles;
  private final Semaphore pending;
  private final BarrierRounds rounds;
  private final AtomicLong writes = new AtomicLong();
  private final AtomicLong barriers = new AtomicLong();
  private final AtomicLong refusals = new AtomicLong();

  static {
    // JRaft's parts tell on standard error, once a process, that its transport has no logger of its
    // own and that its generated code is old. Neither helps who reads it here.
    for (String[] setting : SETTINGS) {
      if (System.getProperty(setting[0]) == null) {
        System.setProperty(setting[0], setting[1]);
      }
    }
  }

  private Replica(
      Path directory,
      KvOptions options,
      KvStateMachine machine,
      RaftGroupService service,
      Node node,
      Roles roles) {
    this.directory = directory;
    this.options = options;
    this.machine = machine;
    this.store = machine.store();
    this.content = new KvContent(store);
    this.service = service;
    this.node = node;
    this.roles = roles;
    this.pending = new Semaphore(options.limits().pendingMax());
    this.rounds = new BarrierRounds(this::confirm, ROUND_PATIENCE_NANOS);
  }

  /// Opens what a directory holds, or makes it, and takes part in the cluster.
  ///
  /// @throws StorageException.InvalidConfiguration when the directory is another node's, the port
  ///   is taken, or the engine cannot keep what a cluster may write
  public static Replica open(Path directory, KvOptions options) {
    PeerId self = peer(options.raftAddress());
    requireFree(options.raftAddress());
    StorageConfiguration storage = StorageConfiguration.of(options.storage());
    requireEngine(storage);
    NodeOptions raft = raftOptions(directory, options, storage);
    NodeFile.claim(new SystemDisk(), directory.toAbsolutePath().normalize(), options);
    StateMachineStore store = storage.openState(directory.resolve(STATE));
    try {
      Roles roles = new Roles();
      KvStateMachine machine = new KvStateMachine(store, roles);
      raft.setFsm(machine);
      RaftGroupService service = new RaftGroupService("plinth-kv-" + options.cluster(), self, raft);
      Node node = start(service, directory, options);
      return new Replica(directory, options, machine, service, node, roles);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  private static Node start(RaftGroupService service, Path directory, KvOptions options) {
    try {
      Node node = service.start();
      if (node == null) {
        throw new StorageException.Io(
            directory
                + ": JRaft does not start at "
                + options.raftAddress()
                + "; its messages say why",
            null);
      }
      return node;
    } catch (RuntimeException e) {
      service.shutdown();
      throw e;
    }
  }

  private static NodeOptions raftOptions(
      Path directory, KvOptions options, StorageConfiguration storage) {
    NodeOptions raft = new NodeOptions();
    raft.setServiceFactory(new PlinthServiceFactory(storage));
    raft.setLogUri(directory.resolve(LOG).toString());
    boolean logOfJraft = storage.logEngine().equals(PlinthServiceFactory.JRAFT);
    raft.setRaftMetaUri(directory.resolve(logOfJraft ? VOTE : LOG).toString());
    raft.setSnapshotUri(directory.resolve(SNAPSHOTS).toString());
    Configuration members = new Configuration();
    for (Member member : options.peers()) {
      members.addPeer(peer(member.raftAddress()));
    }
    raft.setInitialConf(members);
    raft.setElectionTimeoutMs(options.electionMillis());
    raft.setSnapshotIntervalSecs(0);
    raft.setDisableCli(true);
    RaftOptions tuning = raft.getRaftOptions();
    tuning.setMaxLogsInMemoryBytes(LOG_MEMORY_BYTES_MAX);
    tuning.setMaxByteCountPerRpc(FILE_CHUNK_BYTES);
    tuning.setSyncMeta(true);
    return raft;
  }

  /// Refuses a port that is taken; JRaft would only say that it does not start.
  private static void requireFree(String address) {
    @Nullable IOException taken = taken(address);
    if (taken != null) {
      throw new StorageException.InvalidConfiguration(
          "raft.address = "
              + address
              + ": cannot listen there: "
              + taken.getMessage()
              + "; end who does, or name another port");
    }
  }

  /// Why nobody can listen at an address now; null when one can.
  private static @Nullable IOException taken(String address) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(Member.host(address), Member.port(address)));
      return null;
    } catch (IOException e) {
      return e;
    }
  }

  private static void requireEngine(StorageConfiguration storage) {
    var provider = Engines.provider(storage.state().getOrDefault(Engines.ENGINE_KEY, ""));
    EngineTraits traits = provider.traits(Engines.options(provider, storage.state()));
    if (traits.keyBytesMax() < KvLimits.KEY_BYTES_LIMIT + 16
        || traits.valueBytesMax() < KvLimits.VALUE_BYTES_LIMIT
        || traits.batchBytesMax() < 2 * KvLimits.REQUEST_BYTES_LIMIT) {
      throw new StorageException.InvalidConfiguration(
          "state.engine = "
              + provider.name()
              + ": keeps keys of "
              + traits.keyBytesMax()
              + ", values of "
              + traits.valueBytesMax()
              + " and batches of "
              + traits.batchBytesMax()
              + " bytes only, less than a cluster may write; choose another engine");
    }
  }

  static PeerId peer(String address) {
    return new PeerId(Member.host(address), Member.port(address));
  }

  /// Sends a command through the log.
  ///
  /// @return completed when the command was applied here; NOT_LEADER, OVERLOADED, UNKNOWN_OUTCOME
  ///   or UNAVAILABLE otherwise
  public CompletableFuture<WriteResult> propose(ByteBuffer command) {
    CompletableFuture<WriteResult> answer = new CompletableFuture<>();
    if (!node.isLeader(false)) {
      answer.completeExceptionally(notLeader());
      return answer;
    }
    if (!pending.tryAcquire()) {
      refusals.incrementAndGet();
      answer.completeExceptionally(
          new KvException(
              Kind.OVERLOADED,
              options.limits().pendingMax()
                  + " writes are under way (pending.max); try again later"));
      return answer;
    }
    writes.incrementAndGet();
    PendingWrite done =
        new PendingWrite(
            (status, result) -> {
              pending.release();
              finish(answer, status, result);
            });
    try {
      node.apply(new Task(command, done));
    } catch (IllegalStateException e) {
      // The node is going down: JRaft runs the closure too.
      answer.completeExceptionally(
          new KvException(Kind.UNKNOWN_OUTCOME, "this node is stopping", null, e));
    }
    return answer;
  }

  private void finish(
      CompletableFuture<WriteResult> answer, Status status, @Nullable WriteResult result) {
    if (status.isOk() && result != null) {
      answer.complete(result);
    } else if (status.getRaftError() == RaftError.EBUSY) {
      answer.completeExceptionally(
          new KvException(Kind.OVERLOADED, status.getErrorMsg() + "; try again later"));
    } else {
      answer.completeExceptionally(
          new KvException(
              Kind.UNKNOWN_OUTCOME,
              "the write may take effect or not: " + status.getErrorMsg(),
              leaderAddress(),
              null));
    }
  }

  /// Waits until everything that was acknowledged before the call is applied here: what is read
  /// from [#content()] afterwards is linearizable. Callers that come while JRaft asks the members
  /// for others share the next question.
  public CompletableFuture<Void> barrier() {
    barriers.incrementAndGet();
    return rounds.join();
  }

  private CompletableFuture<Void> confirm() {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    try {
      node.readIndex(
          NO_CONTEXT,
          new ReadIndexClosure() {
            @Override
            public void run(Status status, long index, byte[] context) {
              if (status.isOk()) {
                answer.complete(null);
              } else {
                answer.completeExceptionally(
                    new KvException(
                        Kind.UNAVAILABLE,
                        "no majority has confirmed the leader: " + status.getErrorMsg(),
                        leaderAddress(),
                        null));
              }
            }
          });
    } catch (IllegalStateException e) {
      answer.completeExceptionally(
          new KvException(Kind.UNAVAILABLE, "this node is stopping", null, e));
    }
    return answer;
  }

  /// What was applied here.
  public KvContent content() {
    return content;
  }

  /// The members that have said where they are reached.
  public List<Member> members() {
    return machine.members();
  }

  /// The store under it.
  public StateMachineStore store() {
    return store;
  }

  /// The options that it was opened with.
  public KvOptions options() {
    return options;
  }

  /// What the node is now.
  public Roles roles() {
    return roles;
  }

  Node node() {
    return node;
  }

  /// Whether this node leads.
  public boolean leads() {
    return node.isLeader(false);
  }

  /// The Raft address of the leader; null while none is known.
  public @Nullable String leaderRaftAddress() {
    PeerId leader = node.getLeaderId();
    return leader == null || leader.isEmpty() ? null : leader.getEndpoint().toString();
  }

  /// The client address of the leader; null while it is not known.
  public @Nullable String leaderAddress() {
    @Nullable Member leader = leader();
    return leader == null || leader.address().isEmpty() ? null : leader.address();
  }

  /// The leader, as it has announced itself; null while it is not known.
  public @Nullable Member leader() {
    @Nullable String raft = leaderRaftAddress();
    if (raft == null) {
      return null;
    }
    for (Member member : members()) {
      if (member.raftAddress().equals(raft)) {
        return member;
      }
    }
    return null;
  }

  KvException notLeader() {
    @Nullable Member leader = leader();
    String message =
        leader == null
            ? "there is no leader that is known here; try again"
            : leader.id() + " leads, at " + leader.address();
    return new KvException(Kind.NOT_LEADER, message, leaderAddress(), null);
  }

  /// The index that the newest snapshot on the disk covers; 0 when there is none.
  public long snapshotIndex() {
    long newest = 0;
    for (String name : new SystemDisk().list(directory.resolve(SNAPSHOTS))) {
      Matcher matcher = SNAPSHOT.matcher(name);
      if (matcher.matches()) {
        newest = Math.max(newest, Long.parseLong(matcher.group(1)));
      }
    }
    return newest;
  }

  /// What it has counted and where it stands.
  public ReplicaFigures figures() {
    return new ReplicaFigures(
        orZero(node::getLastLogIndex),
        orZero(node::getLastCommittedIndex),
        store.applied(KvStateMachine.GROUP).index(),
        store.durableApplied(KvStateMachine.GROUP),
        options.limits().pendingMax() - pending.availablePermits(),
        writes.get(),
        barriers.get(),
        refusals.get());
  }

  /// A figure of JRaft's, which a node that has failed does not give any more.
  private static long orZero(LongSupplier figure) {
    try {
      return figure.getAsLong();
    } catch (IllegalStateException e) {
      return 0;
    }
  }

  /// The voters' and learners' Raft addresses; leader only.
  List<PeerId> voters() {
    try {
      return node.listPeers();
    } catch (IllegalStateException e) {
      throw notLeader();
    }
  }

  /// How many voters have answered lately, this node included; leader only.
  int aliveVoters() {
    try {
      return node.listAlivePeers().size();
    } catch (IllegalStateException e) {
      throw notLeader();
    }
  }

  List<PeerId> learners() {
    try {
      return node.listLearners();
    } catch (IllegalStateException e) {
      throw notLeader();
    }
  }

  /// Leaves the cluster for now: stops, and keeps everything.
  @Override
  public void close() {
    service.shutdown();
    try {
      service.join();
      awaitPortClosed();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    store.close();
  }

  /// JRaft's transport closes its port a moment after it was told to.
  private void awaitPortClosed() throws InterruptedException {
    long end = System.nanoTime() + PORT_PATIENCE_NANOS;
    while (taken(options.raftAddress()) != null && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
  }
}
