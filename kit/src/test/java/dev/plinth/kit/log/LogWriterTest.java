package dev.plinth.kit.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.Fault;
import dev.plinth.conformance.disk.FaultDisk;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.Durability;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class LogWriterTest {
  private static final Path FOLDER = Path.of("/log");
  private static final long STORE = 0x1234_5678_9abc_def0L;
  private static final LogOptions SMALL = LogOptions.small(16 << 10, 8 << 10);

  private final SimDisk disk = new SimDisk();
  private Entry.Collector found = new Entry.Collector();

  @BeforeEach
  void folder() {
    disk.createDirectories(FOLDER);
    disk.syncDirectory(Path.of("/"));
  }

  private LogWriter open(Disk on, LogOptions options) {
    found = new Entry.Collector();
    return LogWriter.open(on, FOLDER, STORE, options, found);
  }

  private static long append(LogWriter log, Entry entry, Durability durability) {
    MemorySegment body = entry.segment();
    int half = entry.body().length() / 2;
    return log.append(
        durability,
        entry.type(),
        entry.first(),
        entry.second(),
        body,
        0,
        half,
        body,
        half,
        entry.body().length() - half);
  }

  @Test
  void recordsComeBackInOrderOverManySegments() {
    List<Entry> entries = new ArrayList<>();
    List<Long> positions = new ArrayList<>();
    SplittableRandom random = new SplittableRandom(1);
    Durability[] durabilities = Durability.values();
    try (LogWriter log = open(disk, SMALL)) {
      for (int i = 0; i < 500; i++) {
        Entry entry = Entry.numbered(i, random.nextInt(400));
        entries.add(entry);
        positions.add(append(log, entry, durabilities[random.nextInt(3)]));
      }
    }
    try (LogWriter log = open(disk, SMALL)) {
      assertEquals(entries, found.entries);
      assertEquals(positions, found.positions);
      assertTrue(log.recovered().clean());
      assertTrue(log.recovered().numbers().size() > 5);
    }
  }

  @Test
  void recordsAreReadBackByPositionAtAnyStage() {
    try (LogWriter log = open(disk, SMALL)) {
      List<Long> positions = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        positions.add(append(log, Entry.numbered(i, i * 97 % 5000), Durability.BUFFERED));
        for (int j = 0; j <= i; j += 1 + i / 5) {
          Entry.Collector one = new Entry.Collector();
          log.read(positions.get(j), one);
          assertEquals(List.of(Entry.numbered(j, j * 97 % 5000)), one.entries);
        }
      }
    }
  }

  @Test
  void recordsLongerThanBufferAndSegmentWork() {
    Entry large = Entry.numbered(7, 100_000);
    Entry small = Entry.numbered(8, 10);
    try (LogWriter log = open(disk, SMALL)) {
      append(log, small, Durability.BUFFERED);
      long position = append(log, large, Durability.BUFFERED);
      Entry.Collector one = new Entry.Collector();
      log.read(position, one);
      assertEquals(List.of(large), one.entries);
      append(log, small, Durability.SYNCED);
      append(log, large, Durability.SYNCED);
      log.read(position, one);
      assertEquals(List.of(large, large), one.entries);
    }
    open(disk, SMALL).close();
    assertEquals(List.of(small, large, small, large), found.entries);
  }

  @Test
  void reopeningAnEmptyLogDoesNotPileUpFiles() {
    for (int i = 0; i < 10; i++) {
      open(disk, SMALL).close();
    }
    LogWriter log = open(disk, SMALL);
    append(log, Entry.numbered(1, 10), Durability.SYNCED);
    log.close();
    for (int i = 0; i < 10; i++) {
      open(disk, SMALL).close();
      assertEquals(1, found.entries.size());
    }
    assertEquals(2, disk.list(FOLDER).size(), () -> disk.list(FOLDER).toString());
  }

  @Test
  void whatWasNotSyncedIsMadeDurableWhenFound() {
    LogWriter log = open(disk, SMALL);
    append(log, Entry.numbered(1, 50), Durability.SYNCED);
    append(log, Entry.numbered(2, 50), Durability.WRITTEN);
    append(log, Entry.numbered(3, 50), Durability.BUFFERED);
    SimDisk killed = disk.crash(new CrashState.ProcessKilled());
    open(killed, SMALL);
    assertEquals(2, found.entries.size());
    SimDisk cut = killed.crash(new CrashState.NothingUnsynced());
    open(cut, SMALL);
    assertEquals(List.of(Entry.numbered(1, 50), Entry.numbered(2, 50)), found.entries);
  }

  @Test
  void truncatedRecordsStayAway() {
    LogWriter log = open(disk, SMALL);
    long first = append(log, Entry.numbered(1, 50), Durability.SYNCED);
    append(log, Entry.numbered(2, 50), Durability.SYNCED);
    log.truncateAfter(first);
    append(log, Entry.numbered(3, 50), Durability.SYNCED);
    open(disk.crash(new CrashState.NothingUnsynced()), SMALL);
    assertEquals(List.of(Entry.numbered(1, 50), Entry.numbered(3, 50)), found.entries);
  }

  @Test
  void droppedSegmentsAreGivenBackOrKeptForReuse() {
    LogOptions recycling = SMALL.withRecycledSegments(2);
    LogWriter log = open(disk, recycling);
    long last = 0;
    for (int i = 0; i < 400; i++) {
      last = append(log, Entry.numbered(i, 300), Durability.WRITTEN);
    }
    log.dropBefore(last);
    assertEquals(1, SegmentFiles.numbers(disk, FOLDER).size());
    assertEquals(2, disk.list(FOLDER).stream().filter(n -> n.endsWith(".free")).count());
    for (int i = 0; i < 100; i++) {
      append(log, Entry.numbered(i, 300), Durability.WRITTEN);
    }
    assertEquals(0, disk.list(FOLDER).stream().filter(n -> n.endsWith(".free")).count());
    SimDisk after = disk.crash(new CrashState.ProcessKilled());
    Entry.Collector all = new Entry.Collector();
    LogWriter.open(after, FOLDER, STORE, recycling, null, last, 0, LogListener.NONE, all);
    assertEquals(101, all.entries.size());
    assertEquals(last, all.positions.getFirst());
  }

  @Test
  void aFailedSyncPoisonsForEver() {
    FaultDisk faulty = new FaultDisk(disk, new Fault(Fault.Kind.FAILED_SYNC, 5, false));
    LogWriter log = open(faulty, SMALL);
    StorageException.Poisoned first = null;
    int synced = 0;
    while (first == null) {
      try {
        append(log, Entry.numbered(synced, 10), Durability.SYNCED);
        synced++;
      } catch (StorageException.Poisoned e) {
        first = e;
      }
    }
    StorageException.Poisoned again =
        assertThrows(
            StorageException.Poisoned.class,
            () -> append(log, Entry.numbered(1, 10), Durability.BUFFERED));
    assertSame(first.getCause(), again.getCause());
    assertThrows(StorageException.Poisoned.class, log::sync);
    log.close();
    open(disk.crash(new CrashState.Everything()), SMALL);
    assertEquals(synced, found.entries.size());
    assertFalse(found.entries.isEmpty() && synced > 0);
  }

  @Test
  void closingTellsOfAFailureThatNobodyKnowsOf() {
    LogWriter log = open(disk, SMALL);
    append(log, Entry.numbered(1, 10), Durability.BUFFERED);
    disk.kill("power");
    assertThrows(StorageException.Poisoned.class, log::close);
    log.close();
  }

  @Test
  void aClosedLogSaysSo() {
    LogWriter log = open(disk, SMALL);
    log.close();
    log.close();
    assertThrows(
        StorageException.Closed.class,
        () -> append(log, Entry.numbered(1, 10), Durability.BUFFERED));
  }

  @Test
  void anotherStoreIsRefused() {
    open(disk, SMALL).close();
    assertThrows(
        StorageException.Corrupt.class,
        () -> LogWriter.open(disk, FOLDER, STORE + 1, SMALL, new Entry.Collector()));
  }

  @Test
  void platformAndVirtualWritersShareSyncs() throws InterruptedException {
    LogWriter log = open(disk, SMALL.withBufferBytes(4 << 10));
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 24; t++) {
      int number = t;
      Runnable work =
          () -> {
            for (int i = 0; i < 50; i++) {
              Durability durability = i % 5 == 4 ? Durability.WRITTEN : Durability.SYNCED;
              long position = append(log, Entry.numbered(number * 1000L + i, 30 + i), durability);
              assertTrue(log.writtenPosition() > position);
              if (durability == Durability.SYNCED) {
                assertTrue(log.syncedPosition() > position);
              }
            }
          };
      Thread.Builder builder = t % 3 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
      threads.add(builder.start(work));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(1200, log.stats().records());
    log.close();
    open(disk, SMALL).close();
    assertEquals(1200, found.entries.size());
    for (int t = 0; t < 24; t++) {
      long number = t;
      List<Long> own =
          found.entries.stream().map(Entry::first).filter(n -> n / 1000 == number).toList();
      assertEquals(own.stream().sorted().toList(), own);
      assertEquals(50, own.size());
    }
  }
}
