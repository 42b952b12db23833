package dev.plinth.raft.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.EntryTypes;
import dev.plinth.raft.store.GroupedLog;
import dev.plinth.raft.store.HardState;
import dev.plinth.raft.store.RaftLogStats;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.raft.store.SegmentedLog;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What only the segmented log promises: how space comes back, and that missing files are found.
final class SegmentedLogTest {
  private static final Map<String, String> OPTIONS =
      Map.of(
          "segment.bytes", "16KiB",
          "buffer.bytes", "8KiB",
          "segments.recycled", "1",
          "prefill.bytes", "0",
          "segments.min", "3");

  private final QuietExecutor background = new QuietExecutor();
  private SimDisk disk = History.disk();

  @AfterEach
  void close() {
    background.close();
  }

  private GroupedLog open(SimDisk on) {
    return SegmentedLog.open(
        History.STORE,
        OPTIONS,
        EngineEnvironment.standard().withDisk(on).withBackground(background).withEvents(_ -> {}));
  }

  private static void append(RaftLogStore store, int count, int length) {
    for (int i = 0; i < count; i++) {
      long next = store.lastIndex() + 1;
      store.append(new EntryBatch().add(next, 1, EntryTypes.DATA, new byte[length]));
    }
  }

  private long segments() {
    return disk.list(History.STORE).stream().filter(name -> name.endsWith(".log")).count();
  }

  @Test
  void compactedSegmentsGoAtOnceButForTheRecycled() {
    try (GroupedLog log = open(disk)) {
      RaftLogStore store = log.group(1);
      append(store, 1000, 1000);
      log.sync();
      long before = log.stats().diskBytes();
      assertTrue(before > 1_000_000);
      store.compactPrefix(995);
      background.await();
      assertTrue(log.stats().diskBytes() < 4 * 16 * 1024, log.stats().toString());
      assertEquals(6, log.verify());
      append(store, 10, 1000);
      assertEquals(16, log.verify());
    }
    try (GroupedLog log = open(disk)) {
      assertEquals(995, log.group(1).firstIndex());
      assertEquals(16, log.verify());
    }
  }

  @Test
  void aLaggingGroupDoesNotPinTheLog() {
    GroupedLog log = open(disk);
    RaftLogStore lagging = log.group(1);
    RaftLogStore idle = log.group(2);
    RaftLogStore busy = log.group(3);
    HardState hard = new HardState(7, "me", new byte[] {1});
    idle.saveHardState(hard);
    lagging.append(new EntryBatch().add(1, 1, EntryTypes.CONFIGURATION, new byte[] {7}));
    append(lagging, 11, 500);
    GroupState kept = null;
    for (int round = 0; round < 60; round++) {
      append(busy, 20, 900);
      if (round % 20 == 0) {
        append(lagging, 3, 100);
      }
      busy.compactPrefix(busy.lastIndex() - 4);
      background.await();
      kept = GroupState.of(lagging);
      assertTrue(segments() <= 6, "round " + round + ": " + segments() + " segments");
    }
    assertTrue(log.stats().movedBytes() > 0, log.stats().toString());
    SimDisk found = disk.crash(new CrashState.NothingUnsynced());
    disk = found;
    try (GroupedLog again = open(found)) {
      assertEquals(kept, GroupState.of(again.group(1)));
      assertEquals(hard, again.group(2).hardState());
      again.group(1).truncateSuffix(10);
      again.group(1).compactPrefix(3);
      append(again.group(1), 2, 10);
    }
    try (GroupedLog again = open(found)) {
      assertEquals(3, again.group(1).firstIndex());
      assertEquals(12, again.group(1).lastIndex());
      assertEquals(10, GroupState.of(again.group(1)).entries().size());
    }
  }

  @Test
  void aGroupThatGrowsWithoutCompactionIsWarnedAboutAtEachDoubling() {
    List<EngineEvent.Lagging> told = new CopyOnWriteArrayList<>();
    Map<String, String> options =
        Map.of("segment.bytes", "16KiB", "group.bytes.warned", "100KiB", "segments.recycled", "0");
    EngineEnvironment environment =
        EngineEnvironment.standard()
            .withDisk(disk)
            .withBackground(background)
            .withEvents(
                event -> {
                  if (event instanceof EngineEvent.Lagging lagging) {
                    told.add(lagging);
                  }
                });
    try (GroupedLog log = SegmentedLog.open(History.STORE, options, environment)) {
      RaftLogStore lagging = log.group(1);
      RaftLogStore busy = log.group(2);
      for (int round = 0; round < 50; round++) {
        append(lagging, 10, 1000);
        append(busy, 10, 1000);
        busy.compactPrefix(busy.lastIndex());
        background.await();
      }
      assertEquals(500, log.verify() - 1);
      assertTrue(log.stats().diskBytes() < 2 * 510_000 + 100_000, () -> log.stats().toString());
    }
    assertTrue(told.stream().allMatch(event -> event.group() == 1 && event.firstIndex() == 1));
    List<Long> bytes = told.stream().map(EngineEvent.Lagging::bytes).toList();
    assertEquals(3, bytes.size(), bytes::toString);
    assertTrue(bytes.get(0) > 100 << 10 && bytes.get(0) < 130 << 10, bytes::toString);
    assertTrue(
        bytes.get(1) >= 2 * bytes.get(0) && bytes.get(2) >= 2 * bytes.get(1), bytes::toString);
  }

  @Test
  void aMissingSegmentIsReported() {
    try (GroupedLog log = open(disk)) {
      append(log.group(1), 100, 1000);
    }
    List<String> names =
        disk.list(History.STORE).stream().filter(name -> name.endsWith(".log")).toList();
    assertTrue(names.size() > 4);
    for (String name : names) {
      SimDisk damaged = disk.image().crash(new CrashState.Everything());
      Path file = History.STORE.resolve(name);
      damaged.delete(file);
      StorageException.Corrupt damage =
          assertThrows(StorageException.Corrupt.class, () -> open(damaged).close(), name);
      assertTrue(damage.file().toString().startsWith(History.STORE.toString()));
    }
    SimDisk empty = disk.image().crash(new CrashState.Everything());
    names.forEach(name -> empty.delete(History.STORE.resolve(name)));
    assertThrows(StorageException.Corrupt.class, () -> open(empty).close());
  }

  @Test
  void anOpeningThatFailsAtItsEndClosesWhatItOpened() {
    try (GroupedLog log = open(disk)) {
      append(log.group(1), 10, 1000);
    }
    IllegalStateException broken = new IllegalStateException("broken");
    AtomicLong opened = new AtomicLong();
    AtomicLong closed = new AtomicLong();
    EngineEnvironment environment =
        EngineEnvironment.standard()
            .withDisk(counting(opened, closed))
            .withBackground(background)
            .withEvents(
                event -> {
                  if (event instanceof EngineEvent.Opened) {
                    throw broken;
                  }
                });
    assertSame(
        broken,
        assertThrows(
            IllegalStateException.class,
            () -> SegmentedLog.open(History.STORE, OPTIONS, environment)));
    assertTrue(opened.get() > 3);
    assertEquals(opened.get(), closed.get());
    try (GroupedLog log = open(disk)) {
      assertEquals(10, log.verify());
    }
  }

  /// The disk, with a count of the files that were opened and of those that were closed.
  private Disk counting(AtomicLong opened, AtomicLong closed) {
    return proxy(
        Disk.class,
        disk,
        (_, result) -> {
          if (result instanceof DiskFile file) {
            opened.incrementAndGet();
            AtomicLong calls = new AtomicLong();
            return proxy(
                DiskFile.class,
                file,
                (name, of) -> {
                  if (name.equals("close") && calls.getAndIncrement() == 0) {
                    closed.incrementAndGet();
                  }
                  return of;
                });
          }
          return result;
        });
  }

  private static <T> T proxy(Class<T> type, T on, BiFunction<String, Object, Object> after) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> {
              try {
                return after.apply(method.getName(), method.invoke(on, arguments));
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  @Test
  void anotherStoresDirectoryIsRefused() {
    disk.createDirectories(History.STORE.resolve("sub"));
    assertThrows(StorageException.UnsupportedFormat.class, () -> open(disk));
    assertThrows(
        StorageException.InvalidConfiguration.class,
        () ->
            SegmentedLog.open(
                Path.of("/sim/other"),
                Map.of("segment.byte", "1"),
                EngineEnvironment.standard().withDisk(disk)));
  }

  @Test
  void oneByteOfOverheadIsCountedAndSmall() {
    try (GroupedLog log = open(disk)) {
      RaftLogStore store = log.group(1);
      EntryBatch batch = new EntryBatch();
      for (int i = 1; i <= 200; i++) {
        batch.clear();
        for (int j = 0; j < 8; j++) {
          batch.add(store.lastIndex() + 1 + j, 3, EntryTypes.DATA, new byte[1024]);
        }
        store.append(batch);
        store.sync(store.lastIndex());
      }
      RaftLogStats stats = log.stats();
      assertTrue(stats.syncs() >= 200);
      double payload = 200 * 8 * 1024;
      double amplification = stats.ledger().total() / payload;
      assertTrue(amplification < 1.03, "write amplification " + amplification);
      assertEquals(1, stats.groups());
      assertTrue(stats.liveBytes() >= payload);
    }
  }
}
