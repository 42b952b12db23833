package dev.plinth.kv.server;

import dev.plinth.kv.KvException;
import dev.plinth.kv.KvOptions;
import dev.plinth.kv.Member;
import dev.plinth.kv.replica.KvCalls;
import dev.plinth.kv.replica.Replica;
import dev.plinth.kv.resp.RespPort;
import dev.plinth.kv.rpc.Figures;
import dev.plinth.kv.rpc.GrpcPort;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// One node with its ports: the replica, gRPC, and where the options ask for them Redis and
/// metrics.
///
/// Opening returns when the ports are open; the node may not have a leader yet. Closing hands
/// leadership over where it can, lets calls end, and keeps everything.
public final class KvServer implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger("dev.plinth.kv");
  private static final int READERS = 4;
  private static final int READERS_WAITING_MAX = 256;

  private final Replica replica;
  private final GrpcPort grpc;
  private final @Nullable RespPort resp;
  private final @Nullable MetricsPort metrics;
  private final Housekeeping housekeeping;
  private final Deque<AutoCloseable> opened;
  private final AtomicBoolean closed = new AtomicBoolean();

  private KvServer(
      Replica replica,
      GrpcPort grpc,
      @Nullable RespPort resp,
      @Nullable MetricsPort metrics,
      Housekeeping housekeeping,
      Deque<AutoCloseable> opened) {
    this.replica = replica;
    this.grpc = grpc;
    this.resp = resp;
    this.metrics = metrics;
    this.housekeeping = housekeeping;
    this.opened = opened;
  }

  /// Opens a node.
  ///
  /// @param directory the node's own; made when missing
  /// @throws StorageException when something of it cannot be opened; then nothing of it is open
  public static KvServer open(Path directory, KvOptions options) {
    @Nullable String token = token(options.security());
    Exposure.require(options, token);
    Deque<AutoCloseable> opened = new ArrayDeque<>();
    try {
      Replica replica = Replica.open(directory, options);
      opened.push(replica);
      ExecutorService readers = pool("plinth-kv-read", READERS);
      opened.push(readers::shutdownNow);
      ExecutorService blocking = pool("plinth-kv-call", READERS);
      opened.push(blocking::shutdownNow);
      Figures figures = new Figures(replica);
      KvCalls calls = new KvCalls(replica, readers);
      @Nullable String respAddress = options.resp();
      @Nullable RespPort resp = null;
      if (respAddress != null) {
        resp =
            RespPort.open(
                respAddress, replica, calls, figures, token, GrpcPort.tls(options.security()));
        opened.push(resp);
      }
      GrpcPort grpc = GrpcPort.open(replica, calls, figures, token, blocking);
      opened.push(grpc);
      @Nullable MetricsPort metrics =
          MetricsPort.open(options.metrics(), options.limits().connectionsMax(), figures);
      if (metrics != null) {
        opened.push(metrics);
      }
      String host = Member.host(options.listen());
      Member self = new Member(options.id(), options.raftAddress(), host + ":" + grpc.port());
      Housekeeping housekeeping = new Housekeeping(replica, self, token);
      opened.push(housekeeping);
      housekeeping.start();
      return new KvServer(replica, grpc, resp, metrics, housekeeping, opened);
    } catch (RuntimeException e) {
      closeAll(opened);
      throw e;
    }
  }

  /// The first line of the token's file.
  private static @Nullable String token(KvOptions.Security security) {
    @Nullable String file = security.tokenFile();
    if (file == null) {
      return null;
    }
    try {
      String token = Files.readString(Path.of(file)).lines().findFirst().orElse("").strip();
      if (token.length() < 8 || !token.chars().allMatch(c -> c > ' ' && c < 127)) {
        throw new StorageException.InvalidConfiguration(
            "token.file = "
                + file
                + ": its first line must be a token of 8 or more visible ASCII characters");
      }
      return token;
    } catch (IOException e) {
      throw new StorageException.InvalidConfiguration(
          "token.file = " + file + ": cannot be read: " + e);
    }
  }

  private static ExecutorService pool(String name, int threads) {
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(READERS_WAITING_MAX),
            task ->
                Thread.ofPlatform()
                    .daemon()
                    .name(name + "-" + number.incrementAndGet())
                    .unstarted(task),
            (_, _) -> {
              throw new KvException(
                  KvException.Kind.OVERLOADED,
                  "too many scans or calls on the cluster wait; try again later");
            });
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /// The node under the ports.
  public Replica replica() {
    return replica;
  }

  /// Where clients come by gRPC, `HOST:PORT`.
  public String address() {
    return Member.host(replica.options().listen()) + ":" + grpc.port();
  }

  /// The port for Redis; 0 when there is none.
  public int respPort() {
    return resp == null ? 0 : resp.port();
  }

  /// The port for metrics; 0 when there is none.
  public int metricsPort() {
    return metrics == null ? 0 : metrics.port();
  }

  /// Waits until this node is a member of the cluster, knows a leader, and the leader knows where
  /// clients reach it.
  ///
  /// @return whether that came about in time
  public boolean awaitReady(long timeout, TimeUnit unit) throws InterruptedException {
    return housekeeping.awaitKnown(timeout, unit);
  }

  /// What has kept this node from becoming known so far; empty when nothing has.
  public String trouble() {
    KvException trouble = housekeeping.trouble();
    return trouble == null ? "no leader was found" : String.valueOf(trouble.getMessage());
  }

  /// Whether it was turned away in a way that trying again does not change: wrong cluster, wrong
  /// token, a name that is taken.
  public boolean isRefused() {
    KvException trouble = housekeeping.trouble();
    return trouble != null
        && switch (trouble.kind()) {
          case INVALID, WRONG_CLUSTER, UNAUTHENTICATED, MEMBERSHIP -> true;
          default -> false;
        };
  }

  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    housekeeping.handOver();
    closeAll(opened);
  }

  private static void closeAll(Deque<AutoCloseable> opened) {
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        // The rest must be closed all the same.
        LOGGER.log(System.Logger.Level.ERROR, "closing failed: " + e, e);
      }
    }
  }
}
