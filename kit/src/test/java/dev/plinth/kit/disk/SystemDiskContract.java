package dev.plinth.kit.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import dev.plinth.spi.disk.ReadAdvice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What both ways of reaching the operating system's disk must do.
abstract class SystemDiskContract {
  @TempDir Path folder;

  final Disk disk;

  SystemDiskContract(Disk disk) {
    this.disk = disk;
  }

  @Test
  void writtenBytesComeBackFromEveryKindOfMemory() {
    byte[] bytes = random(200_000, 1);
    try (DiskFile file = disk.open(folder.resolve("f"), OpenMode.CREATE);
        Arena confined = Arena.ofConfined();
        Arena shared = Arena.ofShared()) {
      assertEquals(folder.resolve("f"), file.path());
      for (Arena arena : new Arena[] {null, confined, shared}) {
        MemorySegment source = memory(arena, bytes.length + 3).asSlice(0);
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, source, 3, bytes.length);
        file.write(7, source.asReadOnly(), 3, bytes.length, ByteCause.OTHER);
        assertEquals(7 + bytes.length, file.size());
        MemorySegment target = memory(arena, bytes.length + 100);
        assertEquals(bytes.length, file.read(7, target, 50, bytes.length + 50));
        assertArrayEquals(bytes, target.asSlice(50, bytes.length).toArray(ValueLayout.JAVA_BYTE));
        assertEquals(3, file.read(bytes.length + 4, target, 0, 3));
        assertEquals(0, file.read(7 + bytes.length, target, 0, 3));
        assertEquals(0, file.read(1_000_000, target, 0, 3));
        assertEquals(0, file.read(0, target, 0, 0));
        file.truncate(0);
        assertEquals(0, file.size());
      }
    }
  }

  @Test
  void refusesRangesOutsideTheMemory() {
    try (DiskFile file = disk.open(folder.resolve("f"), OpenMode.CREATE)) {
      MemorySegment eight = MemorySegment.ofArray(new byte[8]);
      assertThrows(IndexOutOfBoundsException.class, () -> file.read(0, eight, 1, 8));
      assertThrows(
          IndexOutOfBoundsException.class, () -> file.write(0, eight, 1, 8, ByteCause.LOG));
      assertThrows(IllegalArgumentException.class, () -> file.read(0, eight.asReadOnly(), 0, 8));
    }
  }

  @Test
  void reservesAndTruncates() {
    try (DiskFile file = disk.open(folder.resolve("f"), OpenMode.CREATE)) {
      write(file, 0, random(100, 2));
      file.reserve(10_000);
      assertEquals(10_000, file.size());
      MemorySegment tail = MemorySegment.ofArray(random(9_900, 3));
      assertEquals(9_900, file.read(100, tail, 0, 9_900));
      assertArrayEquals(new byte[9_900], tail.toArray(ValueLayout.JAVA_BYTE));
      file.reserve(50);
      file.truncate(20_000);
      assertEquals(10_000, file.size());
      file.truncate(40);
      assertEquals(40, file.size());
      file.syncData();
      file.syncAll();
    }
  }

  @Test
  void discardedRoomCanBeReservedAndWrittenAgain() {
    byte[] bytes = random(64 << 10, 4);
    try (DiskFile file = disk.open(folder.resolve("f"), OpenMode.CREATE)) {
      write(file, 0, bytes);
      file.discard(8 << 10, 16 << 10);
      assertEquals(bytes.length, file.size());
      byte[] now = new byte[bytes.length];
      assertEquals(bytes.length, file.read(0, MemorySegment.ofArray(now), 0, now.length));
      assertArrayEquals(Arrays.copyOf(bytes, 8 << 10), Arrays.copyOf(now, 8 << 10));
      assertArrayEquals(
          Arrays.copyOfRange(bytes, 24 << 10, bytes.length),
          Arrays.copyOfRange(now, 24 << 10, bytes.length));
      file.reserve(8 << 10, 16 << 10);
      write(file, 8 << 10, Arrays.copyOfRange(bytes, 8 << 10, 24 << 10));
      file.reserve(0, bytes.length);
      assertEquals(bytes.length, file.size());
      file.read(0, MemorySegment.ofArray(now), 0, now.length);
      assertArrayEquals(bytes, now);
    }
  }

  @Test
  void writingBackChangesNothing() {
    byte[] bytes = random(64 << 10, 5);
    DiskFile file = disk.open(folder.resolve("f"), OpenMode.CREATE);
    write(file, 0, bytes);
    file.writeBack(0, 40_000);
    file.writeBack(60_000, 1 << 20);
    file.writeBack(1 << 20, 1);
    file.syncData();
    byte[] now = new byte[bytes.length];
    assertEquals(bytes.length, file.size());
    assertEquals(bytes.length, file.read(0, MemorySegment.ofArray(now), 0, now.length));
    assertArrayEquals(bytes, now);
    file.close();
  }

  @Test
  void openModes() {
    Path path = folder.resolve("f");
    assertFailsWith("f: opening failed: no such file", () -> disk.open(path, OpenMode.READ));
    assertFailsWith("f: opening failed: no such file", () -> disk.open(path, OpenMode.WRITE));
    disk.open(path, OpenMode.CREATE).close();
    assertFailsWith("f: opening failed: it exists", () -> disk.open(path, OpenMode.CREATE));
    disk.open(path, OpenMode.WRITE).close();
    try (DiskFile file = disk.open(path, OpenMode.READ)) {
      assertThrows(RuntimeException.class, () -> write(file, 0, new byte[1]));
      assertEquals(0, file.size());
    }
  }

  @Test
  void mapsForReadingUntilTheArenaIsClosed() {
    Path path = folder.resolve("f");
    byte[] bytes = random(100_000, 4);
    Arena arena = Arena.ofShared();
    DiskFile file = disk.open(path, OpenMode.CREATE);
    write(file, 0, bytes);
    MemorySegment mapped = file.map(5_000, 70_001, arena);
    assertEquals(0, file.map(100, 0, arena).byteSize());
    file.advise(0, 0, ReadAdvice.RANDOM);
    file.advise(6_000, 5_000, ReadAdvice.SEQUENTIAL);
    file.advise(90_000, 0, ReadAdvice.NORMAL);
    MemorySegment whole = file.map(0, 100_000, arena);
    file.advise(0, 0, ReadAdvice.DROP);
    disk.willNeed(mapped, 3, 69_000);
    disk.willNeed(whole, 0, 100_000);
    disk.willNeed(whole, 100_000, 0);
    disk.willNeed(MemorySegment.ofArray(bytes), 0, 10);
    assertThrows(IndexOutOfBoundsException.class, () -> disk.willNeed(mapped, 1, 70_001));
    assertFailsWith("behind the end of the file", () -> file.map(1, 100_000, arena));
    assertFailsWith("behind the end of the file", () -> file.map(-1, 1, arena));
    file.close();
    disk.delete(path);
    assertTrue(mapped.isReadOnly());
    assertEquals(70_001, mapped.byteSize());
    assertEquals(-1, mapped.mismatch(MemorySegment.ofArray(bytes).asSlice(5_000, 70_001)));
    assertEquals(-1, whole.mismatch(MemorySegment.ofArray(bytes)));
    arena.close();
    assertThrows(IllegalStateException.class, () -> mapped.get(ValueLayout.JAVA_BYTE, 0));
  }

  @Test
  void aClosedFileRefusesEverything() {
    DiskFile file = disk.open(folder.resolve("f"), OpenMode.CREATE);
    file.close();
    file.close();
    MemorySegment one = MemorySegment.ofArray(new byte[1]);
    List<Runnable> uses =
        List.of(
            () -> file.read(0, one, 0, 1),
            () -> file.write(0, one, 0, 1, ByteCause.LOG),
            file::size,
            () -> file.truncate(0),
            () -> file.reserve(10),
            file::syncData,
            file::syncAll,
            () -> file.map(0, 0, Arena.global()),
            () -> file.advise(0, 0, ReadAdvice.RANDOM));
    uses.forEach(use -> assertThrows(StorageException.Closed.class, use::run));
    file.close();
  }

  @Test
  void renamedAndDeletedFilesStayUsable() {
    Path path = folder.resolve("f");
    byte[] bytes = random(1_000, 5);
    try (DiskFile file = disk.open(path, OpenMode.CREATE);
        Arena arena = Arena.ofConfined()) {
      write(file, 0, bytes);
      disk.rename(path, folder.resolve("g"));
      try (DiskFile other = disk.open(path, OpenMode.CREATE)) {
        write(other, 0, random(1_000, 6));
        Thread.currentThread().interrupt();
        assertArrayEquals(bytes, read(file, 1_000));
        assertEquals(-1, file.map(0, 1_000, arena).mismatch(MemorySegment.ofArray(bytes)));
        assertTrue(Thread.interrupted());
      }
      disk.delete(folder.resolve("g"));
      assertArrayEquals(bytes, read(file, 1_000));
      write(file, 1_000, bytes);
      assertEquals(2_000, file.size());
    }
  }

  @Test
  void namesInFolders() throws Exception {
    Path deep = folder.resolve("a/b/c");
    assertEquals(List.of(), disk.list(deep));
    disk.createDirectories(deep);
    disk.createDirectories(deep);
    disk.open(deep.resolve("z"), OpenMode.CREATE).close();
    disk.open(deep.resolve("y"), OpenMode.CREATE).close();
    Files.write(deep.resolve("y"), new byte[5]);
    assertEquals(List.of("y", "z"), disk.list(deep));
    assertEquals(5, disk.size(deep.resolve("y")));
    disk.rename(deep.resolve("y"), deep.resolve("z"));
    assertEquals(5, disk.size(deep.resolve("z")));
    disk.link(deep.resolve("z"), deep.resolve("x"));
    assertTrue(disk.exists(deep.resolve("x")));
    assertFalse(disk.exists(deep.resolve("y")));
    disk.syncDirectory(deep);
    disk.delete(deep.resolve("x"));
    disk.delete(deep.resolve("z"));
    disk.delete(deep);
    assertFalse(disk.exists(deep));
    assertTrue(disk.usableBytes(folder) > 0);
  }

  @Test
  void failuresNameTheFileAndTheNextStep() {
    Path missing = folder.resolve("missing");
    assertFailsWith("check that the directory is the right one", () -> disk.size(missing));
    assertFailsWith("missing: deleting failed", () -> disk.delete(missing));
    assertFailsWith("missing: renaming to", () -> disk.rename(missing, folder.resolve("x")));
    assertFailsWith("missing: linking as", () -> disk.link(missing, folder.resolve("x")));
    assertFailsWith("missing: asking for free space failed", () -> disk.usableBytes(missing));
    assertFailsWith("missing", () -> disk.syncDirectory(missing));
    assertFailsWith("missing", () -> disk.lock(missing.resolve("LOCK")));
    disk.open(missing, OpenMode.CREATE).close();
    assertFailsWith("missing: listing failed: not a directory", () -> disk.list(missing));
    assertFailsWith("it exists already", () -> disk.link(missing, missing));
    disk.createDirectories(folder.resolve("d/e"));
    assertFailsWith("directory not empty", () -> disk.delete(folder.resolve("d")));
    assertFailsWith("creating the directory", () -> disk.createDirectories(missing.resolve("x")));
  }

  @Test
  void aFullDiskIsNoSpace() {
    Path full = Path.of("/dev/full");
    Assumptions.assumeTrue(Files.exists(full));
    try (DiskFile file = disk.open(full, OpenMode.WRITE)) {
      String message =
          assertThrows(StorageException.NoSpace.class, () -> write(file, 4_096, new byte[10]))
              .getMessage();
      assertTrue(
          message.startsWith("/dev/full: writing 10 bytes at offset 4096 failed: no space left"),
          message);
      assertTrue(message.endsWith("; free space, delete and compact, or raise the quota"), message);
    }
  }

  @Test
  void interruptsBreakNeitherReadersNorWriters() throws Exception {
    byte[] bytes = random(50_000, 8);
    try (DiskFile file = disk.open(folder.resolve("f"), OpenMode.CREATE)) {
      write(file, 0, bytes);
      AtomicReference<Throwable> failure = new AtomicReference<>();
      Thread reader = worker(failure, () -> assertArrayEquals(bytes, read(file, bytes.length)));
      Thread writer =
          worker(
              failure,
              () -> {
                write(file, 100_000, bytes);
                file.syncData();
                disk.syncDirectory(folder);
                try (Arena arena = Arena.ofConfined()) {
                  file.map(0, 1_000, arena);
                }
              });
      while (reader.isAlive() || writer.isAlive()) {
        reader.interrupt();
        writer.interrupt();
        Thread.sleep(1);
      }
      if (failure.get() != null) {
        throw new AssertionError(failure.get());
      }
      assertArrayEquals(bytes, read(file, bytes.length));
      assertEquals(150_000, file.size());
    }
  }

  @Test
  void aCloseDuringReadsIsClosedAndNothingElse() throws Exception {
    for (int round = 0; round < 30; round++) {
      DiskFile file = disk.open(folder.resolve("f" + round), OpenMode.CREATE);
      write(file, 0, random(10_000, round));
      AtomicReference<Throwable> failure = new AtomicReference<>();
      Thread reader =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      while (true) {
                        read(file, 10_000);
                      }
                    } catch (Throwable e) {
                      failure.set(e);
                    }
                  });
      Thread.sleep(1);
      file.close();
      reader.join();
      assertEquals(StorageException.Closed.class, failure.get().getClass());
    }
  }

  static void write(DiskFile file, long offset, byte[] bytes) {
    file.write(offset, MemorySegment.ofArray(bytes), 0, bytes.length, ByteCause.OTHER);
  }

  static byte[] read(DiskFile file, int length) {
    byte[] bytes = new byte[length];
    assertEquals(length, file.read(0, MemorySegment.ofArray(bytes), 0, length));
    return bytes;
  }

  static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static void assertFailsWith(String part, Runnable action) {
    String message = assertThrows(StorageException.Io.class, action::run).getMessage();
    assertTrue(message.contains(part), message);
    assertTrue(message.contains("; "), message);
  }

  private static MemorySegment memory(Arena arena, int bytes) {
    return arena == null ? MemorySegment.ofArray(new byte[bytes]) : arena.allocate(bytes);
  }

  private static Thread worker(AtomicReference<Throwable> failure, Runnable action) {
    return Thread.ofPlatform()
        .start(
            () -> {
              try {
                for (int i = 0; i < 100; i++) {
                  action.run();
                }
              } catch (Throwable e) {
                failure.compareAndSet(null, e);
              }
            });
  }
}
