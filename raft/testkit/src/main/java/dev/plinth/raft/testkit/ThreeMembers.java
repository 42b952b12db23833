package dev.plinth.raft.testkit;

import dev.plinth.raft.store.StorageConfiguration;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Three members on loopback, and a client that goes on until every command is committed. One
/// thread.
public final class ThreeMembers implements AutoCloseable {
  /// How long a hang is waited for, counted in naps, so that a machine that stands still does not
  /// count.
  private static final int NAPS_MAX = 12_000;

  private static final int NAP_MILLIS = 5;
  private static final int WINDOW = 256;

  private final Path folder;
  private final List<Map<String, String>> configurations;
  private final Supplier<Disk> disk;
  private final RaftMemberFactory factory;
  private final List<Integer> ports = new ArrayList<>();
  private final @Nullable RaftMember[] members = new RaftMember[3];
  private final KillableDisk[] disks = new KillableDisk[3];
  private final List<Set<Proposal>> proposals =
      List.of(
          ConcurrentHashMap.newKeySet(),
          ConcurrentHashMap.newKeySet(),
          ConcurrentHashMap.newKeySet());

  /// A command whose outcome is awaited; what is known first counts.
  private record Proposal(AtomicBoolean committed, AtomicBoolean settled, Semaphore window) {
    void settle(boolean isCommitted) {
      if (isCommitted) {
        committed.set(true);
      }
      if (settled.compareAndSet(false, true)) {
        window.release();
      }
    }
  }

  /// @param folder theirs; empty
  /// @param configurations of each member, see [StorageConfiguration]
  /// @param disk the operating system's, one for each start of a member
  public ThreeMembers(
      Path folder,
      List<Map<String, String>> configurations,
      Supplier<Disk> disk,
      RaftMemberFactory factory) {
    this.folder = folder;
    this.configurations = configurations;
    this.disk = disk;
    this.factory = factory;
    for (int i = 0; i < 3; i++) {
      ports.add(freePort(20_000 + 3_000 * i));
    }
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

  /// A member's folder.
  public Path home(int number) {
    return folder.resolve("member" + number);
  }

  /// Starts a member.
  public void start(int number) throws Exception {
    KillableDisk killable = new KillableDisk(disk.get());
    disks[number] = killable;
    StorageConfiguration storage =
        StorageConfiguration.of(
            configurations.get(number),
            EngineEnvironment.standard().withDisk(killable).withEvents(_ -> {}));
    Files.createDirectories(home(number));
    members[number] = factory.start(number, home(number), storage, ports);
  }

  /// Takes its disk away in the middle of whatever it does, and then its threads.
  public void kill(int number) {
    disks[number].kill();
    try {
      stop(number);
    } catch (RuntimeException e) {
      // It cannot write any more, and closing says so in the library's words.
      if (!hasStorageCause(e)) {
        throw e;
      }
    }
  }

  private static boolean hasStorageCause(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof StorageException) {
        return true;
      }
    }
    return false;
  }

  /// Stops a member.
  public void stop(int number) {
    RaftMember member = member(number);
    members[number] = null;
    try {
      member.close();
    } finally {
      proposals.get(number).forEach(proposal -> proposal.settle(false));
      proposals.get(number).clear();
    }
  }

  /// Removes everything that a stopped member has kept.
  public void empty(int number) throws IOException {
    try (Stream<Path> files = Files.walk(home(number))) {
      for (Path path : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /// A running member.
  public RaftMember member(int number) {
    RaftMember member = members[number];
    if (member == null) {
      throw new IllegalStateException("member " + number + " is down");
    }
    return member;
  }

  /// The number of the leader, once one of the running members is.
  public int leader() {
    int[] found = {-1};
    await(
        "a leader",
        () -> {
          for (int i = 0; i < 3; i++) {
            RaftMember member = members[i];
            if (member != null && member.isLeader()) {
              found[0] = i;
              return true;
            }
          }
          return false;
        });
    return found[0];
  }

  /// Waits, with a limit that only a hang reaches.
  public static void await(String what, BooleanSupplier reached) {
    int naps = 0;
    while (!reached.getAsBoolean()) {
      if (naps++ > NAPS_MAX) {
        throw new AssertionError("waited in vain for " + what);
      }
      try {
        Thread.sleep(NAP_MILLIS);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  /// Proposes the puts of some commands until each is committed; those whose outcome is unknown
  /// again.
  ///
  /// @param halfway run once when half of them are proposed
  public void put(int from, int to, Runnable halfway) throws InterruptedException {
    AtomicBoolean[] committed = new AtomicBoolean[to - from];
    for (int i = 0; i < committed.length; i++) {
      committed[i] = new AtomicBoolean();
    }
    boolean began = false;
    while (Stream.of(committed).anyMatch(done -> !done.get())) {
      int leader = leader();
      Semaphore window = new Semaphore(WINDOW);
      for (int i = from; i < to; i++) {
        AtomicBoolean done = committed[i - from];
        if (!done.get()) {
          propose(leader, i, done, window);
        }
        if (!began && i == (from + to) / 2) {
          began = true;
          halfway.run();
          leader = leader();
        }
      }
      acquire(window, WINDOW);
    }
  }

  private static void acquire(Semaphore window, int permits) throws InterruptedException {
    for (int naps = 0; !window.tryAcquire(permits, NAP_MILLIS, TimeUnit.MILLISECONDS); naps++) {
      if (naps > NAPS_MAX) {
        throw new AssertionError("waited in vain for the outcome of commands");
      }
    }
  }

  private void propose(int leader, int command, AtomicBoolean committed, Semaphore window)
      throws InterruptedException {
    acquire(window, 1);
    Proposal proposal = new Proposal(committed, new AtomicBoolean(), window);
    Set<Proposal> open = proposals.get(leader);
    open.add(proposal);
    member(leader)
        .propose(
            key(command),
            value(command),
            isCommitted -> {
              open.remove(proposal);
              proposal.settle(isCommitted);
            });
  }

  /// The key of a command: 4,000 in all.
  public static byte[] key(int command) {
    return ("key" + command % 4000).getBytes(StandardCharsets.US_ASCII);
  }

  /// The value of a command.
  public static byte[] value(int command) {
    return ("value " + command + " " + "x".repeat(command % 60))
        .getBytes(StandardCharsets.US_ASCII);
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
