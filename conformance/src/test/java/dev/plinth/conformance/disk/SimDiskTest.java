package dev.plinth.conformance.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SimDiskTest {
  private static final Path FOLDER = Path.of("/sim");
  private static final CrashState A = new CrashState.NothingUnsynced();
  private static final CrashState B = new CrashState.Everything();

  private final SimDisk disk = withFolder();

  private static SimDisk withFolder() {
    SimDisk disk = new SimDisk();
    disk.createDirectories(FOLDER);
    disk.syncDirectory(Path.of("/"));
    return disk;
  }

  private static Path path(String name) {
    return FOLDER.resolve(name);
  }

  private static void write(DiskFile file, long offset, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    file.write(offset, MemorySegment.ofArray(bytes), 0, bytes.length, ByteCause.OTHER);
  }

  private static String read(Disk disk, String name) {
    try (DiskFile file = disk.open(path(name), OpenMode.READ)) {
      byte[] bytes = new byte[(int) file.size()];
      assertEquals(bytes.length, file.read(0, MemorySegment.ofArray(bytes), 0, bytes.length));
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private DiskFile durable(String name, String text) {
    DiskFile file = disk.open(path(name), OpenMode.CREATE);
    write(file, 0, text);
    file.syncData();
    disk.syncDirectory(FOLDER);
    return file;
  }

  @Test
  void unsyncedBytesGoAndSyncedOnesStay() {
    DiskFile file = durable("f", "one");
    write(file, 3, "two");
    assertEquals("onetwo", read(disk, "f"));
    SimDisk after = disk.crash(A);
    assertEquals("one", read(after, "f"));
    assertEquals("onetwo", read(disk.crash(B), "f"));
    assertThrows(StorageException.Io.class, file::size);
    assertThrows(StorageException.Io.class, () -> disk.exists(FOLDER));
  }

  @Test
  void namesNeedTheirFolderSynced() {
    DiskFile file = disk.open(path("f"), OpenMode.CREATE);
    write(file, 0, "x");
    file.syncAll();
    assertEquals(List.of(), disk.crash(A).list(FOLDER));
    assertEquals(List.of("f"), disk.crash(B).list(FOLDER));
  }

  @Test
  void deletedNamesComeBackUntilTheFolderIsSynced() {
    durable("f", "x").close();
    disk.delete(path("f"));
    assertEquals("x", read(disk.image().crash(A), "f"));
    disk.syncDirectory(FOLDER);
    assertEquals(List.of(), disk.crash(A).list(FOLDER));
  }

  @Test
  void renameIsAtomicInEverySubset() {
    durable("new", "new").close();
    durable("old", "old").close();
    disk.rename(path("new"), path("old"));
    Set<String> seen = new HashSet<>();
    for (int seed = 0; seed < 40; seed++) {
      SimDisk after = disk.crash(new CrashState.AnySubset(seed));
      seen.add(after.list(FOLDER) + read(after, "old"));
    }
    assertEquals(Set.of("[new, old]old", "[old]new"), seen);
  }

  @Test
  void renameBeforeDataCanLeaveAnEmptyFile() {
    durable("meta", "old").close();
    DiskFile file = disk.open(path("tmp"), OpenMode.CREATE);
    write(file, 0, "new");
    disk.rename(path("tmp"), path("meta"));
    disk.syncDirectory(FOLDER);
    assertEquals("", read(disk.crash(A), "meta"));
    assertEquals("new", read(disk.crash(B), "meta"));
  }

  @Test
  void aSyncDoesNotLeadToOtherFilesBytes() {
    DiskFile one = durable("one", "");
    DiskFile two = durable("two", "");
    write(one, 0, "1");
    write(two, 0, "2");
    two.syncData();
    SimDisk after = disk.crash(A);
    assertEquals("", read(after, "one"));
    assertEquals("2", read(after, "two"));
  }

  @Test
  void prefixesKeepTheOrderAndTearTheLast() {
    DiskFile file = durable("f", "");
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 20; i++) {
      write(file, all.length(), "line" + i);
      all.append("line").append(i);
    }
    Set<Integer> lengths = new HashSet<>();
    for (int seed = 0; seed < 200; seed++) {
      String found = read(disk.crash(new CrashState.OrderedPrefix(seed)), "f");
      assertTrue(all.toString().startsWith(found), found);
      lengths.add(found.length());
    }
    assertTrue(lengths.size() > 30, "only " + lengths.size() + " lengths");
  }

  @Test
  void subsetsLoseSectorsInAnyOrder() {
    DiskFile file = durable("f", "");
    for (int i = 0; i < 4; i++) {
      write(file, i * 512L, String.valueOf((char) ('a' + i)).repeat(512));
    }
    Set<String> seen = new HashSet<>();
    for (int seed = 0; seed < 400; seed++) {
      String found = read(disk.crash(new CrashState.AnySubset(seed)), "f");
      StringBuilder sectors = new StringBuilder();
      for (int i = 0; i < found.length(); i += 512) {
        char c = found.charAt(i);
        assertTrue(c == 0 || c == 'a' + i / 512);
        assertEquals(String.valueOf(c).repeat(512), found.substring(i, i + 512));
        sectors.append(c == 0 ? '.' : c);
      }
      seen.add(sectors.toString());
    }
    assertTrue(seen.containsAll(Set.of("abcd", "....", "", "a.c", ".b", "a..d")), seen.toString());
  }

  @Test
  void syncedBytesSurviveEverySubset() {
    DiskFile file = durable("f", "x".repeat(5000));
    write(file, 100, "y".repeat(3000));
    file.syncData();
    file.truncate(4000);
    write(file, 4000, "z".repeat(2000));
    for (int seed = 0; seed < 300; seed++) {
      String found = read(disk.crash(new CrashState.AnySubset(seed)), "f");
      assertEquals("x".repeat(100) + "y".repeat(3000) + "x".repeat(900), found.substring(0, 4000));
    }
  }

  @Test
  void cutBytesNeverComeBackBehindALaterSize() {
    DiskFile file = durable("f", "x".repeat(2000));
    file.truncate(500);
    file.reserve(1500);
    for (int seed = 0; seed < 200; seed++) {
      String found = read(disk.crash(new CrashState.AnySubset(seed)), "f");
      if (found.length() == 1500) {
        assertEquals("x".repeat(500) + "\0".repeat(1000), found);
      }
    }
  }

  @Test
  void aFailedSyncLosesWhatCanStillBeRead() {
    DiskFile file = durable("f", "one");
    write(file, 3, "two");
    FaultDisk faults = new FaultDisk(disk, new Fault(Fault.Kind.FAILED_SYNC, 1, false));
    DiskFile faulty = faults.open(path("f"), OpenMode.WRITE);
    assertThrows(StorageException.Io.class, faulty::syncData);
    assertEquals("onetwo", read(disk, "f"));
    faulty.syncData();
    assertEquals("onetwo", read(disk, "f"));
    SimDisk killed = disk.image().crash(new CrashState.ProcessKilled());
    assertEquals("onetwo", read(killed, "f"));
    assertEquals("one", read(killed.crash(B), "f"));
    assertEquals("one", read(disk.crash(B), "f"));
  }

  @Test
  void bytesWrittenAfterAFailedSyncAreSavedByTheNext() {
    DiskFile file = durable("f", "one");
    write(file, 3, "two");
    disk.failSync(path("f"));
    write(file, 1000, "three");
    file.syncData();
    String found = read(disk.crash(A), "f");
    assertEquals("one", found.substring(0, 3));
    assertEquals("three", found.substring(1000));
    assertEquals("\0\0\0", found.substring(3, 6));
  }

  @Test
  void aFailedFolderSyncLosesNames() {
    disk.open(path("f"), OpenMode.CREATE).close();
    FaultDisk faults = new FaultDisk(disk, new Fault(Fault.Kind.FAILED_SYNC, 1, false));
    assertThrows(StorageException.Io.class, () -> faults.syncDirectory(FOLDER));
    faults.syncDirectory(FOLDER);
    assertTrue(disk.exists(path("f")));
    assertFalse(disk.crash(B).exists(path("f")));
  }

  @Test
  void aKilledProcessLosesNothingYet() {
    DiskFile file = durable("f", "one");
    write(file, 3, "two");
    SimDisk killed = disk.crash(new CrashState.ProcessKilled());
    assertEquals("onetwo", read(killed, "f"));
    assertEquals("one", read(killed.crash(A), "f"));
  }

  @Test
  void powerGoesAtAStepWhoseEffectIsOpen() {
    DiskFile file = durable("f", "");
    disk.stopAt(disk.steps() + 2);
    write(file, 0, "1");
    assertThrows(StorageException.Io.class, () -> write(file, 1, "2"));
    assertThrows(StorageException.Io.class, () -> write(file, 2, "3"));
    assertTrue(disk.isDead());
    assertEquals("", read(disk.crash(A), "f"));
    assertEquals("12", read(disk.crash(B), "f"));
    assertEquals("1", read(disk.crash(new CrashState.ProcessKilled()), "f"));
  }

  @Test
  void aPrintTellsContentsApart() {
    DiskFile file = durable("f", "one");
    SimDisk.Print one = disk.image().crash(A).print();
    assertEquals(one, disk.image().crash(B).print());
    write(file, 3, "two");
    assertEquals(one, disk.image().crash(A).print());
    SimDisk.Print more = disk.image().crash(B).print();
    assertNotEquals(one, more);
    file.truncate(3);
    assertEquals(one, disk.image().crash(B).print());
    file.reserve(4);
    assertNotEquals(one, disk.image().crash(B).print());
    file.truncate(3);
    disk.rename(path("f"), path("g"));
    assertNotEquals(one, disk.image().crash(B).print());
    assertEquals(one, disk.image().crash(A).print());
    disk.rename(path("g"), path("f"));
    assertEquals(one, disk.image().crash(B).print());
  }

  @Test
  void theWatcherSeesEveryStepAndImagesAreIndependent() {
    List<SimDisk> images = new ArrayList<>();
    List<String> operations = new ArrayList<>();
    disk.watch(
        (seen, step, operation) -> {
          images.add(seen.image());
          operations.add(operation);
        });
    DiskFile file = durable("f", "one");
    write(file, 3, "two");
    file.syncData();
    disk.watch(null);
    assertEquals(6, images.size());
    assertTrue(operations.get(1).startsWith("write"), operations.toString());
    assertFalse(images.get(3).crash(A).exists(path("f")));
    assertEquals("one", read(images.get(4).crash(A), "f"));
    assertEquals("onetwo", read(images.get(4).crash(B), "f"));
    assertEquals("one", read(images.get(5).crash(A), "f"));
    assertEquals("onetwo", read(disk, "f"));
  }

  @Test
  void linksShareBytesAndDeletedOpenFilesStayReadable() {
    DiskFile file = durable("f", "one");
    disk.link(path("f"), path("g"));
    disk.syncDirectory(FOLDER);
    disk.delete(path("f"));
    disk.syncDirectory(FOLDER);
    write(file, 0, "two");
    file.syncData();
    assertEquals("two", read(disk, "g"));
    disk.delete(path("g"));
    disk.syncDirectory(FOLDER);
    byte[] bytes = new byte[3];
    assertEquals(3, file.read(0, MemorySegment.ofArray(bytes), 0, 3));
    assertEquals(List.of(), disk.list(FOLDER));
  }

  @Test
  void mappingsAreWatchedWhileTheyLive() {
    DiskFile file = durable("f", "x".repeat(5000));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mapped = file.map(4000, 1000, arena);
      assertEquals((byte) 'x', mapped.get(ValueLayout.JAVA_BYTE, 999));
      assertTrue(mapped.isReadOnly());
      write(file, 5000, "fine");
      assertThrows(IllegalStateException.class, () -> write(file, 4999, "bad"));
      assertThrows(IllegalStateException.class, () -> file.truncate(4500));
      assertThrows(StorageException.Io.class, () -> file.map(5000, 5, arena));
    }
    write(file, 4999, "free");
    assertEquals(2, disk.violations().size());
  }

  @Test
  void locksAreExclusiveAndEndWithTheProcess() {
    Disk.Lock lock = disk.lock(path("LOCK"));
    assertThrows(StorageException.Locked.class, () -> disk.lock(path("LOCK")));
    lock.close();
    lock.close();
    Disk.Lock second = disk.lock(path("LOCK"));
    assertThrows(StorageException.Locked.class, () -> disk.lock(path("LOCK")));
    disk.crash(new CrashState.ProcessKilled()).lock(path("LOCK")).close();
    second.close();
  }

  @Test
  void aFullDiskRefusesGrowthAndKeepsWhatIsThere() {
    disk.capacity(8192);
    DiskFile file = disk.open(path("f"), OpenMode.CREATE);
    write(file, 0, "x".repeat(4096));
    assertEquals(4096, disk.usableBytes(FOLDER));
    file.reserve(8192);
    assertThrows(StorageException.NoSpace.class, () -> write(file, 8192, "y"));
    write(file, 5000, "inside");
    assertEquals(8192, file.size());
    file.truncate(100);
    write(file, 100, "y".repeat(5000));
  }

  @Test
  void faultsHitTheNthCallOnceOrFromThenOn() {
    FaultDisk once = new FaultDisk(disk, new Fault(Fault.Kind.ENOSPC, 2, false));
    DiskFile file = once.open(path("f"), OpenMode.CREATE);
    assertThrows(StorageException.NoSpace.class, () -> write(file, 0, "abcd"));
    write(file, 0, "abcd");
    assertEquals(3, once.calls());
    FaultDisk lasting = new FaultDisk(disk, new Fault(Fault.Kind.SHORT_WRITE, 2, true));
    DiskFile shortened = lasting.open(path("f"), OpenMode.WRITE);
    write(shortened, 4, "efgh");
    assertThrows(StorageException.Io.class, () -> write(shortened, 8, "ijkl"));
    assertThrows(StorageException.Io.class, () -> write(shortened, 12, "mnop"));
    assertEquals("abcdefghij\0\0mn", read(disk, "f"));
    assertNotEquals(null, lasting.failure());
  }

  @Test
  void crossFolderRenameNeedsBothFoldersSynced() {
    disk.createDirectories(path("a"));
    disk.createDirectories(path("b"));
    disk.syncDirectory(FOLDER);
    disk.open(path("a/f"), OpenMode.CREATE).close();
    disk.syncDirectory(path("a"));
    disk.rename(path("a/f"), path("b/f"));
    disk.syncDirectory(path("b"));
    SimDisk half = disk.image().crash(A);
    assertTrue(half.exists(path("a/f")) && half.exists(path("b/f")));
    disk.syncDirectory(path("a"));
    SimDisk done = disk.crash(A);
    assertFalse(done.exists(path("a/f")));
    assertTrue(done.exists(path("b/f")));
  }

  @Test
  void statesAreReadBackFromTheirText() {
    for (String text : List.of("a", "b", "c5", "d-7", "k")) {
      assertEquals(text, CrashState.parse(text).toString());
    }
    assertThrows(IllegalArgumentException.class, () -> CrashState.parse("e1"));
    assertThrows(IllegalArgumentException.class, () -> CrashState.parse("cx"));
    Fault fault = new Fault(Fault.Kind.SHORT_WRITE, 17, true);
    assertEquals(fault, Fault.parse(fault.toString()));
    assertThrows(IllegalArgumentException.class, () -> Fault.parse("EIO:1"));
  }
}
