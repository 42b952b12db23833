package dev.plinth.kit.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.spi.Durability;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Many writers, platform and virtual, with segments made ahead in the background.
@Timeout(120)
final class LogConcurrencyTest {
  private static final Path FOLDER = Path.of("/log");
  private static final long STORE = 77;
  private static final int WRITERS = 10;
  private static final int RECORDS = 60;
  private static final LogOptions OPTIONS =
      LogOptions.small(16 << 10, 4 << 10).withRecycledSegments(2).withPrefillBytes(8 << 10);

  private record Moment(SimDisk image, List<Integer> synced, List<Integer> written) {}

  /// Appends records and counts acknowledgements.
  private static final class Writers {
    final AtomicIntegerArray synced = new AtomicIntegerArray(WRITERS);
    final AtomicIntegerArray written = new AtomicIntegerArray(WRITERS);
    final AtomicReference<Throwable> failure = new AtomicReference<>();

    void run(LogWriter log) throws InterruptedException {
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < WRITERS; t++) {
        int number = t;
        Thread.Builder builder = t % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
        threads.add(builder.start(() -> write(log, number)));
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }

    private void write(LogWriter log, int number) {
      try {
        for (int i = 0; i < RECORDS; i++) {
          Durability durability = Durability.values()[(i + number) % 3];
          Entry entry = Entry.numbered(number * 1000L + i, i * 53 % 700);
          log.append(
              durability,
              entry.type(),
              entry.first(),
              entry.second(),
              entry.segment(),
              0,
              entry.body().length());
          if (durability == Durability.SYNCED) {
            synced.set(number, i + 1);
          }
          if (durability != Durability.BUFFERED) {
            written.set(number, i + 1);
          }
        }
      } catch (RuntimeException | Error e) {
        failure.compareAndSet(null, e);
      }
    }

    static List<Integer> copy(AtomicIntegerArray array) {
      List<Integer> copy = new ArrayList<>();
      for (int i = 0; i < array.length(); i++) {
        copy.add(array.get(i));
      }
      return copy;
    }
  }

  private static LogWriter open(Disk disk, Path folder, ExecutorService background, LogVisitor to) {
    return LogWriter.open(disk, folder, STORE, OPTIONS, background, 0, 0, LogListener.NONE, to);
  }

  private static void check(List<Entry> found, List<Integer> least) {
    int[] next = new int[WRITERS];
    for (Entry entry : found) {
      int writer = (int) (entry.first() / 1000);
      int index = (int) (entry.first() % 1000);
      assertEquals(next[writer], index, "writer " + writer);
      assertEquals(Entry.numbered(entry.first(), index * 53 % 700), entry);
      next[writer]++;
    }
    for (int i = 0; i < WRITERS; i++) {
      assertTrue(next[i] >= least.get(i), "writer " + i + ": " + next[i] + " of " + least);
    }
  }

  @Test
  void crashesAmongManyWritersLoseNothingAcknowledged() throws InterruptedException {
    SimDisk disk = new SimDisk();
    disk.createDirectories(FOLDER);
    disk.syncDirectory(Path.of("/"));
    Writers writers = new Writers();
    List<Moment> moments = new ArrayList<>();
    try (ExecutorService background = Executors.newSingleThreadExecutor()) {
      LogWriter log = open(disk, FOLDER, background, new Entry.Collector());
      disk.watch(
          (on, step, operation) -> {
            if (step % 5 == 0) {
              moments.add(
                  new Moment(
                      on.image(), Writers.copy(writers.synced), Writers.copy(writers.written)));
            }
          });
      writers.run(log);
      assertEquals(null, writers.failure.get());
      disk.watch(null);
      log.close();
    }
    assertTrue(disk.list(FOLDER).size() >= 3);
    for (int i = 0; i < moments.size(); i++) {
      Moment moment = moments.get(i);
      recover(moment.image.crash(new CrashState.NothingUnsynced()), moment.synced);
      recover(moment.image.crash(new CrashState.AnySubset(i)), moment.synced);
      recover(moment.image.crash(new CrashState.OrderedPrefix(i)), moment.synced);
      recover(moment.image.crash(new CrashState.ProcessKilled()), moment.written);
    }
    Entry.Collector all = new Entry.Collector();
    LogReader.read(disk, FOLDER, STORE, 0, 0, all);
    assertEquals(WRITERS * RECORDS, all.entries.size());
    System.out.printf("log: %d crashes among writers%n", moments.size() * 4);
  }

  private static void recover(SimDisk disk, List<Integer> least) {
    Entry.Collector found = new Entry.Collector();
    LogWriter.open(disk, FOLDER, STORE, OPTIONS, found);
    check(found.entries, least);
  }

  @Test
  void theOperatingSystemsDiskKeepsAllRecords(@TempDir Path folder) throws InterruptedException {
    SystemDisk disk = new SystemDisk();
    Writers writers = new Writers();
    try (ExecutorService background = Executors.newSingleThreadExecutor();
        LogWriter log = open(disk, folder, background, new Entry.Collector())) {
      writers.run(log);
      assertEquals(null, writers.failure.get());
      Entry.Collector now = new Entry.Collector();
      log.sync();
      LogReader.read(disk, folder, STORE, 0, log.syncedPosition(), now);
      assertEquals(WRITERS * RECORDS, now.entries.size());
      long last = now.positions.getLast();
      log.dropBefore(last);
      log.read(last, now);
      assertEquals(now.entries.get(now.entries.size() - 2), now.entries.getLast());
      writers.run(log);
    }
    Entry.Collector found = new Entry.Collector();
    open(disk, folder, null, found).close();
    assertTrue(found.entries.size() >= WRITERS * RECORDS);
  }

  @Test
  void interruptedWritersGoOn() throws InterruptedException {
    SimDisk disk = new SimDisk();
    disk.createDirectories(FOLDER);
    LogWriter log = LogWriter.open(disk, FOLDER, STORE, OPTIONS, new Entry.Collector());
    AtomicInteger kept = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 6; t++) {
      Thread.Builder builder = t % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
      threads.add(
          builder.start(
              () -> {
                Thread.currentThread().interrupt();
                Entry entry = Entry.numbered(1, 100);
                for (int i = 0; i < 50; i++) {
                  log.append(Durability.SYNCED, 1, 1, 1, entry.segment(), 0, 100);
                }
                kept.addAndGet(Thread.currentThread().isInterrupted() ? 1 : 0);
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(6, kept.get());
    assertEquals(300, log.stats().records());
    log.close();
  }

  @Test
  void listenersHearOfSyncsInOrderAndOfOneFailure() {
    SimDisk disk = new SimDisk();
    disk.createDirectories(FOLDER);
    List<Long> synced = new ArrayList<>();
    List<String> rolls = new ArrayList<>();
    List<StorageException> failed = new ArrayList<>();
    LogListener listener =
        new LogListener() {
          @Override
          public void synced(long position, long bytes, long nanos) {
            synced.add(position);
          }

          @Override
          public void rolled(Path from, Path to) {
            rolls.add(from.getFileName() + " " + to.getFileName());
          }

          @Override
          public void failed(StorageException cause) {
            failed.add(cause);
          }
        };
    LogWriter log =
        LogWriter.open(disk, FOLDER, STORE, OPTIONS, null, 0, 0, listener, new Entry.Collector());
    Entry entry = Entry.numbered(1, 100);
    for (int i = 0; i < 200; i++) {
      long position = log.append(Durability.SYNCED, 1, 1, 1, entry.segment(), 0, 100);
      assertTrue(synced.getLast() > position);
    }
    assertEquals(synced.stream().sorted().toList(), synced);
    assertEquals("0000000000000001.log 0000000000000002.log", rolls.getFirst());
    disk.kill("power");
    for (int i = 0; i < 3; i++) {
      try {
        log.append(Durability.SYNCED, 1, 1, 1, entry.segment(), 0, 100);
        throw new AssertionError("a log without a disk took a record");
      } catch (StorageException.Poisoned e) {
        assertEquals(failed.getFirst(), e.getCause());
      }
    }
    assertEquals(1, failed.size());
  }
}
