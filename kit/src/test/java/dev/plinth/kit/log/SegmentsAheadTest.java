package dev.plinth.kit.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.Durability;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Whatever one thread finds in a log, several find too.
final class SegmentsAheadTest {
  private static final Path FOLDER = Path.of("/log");
  private static final long STORE = 77;
  private static final List<Integer> THREADS = List.of(1, 2, 5);

  private final SimDisk disk = new SimDisk();

  private record Outcome(String ending, List<Entry> entries, List<Long> positions) {}

  @BeforeEach
  void folder() {
    disk.createDirectories(FOLDER);
    disk.syncDirectory(Path.of("/"));
  }

  private static Outcome read(Disk on, int threads) {
    Entry.Collector found = new Entry.Collector();
    String ending;
    try {
      ending = LogReader.read(on, FOLDER, STORE, 0, 0, found, threads).toString();
    } catch (StorageException e) {
      ending = e.toString();
    }
    return new Outcome(ending, found.entries, found.positions);
  }

  private static void fill(LogWriter log, int count, int lengthMax, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < count; i++) {
      Entry entry = Entry.numbered(i, random.nextInt(lengthMax));
      MemorySegment body = entry.segment();
      Durability durability = Durability.values()[random.nextInt(3)];
      log.append(
          durability, entry.type(), entry.first(), entry.second(), body, 0, (int) body.byteSize());
    }
  }

  private static LogWriter open(Disk on, LogOptions options) {
    return LogWriter.open(on, FOLDER, STORE, options, new Entry.Collector());
  }

  @Test
  void recordsOfManySmallAndLongSegmentsComeInOrder() {
    try (LogWriter log = open(disk, LogOptions.small(8 << 10, 8 << 10))) {
      fill(log, 300, 600, 1);
    }
    try (LogWriter log = open(disk, LogOptions.small(3 << 20, 1 << 20))) {
      fill(log, 14, 2 << 20, 2);
      fill(log, 2000, 3000, 3);
    }
    Outcome expected = read(disk, 0);
    assertEquals(2314, expected.entries().size());
    for (int threads : THREADS) {
      assertEquals(expected, read(disk, threads), () -> threads + " threads");
    }
  }

  @Test
  void crashesAndDamageLookTheSame() {
    LogWriter log = open(disk, LogOptions.small(4 << 10, 4 << 10).withRecycledSegments(1));
    fill(log, 100, 400, 4);
    for (long seed = 0; seed < 6; seed++) {
      SimDisk left = disk.crash(new CrashState.AnySubset(seed));
      Outcome expected = read(left, 0);
      THREADS.forEach(threads -> assertEquals(expected, read(left, threads)));
      List<String> names =
          left.list(FOLDER).stream().filter(name -> name.endsWith(".log")).toList();
      for (int i = 0; i < 40; i++) {
        Path path = FOLDER.resolve(names.get(i % names.size()));
        damage(left, path, (i * 997L + seed) % left.size(path));
        Outcome damaged = read(left, 0);
        int threads = THREADS.get(i % THREADS.size());
        assertEquals(damaged, read(left, threads), () -> path + ", " + threads + " threads");
        damage(left, path, (i * 997L + seed) % left.size(path));
      }
    }
    assertThrows(StorageException.class, log::close);
  }

  private static void damage(Disk on, Path path, long offset) {
    MemorySegment one = MemorySegment.ofArray(new byte[1]);
    try (DiskFile file = on.open(path, OpenMode.WRITE)) {
      file.read(offset, one, 0, 1);
      one.set(ValueLayout.JAVA_BYTE, 0, (byte) (one.get(ValueLayout.JAVA_BYTE, 0) ^ 0x10));
      file.write(offset, one, 0, 1, ByteCause.OTHER);
    }
  }

  @Test
  void aVisitorThatThrowsLeavesNoFileOpenAndNoThread() {
    try (LogWriter log = open(disk, LogOptions.small(64 << 10, 8 << 10))) {
      fill(log, 2000, 2000, 5);
    }
    WatchedDisk watched = new WatchedDisk(disk);
    Set<Thread> readers = ConcurrentHashMap.newKeySet();
    watched.watch.set((_, _) -> readers.add(Thread.currentThread()));
    int[] left = {700};
    assertThrows(
        IllegalStateException.class,
        () ->
            LogReader.read(
                watched.disk(),
                FOLDER,
                STORE,
                0,
                0,
                (_, _, _, _, _, _, _) -> {
                  if (left[0]-- == 0) {
                    throw new IllegalStateException("enough");
                  }
                },
                3));
    assertEquals(Set.of(), watched.open);
    readers.remove(Thread.currentThread());
    assertTrue(readers.stream().noneMatch(Thread::isAlive));
    assertEquals(3, readers.size());
  }

  @Test
  void aFailureToReadIsToldAndLeavesNothingOpen() {
    try (LogWriter log = open(disk, LogOptions.small(8 << 10, 8 << 10))) {
      fill(log, 300, 600, 6);
    }
    WatchedDisk watched = new WatchedDisk(disk);
    Path third = FOLDER.resolve("0000000000000003.log");
    watched.watch.set(
        (method, path) -> {
          if (method.equals("read") && path.equals(third)) {
            throw new StorageException.Io(path + ": broken", null);
          }
        });
    StorageException.Io e =
        assertThrows(
            StorageException.Io.class,
            () ->
                LogReader.read(
                    watched.disk(), FOLDER, STORE, 0, 0, (_, _, _, _, _, _, _) -> {}, 2));
    assertNotNull(e.getMessage());
    assertTrue(e.getMessage().contains("0000000000000003.log"), e.getMessage());
    assertEquals(Set.of(), watched.open);
  }

  @Test
  void theLogGoesOnAfterIt() {
    LogOptions options = LogOptions.small(8 << 10, 8 << 10).withRecoveryThreads(2);
    try (LogWriter log = open(disk, options)) {
      fill(log, 200, 600, 7);
    }
    try (LogWriter log = open(disk, options)) {
      assertEquals(200, log.recovered().records());
      fill(log, 100, 600, 8);
    }
    try (LogWriter log = open(disk, options)) {
      assertEquals(300, log.recovered().records());
      assertTrue(log.recovered().clean());
    }
  }
}
