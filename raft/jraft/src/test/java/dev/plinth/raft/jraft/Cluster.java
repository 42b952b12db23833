package dev.plinth.raft.jraft;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.alipay.sofa.jraft.Closure;
import com.alipay.sofa.jraft.Node;
import com.alipay.sofa.jraft.Status;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.Task;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Three members on loopback, each with an engine of its own, and a client that goes on until every
/// command is committed.
final class Cluster implements AutoCloseable {
  private static final long PATIENCE_NANOS = 60_000_000_000L;
  private static final int WINDOW = 256;

  private final Path folder;
  private final List<Map<String, String>> configurations;
  private final List<PeerId> peers = new ArrayList<>();
  private final String addresses;
  private final @Nullable Member[] members = new Member[3];
  private final KillableDisk[] disks = new KillableDisk[3];

  Cluster(Path folder, List<Map<String, String>> configurations) {
    this.folder = folder;
    this.configurations = configurations;
    for (int i = 0; i < 3; i++) {
      peers.add(new PeerId("127.0.0.1", freePort(20_000 + 3_000 * i)));
    }
    this.addresses = String.join(",", peers.stream().map(PeerId::toString).toList());
  }

  /// A port below those that the system gives to outgoing connections, so that it stays free while
  /// its member is down.
  private static int freePort(int from) {
    SplittableRandom random = new SplittableRandom(ProcessHandle.current().pid() * 7919 + from);
    for (int i = 0; i < 1000; i++) {
      int port = from + random.nextInt(3_000);
      try (ServerSocket socket =
          new ServerSocket(port, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
        return socket.getLocalPort();
      } catch (IOException e) {
        // Somebody has it: the next one is tried.
      }
    }
    throw new IllegalStateException("no free port above " + from);
  }

  Path home(int number) {
    return folder.resolve("member" + number);
  }

  void start(int number) {
    KillableDisk disk = new KillableDisk();
    disks[number] = disk;
    StorageConfiguration storage =
        StorageConfiguration.of(
            configurations.get(number),
            EngineEnvironment.standard().withDisk(disk).withEvents(_ -> {}));
    members[number] = new Member(home(number), storage, peers.get(number), addresses);
  }

  /// Takes its disk away in the middle of whatever it does, and then its threads.
  void kill(int number) {
    disks[number].kill();
    try {
      stop(number);
    } catch (StorageException e) {
      // It cannot write any more: closing says so.
      assertTrue(e.getMessage() != null);
    }
  }

  void stop(int number) {
    Member member = member(number);
    members[number] = null;
    member.close();
  }

  /// Removes everything a member has kept.
  void empty(int number) throws IOException {
    try (Stream<Path> files = Files.walk(home(number))) {
      for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  Member member(int number) {
    Member member = members[number];
    if (member == null) {
      throw new IllegalStateException("member " + number + " is down");
    }
    return member;
  }

  /// The number of the leader, once one of the running members is.
  int leader() {
    int[] found = {-1};
    await(
        "a leader",
        () -> {
          for (int i = 0; i < 3; i++) {
            Member member = members[i];
            if (member != null && member.node().isLeader()) {
              found[0] = i;
              return true;
            }
          }
          return false;
        });
    return found[0];
  }

  /// Waits, with a limit that only a hang reaches.
  static void await(String what, BooleanSupplier reached) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!reached.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("waited in vain for " + what);
      }
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /// Proposes puts of `key(i)` until each is committed; those whose outcome is unknown again.
  ///
  /// @param halfway run once when half of them are proposed
  void put(int from, int to, Runnable halfway) throws InterruptedException {
    AtomicBoolean[] committed = new AtomicBoolean[to - from];
    for (int i = 0; i < committed.length; i++) {
      committed[i] = new AtomicBoolean();
    }
    boolean began = false;
    while (Stream.of(committed).anyMatch(done -> !done.get())) {
      Node leader = member(leader()).node();
      Semaphore window = new Semaphore(WINDOW);
      for (int i = from; i < to; i++) {
        AtomicBoolean done = committed[i - from];
        if (!done.get()) {
          propose(leader, command(i), done, window);
        }
        if (!began && i == (from + to) / 2) {
          began = true;
          halfway.run();
          leader = member(leader()).node();
        }
      }
      if (!window.tryAcquire(WINDOW, PATIENCE_NANOS, TimeUnit.NANOSECONDS)) {
        throw new AssertionError("waited in vain for the outcome of commands");
      }
    }
  }

  private static void propose(
      Node leader, ByteBuffer command, AtomicBoolean committed, Semaphore window)
      throws InterruptedException {
    window.acquire();
    Closure closure =
        status -> {
          if (status.isOk()) {
            committed.set(true);
          }
          window.release();
        };
    leader.apply(new Task(command, closure));
  }

  static byte[] key(int i) {
    return ("key" + i % 4000).getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  }

  static byte[] value(int i) {
    return ("value " + i + " " + "x".repeat(i % 60))
        .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  }

  private static ByteBuffer command(int i) {
    return KeyValueMachine.put(key(i), value(i));
  }

  /// Makes a snapshot on a member.
  void snapshot(int number) throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    @Nullable Status[] result = new Status[1];
    member(number)
        .node()
        .snapshot(
            status -> {
              result[0] = status;
              ended.countDown();
            });
    ended.await();
    Status status = result[0];
    if (status == null || !status.isOk()) {
      throw new AssertionError("the snapshot of member " + number + " failed: " + status);
    }
  }

  @Override
  public void close() {
    for (int i = 0; i < 3; i++) {
      if (members[i] != null) {
        stop(i);
      }
    }
  }
}
