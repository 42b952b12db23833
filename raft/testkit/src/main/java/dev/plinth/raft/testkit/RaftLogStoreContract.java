package dev.plinth.raft.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.Fault;
import dev.plinth.conformance.disk.FaultDisk;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.lab.Laboratory;
import dev.plinth.conformance.lab.Layer;
import dev.plinth.conformance.lab.Tally;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.raft.store.DurableIndexListener;
import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.EntryPack;
import dev.plinth.raft.store.EntryTypes;
import dev.plinth.raft.store.GroupedLog;
import dev.plinth.raft.store.HardState;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.spi.Engine;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every Raft log store must pass: extend it, name the store's factory, and run it.
public abstract class RaftLogStoreContract {
  private final QuietExecutor background = new QuietExecutor();
  private SimDisk disk = History.disk();
  private GroupedLog log = new ClosedLog();

  /// Opens the store under test; for the laboratory best with small segments.
  protected abstract RaftLogFactory factory();

  /// The name of the store in commands.
  protected abstract String name();

  /// How long the laboratory tries the store; the long form is `./plinth lab`.
  protected Duration laboratoryTime() {
    return Duration.ofSeconds(4);
  }

  @BeforeEach
  final void open() {
    disk = History.disk();
    log = open(disk);
  }

  @AfterEach
  final void close() {
    try {
      log.close();
    } catch (StorageException e) {
      assertTrue(disk.isDead(), e.toString());
    }
    background.close();
  }

  private GroupedLog open(Disk on) {
    return factory().open(on, History.STORE, background);
  }

  private RaftLogStore reopened() {
    log.close();
    log = open(disk);
    return log.group(1);
  }

  private RaftLogStore crashed(CrashState state) {
    SimDisk found = disk.crash(state);
    try {
      log.close();
    } catch (StorageException e) {
      assertTrue(disk.isDead(), e.toString());
    }
    disk = found;
    log = open(disk);
    return log.group(1);
  }

  private static EntryBatch batch(long from, int count, long term) {
    EntryBatch batch = new EntryBatch();
    for (int i = 0; i < count; i++) {
      batch.add(from + i, term, EntryTypes.DATA, payload(from + i, 20));
    }
    return batch;
  }

  private static byte[] payload(long number, int length) {
    return ModelEntry.of(0, 0, 0, number, length).bytes();
  }

  private static List<Long> indexes(RaftLogStore store) {
    return new ArrayList<>(GroupState.of(store).entries().keySet());
  }

  @Test
  void anEmptyLogHasFirstOneAndLastZero() {
    RaftLogStore store = log.group(1);
    assertEquals(1, store.firstIndex());
    assertEquals(0, store.lastIndex());
    assertEquals(0, log.group(7, 0).firstIndex());
    assertEquals(-1, log.group(7, 0).lastIndex());
    assertEquals(-1, store.term(1));
    assertFalse(store.read(1, (_, _, _, _, _, _, _) -> {}));
    assertEquals(HardState.NONE, store.hardState());
    assertEquals(-1, store.commitIndex());
    assertEquals(List.of(), log.groups());
  }

  @Test
  void entriesAreThereAtOnceAndAfterReopening() {
    RaftLogStore store = log.group(1);
    EntryBatch batch = new EntryBatch();
    MemorySegment large = MemorySegment.ofArray(payload(3, 30_000));
    batch.add(1, 5, EntryTypes.DATA, 1_700_000_000_000L, large, 0, 30_000);
    batch.add(2, 5, EntryTypes.NO_OP, new byte[0]);
    batch.add(3, 6, 200, payload(9, 1));
    assertEquals(3, store.append(batch));
    GroupState before = GroupState.of(store);
    assertEquals(
        new ModelEntry(5, 0, 1_700_000_000_000L, ModelEntry.of(0, 0, 0, 3, 30_000).payload()),
        before.entries().get(1L));
    assertEquals(3, before.entries().size());
    assertEquals(before, GroupState.of(reopened()));
    assertEquals(List.of(1L), log.groups());
  }

  @Test
  void gapsAndIndexZeroWork() {
    RaftLogStore store = log.group(1);
    store.append(batch(100, 1, 1));
    store.append(batch(200, 2, 2));
    RaftLogStore zero = log.group(2);
    zero.append(batch(0, 3, 1));
    for (int i = 0; i < 2; i++) {
      assertEquals(100, store.firstIndex());
      assertEquals(201, store.lastIndex());
      assertEquals(-1, store.term(150));
      assertEquals(2, store.term(200));
      assertEquals(List.of(100L, 200L, 201L), indexes(store));
      assertEquals(0, zero.firstIndex());
      assertEquals(List.of(0L, 1L, 2L), indexes(zero));
      store = reopened();
      zero = log.group(2);
    }
    store.truncateSuffix(150);
    assertEquals(100, store.lastIndex());
    store.compactPrefix(50);
    assertEquals(100, store.firstIndex());
  }

  @Test
  void whatDoesNotFollowIsRefusedAndChangesNothing() {
    RaftLogStore store = log.group(1);
    store.append(batch(1, 5, 1));
    GroupState before = GroupState.of(store);
    assertThrows(IllegalArgumentException.class, () -> store.append(batch(5, 1, 1)));
    assertThrows(IllegalArgumentException.class, () -> store.append(new EntryBatch()));
    assertThrows(IllegalArgumentException.class, () -> store.overwriteFrom(3, batch(4, 1, 1)));
    assertThrows(IllegalArgumentException.class, () -> store.reset(9, batch(8, 1, 1)));
    store.compactPrefix(3);
    assertThrows(IllegalArgumentException.class, () -> store.overwriteFrom(2, batch(2, 1, 1)));
    assertEquals(before.entries().tailMap(3L), GroupState.of(store).entries());
    store.append(batch(6, 1, 1));
  }

  @Test
  void aTruncatedSuffixNeverComesBack() {
    RaftLogStore store = log.group(1);
    store.append(batch(1, 10, 1));
    store.sync(10);
    store.truncateSuffix(6);
    assertEquals(6, store.lastIndex());
    assertEquals(-1, store.term(7));
    store = crashed(new CrashState.NothingUnsynced());
    assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L), indexes(store));
    store.append(batch(7, 1, 2));
    store.sync(7);
    store = crashed(new CrashState.AnySubset(7));
    assertEquals(7, store.lastIndex());
    assertEquals(2, store.term(7));
    store.truncateSuffix(-1);
    assertEquals(0, store.lastIndex());
    assertEquals(1, store.firstIndex());
    assertEquals(0, crashed(new CrashState.NothingUnsynced()).lastIndex());
  }

  @Test
  void anOverwriteIsOneStep() {
    RaftLogStore store = log.group(1);
    store.append(batch(1, 10, 1));
    store.sync(10);
    GroupState before = GroupState.of(store);
    List<SimDisk> images = new ArrayList<>();
    disk.watch((seen, _, _) -> images.add(seen.image()));
    assertEquals(6, store.overwriteFrom(5, batch(5, 2, 2)));
    GroupState after = GroupState.of(store);
    assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L), indexes(store));
    store.sync(6);
    disk.watch(null);
    SimDisk live = disk;
    GroupedLog living = log;
    for (SimDisk image : images) {
      disk = image;
      log = new ClosedLog();
      GroupState found = GroupState.of(crashed(new CrashState.AnySubset(images.size())));
      assertTrue(found.equals(before) || found.equals(after), found.toString());
      log.close();
    }
    disk = live;
    log = living;
    assertEquals(after, GroupState.of(crashed(new CrashState.NothingUnsynced())));
  }

  @Test
  void compactionShowsAtOnceAndMayPassTheEnd() {
    RaftLogStore store = log.group(1);
    store.append(batch(1, 10, 3));
    store.compactPrefix(4);
    assertEquals(4, store.firstIndex());
    assertEquals(-1, store.term(3));
    assertFalse(store.read(3, (_, _, _, _, _, _, _) -> {}));
    assertEquals(7, indexes(store).size());
    store = reopened();
    assertEquals(4, store.firstIndex());
    assertEquals(10, store.lastIndex());
    store.compactPrefix(2);
    assertEquals(4, store.firstIndex());
    store.compactPrefix(50);
    assertEquals(50, store.firstIndex());
    assertEquals(49, store.lastIndex());
    store = reopened();
    assertEquals(50, store.firstIndex());
    assertEquals(49, store.lastIndex());
    store.append(batch(50, 2, 4));
    assertEquals(51, store.lastIndex());
  }

  @Test
  void aResetStartsAnewAndKeepsTheHardState() {
    RaftLogStore store = log.group(1);
    HardState hard = new HardState(4, "b", new byte[] {1, 2});
    store.append(batch(1, 10, 3));
    store.saveHardState(hard);
    store.reset(100, null);
    assertEquals(100, store.firstIndex());
    assertEquals(99, store.lastIndex());
    store = crashed(new CrashState.NothingUnsynced());
    assertEquals(100, store.firstIndex());
    assertEquals(99, store.lastIndex());
    store.reset(7, batch(7, 1, 2));
    store.append(batch(8, 1, 3));
    store.sync(8);
    store = crashed(new CrashState.NothingUnsynced());
    assertEquals(List.of(7L, 8L), indexes(store));
    assertEquals(hard, store.hardState());
  }

  @Test
  void aReadStopsAtItsLimits() {
    RaftLogStore store = log.group(1);
    for (int i = 1; i <= 20; i++) {
      store.append(batch(i, 1, 1));
    }
    List<Long> seen = new ArrayList<>();
    assertEquals(1, store.read(3, 9, 1, (index, _, _, _, _, _, _) -> seen.add(index)));
    assertEquals(2, store.read(3, 9, 40, (index, _, _, _, _, _, _) -> seen.add(index)));
    assertEquals(7, store.read(3, 9, 4000, (index, _, _, _, _, _, _) -> seen.add(index)));
    assertEquals(List.of(3L, 3L, 4L, 3L, 4L, 5L, 6L, 7L, 8L, 9L), seen);
    assertEquals(0, store.read(21, 30, 100, (_, _, _, _, _, _, _) -> {}));
    assertEquals(20, store.read(0, 30, 10_000, (_, _, _, _, _, _, _) -> {}));
    assertEquals(20, log.verify());
  }

  @Test
  void termAndVoteAreDurableOnReturn() {
    RaftLogStore store = log.group(1);
    for (int i = 1; i < 6; i++) {
      HardState state = new HardState(i, i % 2 == 0 ? "" : "peer:80" + i, payload(i, i * 100));
      store.saveHardState(state);
      store = crashed(new CrashState.NothingUnsynced());
      assertEquals(state, store.hardState());
    }
    assertEquals(1, store.firstIndex());
    store.append(batch(0, 1, 1));
    assertEquals(0, store.firstIndex());
  }

  @Test
  void theCommitIndexTravelsWithTheNextChange() {
    RaftLogStore store = log.group(1);
    store.append(batch(1, 5, 1));
    store.sync(5);
    store.stageCommit(3);
    store.stageCommit(2);
    assertEquals(3, store.commitIndex());
    store = crashed(new CrashState.Everything());
    assertEquals(-1, store.commitIndex(), "a commit index has no write of its own");
    store.stageCommit(3);
    store.append(batch(6, 1, 1));
    store.sync(6);
    assertEquals(3, crashed(new CrashState.NothingUnsynced()).commitIndex());
  }

  @Test
  void configurationsAreFoundAtOpen() {
    RaftLogStore store = log.group(1);
    for (int i = 1; i <= 12; i++) {
      int type = i % 3 == 0 ? EntryTypes.CONFIGURATION : EntryTypes.DATA;
      store.append(new EntryBatch().add(i, 1, type, payload(i, 10)));
    }
    assertArrayEquals(new long[] {3, 6, 9, 12}, store.configurationIndexes());
    store.truncateSuffix(11);
    store.compactPrefix(4);
    assertArrayEquals(new long[] {6, 9}, store.configurationIndexes());
    assertArrayEquals(new long[] {6, 9}, reopened().configurationIndexes());
  }

  @Test
  void entriesTravelInPacks() {
    RaftLogStore store = log.group(1);
    RaftLogStore other = log.group(2);
    store.append(batch(1, 10, 1));
    store.append(batch(15, 5, 2));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment pack = EntryPack.pack(store, 4, 17, Long.MAX_VALUE, arena).orElseThrow();
      assertEquals(17, EntryPack.apply(other, pack, 0, pack.byteSize()));
      assertEquals(GroupState.of(store).entries().subMap(4L, 18L), GroupState.of(other).entries());
      pack.set(java.lang.foreign.ValueLayout.JAVA_BYTE, 30, (byte) 99);
      assertThrows(
          IllegalArgumentException.class, () -> EntryPack.apply(other, pack, 0, pack.byteSize()));
      assertTrue(EntryPack.pack(store, 11, 14, 1, arena).isEmpty());
    }
  }

  @Test
  void whatTheListenerWasToldSurvives() throws InterruptedException {
    RaftLogStore store = log.group(1);
    AtomicLong told = new AtomicLong();
    CountDownLatch all = new CountDownLatch(1);
    DurableIndexListener listener =
        new DurableIndexListener() {
          @Override
          public void durable(long index) {
            told.set(index);
            if (index == 20) {
              all.countDown();
            }
          }

          @Override
          public void failed(StorageException cause) {}
        };
    try (Engine.Registration _ = store.onDurable(listener)) {
      for (int i = 1; i <= 20; i++) {
        store.append(batch(i, 1, 1));
        assertEquals(i, store.requestSync());
        assertTrue(store.durableIndex() <= i);
      }
      all.await();
    }
    assertEquals(20, store.durableIndex());
    assertEquals(20, told.get());
    assertEquals(20, crashed(new CrashState.NothingUnsynced()).lastIndex());
  }

  @Test
  void groupsShareSyncsAndStayApart() {
    for (long group = 0; group < 50; group++) {
      log.group(group).append(batch(1 + group, 2, group));
    }
    log.sync();
    for (long group = 0; group < 50; group++) {
      RaftLogStore store = log.group(group);
      assertEquals(group + 2, store.durableIndex());
    }
    crashed(new CrashState.NothingUnsynced());
    assertEquals(50, log.groups().size());
    for (long group = 0; group < 50; group++) {
      assertEquals(List.of(group + 1, group + 2), indexes(log.group(group)));
    }
    assertSame(log.group(3), log.group(3));
  }

  @Test
  void manyThreadsWriteAndReadAtOnce() throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    List<Throwable> failures = new java.util.concurrent.CopyOnWriteArrayList<>();
    for (int t = 0; t < 8; t++) {
      RaftLogStore store = log.group(t / 2);
      boolean writes = t % 2 == 0;
      Thread.Builder builder = writes && t >= 4 ? Thread.ofVirtual() : Thread.ofPlatform();
      threads.add(
          builder.start(
              () -> {
                try {
                  if (writes) {
                    write(store);
                  } else {
                    readAlong(store, failures);
                  }
                } catch (Throwable e) {
                  failures.add(e);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(), failures);
    for (int group = 0; group < 4; group++) {
      assertEquals(120, log.group(group).lastIndex());
      assertEquals(log.group(group).durableIndex(), log.group(group).lastIndex());
    }
  }

  private static void write(RaftLogStore store) {
    for (int i = 1; i <= 120; i++) {
      store.append(batch(i, 1, i / 10));
      if (i % 10 == 0) {
        store.sync(i);
        store.compactPrefix(i - 25);
      }
      if (i % 40 == 39) {
        store.truncateSuffix(i - 2);
        store.append(batch(i - 1, 2, i / 10));
      }
    }
  }

  private static void readAlong(RaftLogStore store, List<Throwable> failures) {
    long last = 0;
    while (last < 120 && failures.isEmpty()) {
      last = store.lastIndex();
      long[] before = {-1};
      store.read(
          store.firstIndex(),
          last,
          1 << 20,
          (index, _, _, _, segment, offset, length) -> {
            assertTrue(index > before[0]);
            before[0] = index;
            byte[] expected = payload(index, 20);
            assertEquals(
                -1,
                MemorySegment.mismatch(
                    segment, offset, offset + length, MemorySegment.ofArray(expected), 0, 20));
          });
      LockSupport.parkNanos(20_000);
    }
  }

  @Test
  void theFirstFailureIsFinal() {
    for (boolean lasting : List.of(false, true)) {
      SimDisk under = History.disk();
      FaultDisk counting = new FaultDisk(under, Fault.none(Fault.Kind.FAILED_SYNC));
      open(counting).close();
      SimDisk fresh = History.disk();
      FaultDisk faults =
          new FaultDisk(fresh, new Fault(Fault.Kind.FAILED_SYNC, counting.calls() + 1, lasting));
      GroupedLog failing = open(faults);
      RaftLogStore store = failing.group(1);
      long acknowledged = 0;
      try {
        for (int i = 1; i < 1000; i++) {
          store.append(batch(i, 1, 1));
          store.sync(i);
          acknowledged = i;
        }
      } catch (StorageException e) {
        assertTrue(faults.failure() != null, e.toString());
      }
      assertTrue(acknowledged < 999);
      long next = store.lastIndex() + 1;
      assertThrows(StorageException.Poisoned.class, () -> store.append(batch(next, 1, 1)));
      assertThrows(StorageException.Poisoned.class, () -> store.reset(7, null));
      assertThrows(
          StorageException.Poisoned.class,
          () -> store.saveHardState(new HardState(9, "", new byte[0])));
      assertEquals(acknowledged == 0 ? -1 : 1, store.term(Math.min(1, acknowledged)));
      closeFailed(failing);
      disk = fresh;
      log = new ClosedLog();
      RaftLogStore found = crashed(new CrashState.NothingUnsynced());
      assertTrue(found.lastIndex() >= acknowledged);
      assertEquals(HardState.NONE, found.hardState());
      log.close();
    }
  }

  private static void closeFailed(GroupedLog failing) {
    try {
      failing.close();
    } catch (StorageException e) {
      assertTrue(e.getMessage() != null);
    }
  }

  @Test
  void aClosedLogSaysSo() {
    RaftLogStore store = log.group(1);
    log.close();
    log.close();
    assertThrows(StorageException.Closed.class, () -> store.append(batch(1, 1, 1)));
    assertThrows(StorageException.Closed.class, () -> store.read(1, (_, _, _, _, _, _, _) -> {}));
    assertThrows(StorageException.Closed.class, () -> log.group(1));
  }

  /// Crashes, refused calls, damage and long histories, for a few seconds; the long form is
  /// `./plinth lab`.
  @Test
  void theLaboratoryFindsNoCounterexample() {
    log.close();
    RaftLogSubject subject = new RaftLogSubject(name(), factory());
    Duration share = laboratoryTime().dividedBy(4);
    Map<Layer, Duration> shares =
        Map.of(Layer.CRASH, share, Layer.FAULT, share, Layer.HISTORY, share, Layer.DAMAGE, share);
    Tally tally = Laboratory.budgeted(subject, shares, 1);
    System.out.println("lab quick " + name() + ": " + tally);
    Laboratory.print(tally.failures(), System.out);
    assertEquals(List.of(), tally.failures());
  }
}
