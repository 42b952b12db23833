package dev.plinth.raft.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.raft.store.StateBatch;
import dev.plinth.raft.store.StateExport;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// State machines exported as files, between all engines of ours on the class path.
final class StateExportTest {
  private static final Path OTHER = Path.of("/sim/other");
  private static final Path FOLDER = Path.of("/sim/export");

  private final QuietExecutor background = new QuietExecutor();

  @AfterEach
  void close() {
    background.close();
  }

  private static List<String> engines() {
    return Engines.names().stream().filter(name -> !Engines.provider(name).foreign()).toList();
  }

  private StateMachineStore open(SimDisk disk, Path path, String engine) {
    return StateMachineStore.open(
        path,
        Map.of("engine", engine, "wal", "off"),
        EngineEnvironment.standard().withDisk(disk).withBackground(background).withEvents(_ -> {}));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void fill(StateMachineStore store, long group, int from, int to) {
    StateBatch batch = new StateBatch(group);
    for (int i = from; i < to; i++) {
      batch.clear();
      batch.put(bytes("key" + i % 50), bytes("value" + i)).delete(bytes("key" + (i + 7) % 50));
      assertTrue(store.apply(batch, i, i / 10));
    }
  }

  private static List<String> export(SimDisk disk, StateMachineStore store) {
    disk.createDirectories(FOLDER);
    disk.syncDirectory(Path.of("/sim"));
    try (StateExport export = store.export(FOLDER)) {
      fill(store, 3, 500, 510);
      return export.write();
    }
  }

  @Test
  void anyEngineTakesWhatAnyEngineExports() {
    for (String from : engines()) {
      for (String to : engines()) {
        SimDisk disk = History.disk();
        StateMachineStore.Digest expected;
        try (StateMachineStore store = open(disk, History.STORE, from)) {
          fill(store, 0, 1, 120);
          fill(store, 3, 1, 60);
          expected = store.digest(3);
          List<String> files = export(disk, store);
          assertTrue(files.contains("STATE"), files.toString());
          files.forEach(file -> assertTrue(disk.exists(FOLDER.resolve(file)), file));
          assertFalse(store.importFrom(FOLDER), "it is as far already");
          assertEquals(509, store.applied(3).index());
        }
        StateMachineStore follower = open(disk, OTHER, to);
        fill(follower, 0, 1, 20);
        assertTrue(follower.importFrom(FOLDER), from + " to " + to);
        assertEquals(expected, follower.digest(3), from + " to " + to);
        SimDisk found = disk.crash(new CrashState.NothingUnsynced());
        try (StateMachineStore again = open(found, OTHER, to)) {
          assertEquals(expected, again.digest(3), from + " to " + to + " after a crash");
          assertEquals(new StateMachineStore.Applied(119, 11), again.applied(0));
          assertArrayEquals(bytes("value119"), again.get(0, bytes("key19")));
          assertFalse(again.importFrom(FOLDER));
        }
        try (StateMachineStore third = open(found, Path.of("/sim/third"), to)) {
          assertTrue(third.importFrom(FOLDER), "the folder was left as it was");
        }
      }
    }
  }

  /// A crash at a disk call of an import leaves the old state or the new one, and the import can be
  /// done again (D12, D5): from a store on the same engine, and from one on the next. Some of the
  /// calls, evenly spread; `-Dplinth.crash.steps=100000` tries all.
  @Test
  void anImportIsOneStepAtEveryCrash() {
    List<String> engines = engines();
    for (int i = 0; i < engines.size(); i++) {
      crashDuringImport(engines.get(i), engines.get(i));
      crashDuringImport(engines.get((i + 1) % engines.size()), engines.get(i));
    }
  }

  private void crashDuringImport(String from, String to) {
    SimDisk disk = History.disk();
    StateMachineStore.Digest fresh;
    try (StateMachineStore store = open(disk, History.STORE, from)) {
      fill(store, 0, 1, 120);
      export(disk, store);
      fresh = store.digest(0);
    }
    StateMachineStore follower = open(disk, OTHER, to);
    fill(follower, 0, 1, 20);
    follower.flush();
    StateMachineStore.Digest old = follower.digest(0);
    List<SimDisk> images = new ArrayList<>();
    disk.watch((seen, _, _) -> images.add(seen.image()));
    assertTrue(follower.importFrom(FOLDER));
    disk.watch(null);
    follower.close();
    int installed = 0;
    int stride = Math.max(1, images.size() / Integer.getInteger("plinth.crash.steps", 5));
    for (int step = 0; step < images.size(); step += stride) {
      CrashState[] states = {new CrashState.NothingUnsynced(), new CrashState.AnySubset(step)};
      for (CrashState state : states) {
        String what = from + " to " + to + ", step " + step + ", " + state;
        SimDisk found = images.get(step).crash(state);
        try (StateMachineStore again = open(found, OTHER, to)) {
          StateMachineStore.Digest digest = again.digest(0);
          assertTrue(digest.equals(fresh) || digest.equals(old), what);
          installed += digest.equals(fresh) ? 1 : 0;
          assertEquals(!digest.equals(fresh), again.importFrom(FOLDER), what);
          assertEquals(fresh, again.digest(0), what);
        }
        assertEquals(
            1, found.list(OTHER).stream().filter(name -> name.startsWith("state-")).count(), what);
      }
    }
    assertTrue(installed > 0 && installed < 2 * images.size(), from + " to " + to);
  }

  @Test
  void aDamagedExportIsRefusedAndChangesNothing() {
    SimDisk disk = History.disk();
    try (StateMachineStore store = open(disk, History.STORE, "bitcask")) {
      fill(store, 0, 1, 120);
      List<String> files = export(disk, store);
      for (String name : files) {
        Path file = FOLDER.resolve(name);
        long size = disk.size(file);
        for (long at : new long[] {0, size / 2, size - 1}) {
          if (at >= 0 && at < size) {
            flip(disk, file, at);
            refuse(disk, name + " at " + at);
            flip(disk, file, at);
          }
        }
      }
      disk.delete(FOLDER.resolve("STATE"));
      assertThrows(
          StorageException.UnsupportedFormat.class,
          () -> open(disk, Path.of("/sim/none"), "bitcask").importFrom(FOLDER));
    }
  }

  /// A flipped byte is told, or it is one that nobody reads: then the content is right.
  private void refuse(SimDisk disk, String what) {
    Path path = Path.of("/sim/" + what.replace('/', '-').replace(' ', '-'));
    try (StateMachineStore follower = open(disk, path, "bitcask")) {
      fill(follower, 0, 1, 5);
      StateMachineStore.Digest before = follower.digest(0);
      StateMachineStore.Digest after;
      try {
        assertTrue(follower.importFrom(FOLDER));
        after = follower.digest(0);
      } catch (StorageException.Corrupt | StorageException.UnsupportedFormat e) {
        return;
      }
      assertFalse(after.equals(before), what);
      assertEquals(119, after.applied().index(), what);
    }
  }

  private static void flip(SimDisk disk, Path file, long at) {
    MemorySegment one = MemorySegment.ofArray(new byte[1]);
    try (DiskFile open = disk.open(file, OpenMode.WRITE)) {
      open.read(at, one, 0, 1);
      one.set(ValueLayout.JAVA_BYTE, 0, (byte) (one.get(ValueLayout.JAVA_BYTE, 0) ^ 0x55));
      open.write(at, one, 0, 1, ByteCause.OTHER);
      open.syncAll();
    }
  }
}
