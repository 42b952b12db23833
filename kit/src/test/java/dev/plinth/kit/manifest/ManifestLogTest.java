package dev.plinth.kit.manifest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.Fault;
import dev.plinth.conformance.disk.FaultDisk;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ManifestLogTest {
  private static final Path FOLDER = Path.of("/store");
  private static final long STORE = 42;

  /// A store whose state is the list of its edits.
  private static final class Store implements AutoCloseable {
    final List<String> state = new ArrayList<>();
    final ManifestLog manifest;

    Store(Disk disk, long bytesMax) {
      manifest =
          ManifestLog.open(
              disk,
              FOLDER,
              STORE,
              bytesMax,
              (segment, offset, length) ->
                  state.add(
                      new String(
                          segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE),
                          StandardCharsets.US_ASCII)),
              target -> state.forEach(text -> target.edit(bytes(text), 0, text.length())));
    }

    void commit(String text) {
      manifest.commit(bytes(text), 0, text.length(), () -> state.add(text));
    }

    private static MemorySegment bytes(String text) {
      return MemorySegment.ofArray(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void close() {
      manifest.close();
    }
  }

  private static SimDisk folder() {
    SimDisk disk = new SimDisk();
    disk.createDirectories(FOLDER);
    disk.syncDirectory(Path.of("/"));
    return disk;
  }

  private static List<String> edits(int count) {
    List<String> edits = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      edits.add("edit " + i + " " + "x".repeat(i * 7 % 40));
    }
    return edits;
  }

  @Test
  void editsComeBackAndManifestsRoll() {
    SimDisk disk = folder();
    List<String> edits = edits(100);
    for (int i = 0; i < 100; i += 10) {
      try (Store store = new Store(disk, 400)) {
        assertEquals(edits.subList(0, i), store.state);
        edits.subList(i, i + 10).forEach(store::commit);
      }
    }
    try (Store store = new Store(disk, 400)) {
      assertEquals(edits, store.state);
      assertTrue(store.manifest.number() > 2);
      assertEquals(2, disk.list(FOLDER).size());
    }
  }

  @Test
  void everyCrashLeavesAPrefixWithAllCommittedEdits() {
    SimDisk disk = folder();
    List<String> edits = edits(14);
    List<SimDisk> images = new ArrayList<>();
    List<Integer> committed = new ArrayList<>();
    int[] count = {0};
    disk.watch(
        (on, step, operation) -> {
          images.add(on.image());
          committed.add(count[0]);
        });
    for (int half = 0; half < 14; half += 7) {
      try (Store store = new Store(disk, 200)) {
        for (String edit : edits.subList(half, half + 7)) {
          store.commit(edit);
          count[0]++;
        }
      }
    }
    int states = 0;
    for (int i = 0; i < images.size(); i++) {
      for (CrashState state : states(i)) {
        SimDisk found = images.get(i).crash(state);
        String replay = "step " + (i + 1) + ", state " + state;
        int recovered = recover(found, edits, committed.get(i), replay);
        recoverTwice(images.get(i).crash(state), edits, committed.get(i), replay);
        SimDisk again = found.crash(new CrashState.NothingUnsynced());
        assertEquals(recovered, recover(again, edits, recovered, replay + ", again"));
        states++;
      }
    }
    System.out.printf("manifest: %d steps, %d crash states%n", images.size(), states);
  }

  private static List<CrashState> states(long seed) {
    return List.of(
        new CrashState.NothingUnsynced(),
        new CrashState.Everything(),
        new CrashState.ProcessKilled(),
        new CrashState.OrderedPrefix(seed),
        new CrashState.AnySubset(seed),
        new CrashState.AnySubset(seed + 1000),
        new CrashState.AnySubset(seed + 2000));
  }

  private static int recover(SimDisk disk, List<String> edits, int least, String replay) {
    Store store = new Store(disk, 200);
    int size = store.state.size();
    assertTrue(size >= least, () -> replay + ": " + size + " of " + least + " edits");
    assertEquals(edits.subList(0, size), store.state, replay);
    return size;
  }

  /// A crash at every step of the recovery.
  private static void recoverTwice(SimDisk disk, List<String> edits, int least, String replay) {
    List<SimDisk> images = new ArrayList<>();
    disk.watch((on, step, operation) -> images.add(on.image()));
    recover(disk, edits, least, replay);
    for (int i = 0; i < images.size(); i++) {
      CrashState state = states(i * 31L + 5).get(i % 7);
      recover(images.get(i).crash(state), edits, least, replay + ", then " + i + " " + state);
    }
  }

  @Test
  void everyDamagedByteIsReportedOrHarmless() {
    SimDisk disk = folder();
    List<String> edits = edits(12);
    try (Store store = new Store(disk, 150)) {
      edits.forEach(store::commit);
    }
    int reported = 0;
    int harmless = 0;
    for (Map.Entry<String, byte[]> file : disk.content(FOLDER).entrySet()) {
      byte[] bytes = file.getValue();
      for (int i = 0; i < bytes.length; i++) {
        for (int flip : new int[] {1, 0x80, 0xff}) {
          SimDisk copy = disk.image().crash(new CrashState.NothingUnsynced());
          copy.damage(FOLDER.resolve(file.getKey()), i, (byte) (bytes[i] ^ flip));
          try {
            Store store = new Store(copy, 150);
            assertEquals(edits, store.state, file.getKey() + " byte " + i);
            harmless++;
          } catch (StorageException.Corrupt | StorageException.UnsupportedFormat e) {
            reported++;
          }
        }
      }
    }
    System.out.printf("manifest damage: %d reported, %d harmless%n", reported, harmless);
    assertTrue(reported > 10 * harmless);
  }

  @Test
  void everyFailedCallPoisonsAndLosesNothing() {
    List<String> edits = edits(10);
    int failures = 0;
    for (Fault.Kind kind : Fault.Kind.values()) {
      for (int lasting = 0; lasting < 2; lasting++) {
        boolean more = true;
        for (int call = 1; more; call++) {
          SimDisk disk = folder();
          FaultDisk faulty = new FaultDisk(disk, new Fault(kind, call, lasting == 1));
          int committed = commitUntilFailure(faulty, edits);
          more = faulty.failure() != null;
          failures += more ? 1 : 0;
          recover(disk.crash(new CrashState.Everything()), edits, committed, kind + " " + call);
          recover(
              disk.crash(new CrashState.NothingUnsynced()), edits, committed, kind + " " + call);
        }
      }
    }
    System.out.printf("manifest faults: %d%n", failures);
  }

  private static int commitUntilFailure(Disk disk, List<String> edits) {
    int committed = 0;
    try (Store store = new Store(disk, 150)) {
      for (String edit : edits) {
        store.commit(edit);
        committed++;
      }
    } catch (StorageException e) {
      return committed;
    }
    return committed;
  }

  @Test
  void theFirstCauseStays() {
    SimDisk disk = folder();
    FaultDisk faulty = new FaultDisk(disk, new Fault(Fault.Kind.FAILED_SYNC, 6, false));
    Store store = new Store(faulty, 10_000);
    StorageException.Poisoned first =
        assertThrows(
            StorageException.Poisoned.class,
            () -> {
              for (int i = 0; i < 10; i++) {
                store.commit("edit");
              }
            });
    StorageException.Poisoned again =
        assertThrows(StorageException.Poisoned.class, () -> store.commit("edit"));
    assertSame(first.getCause(), again.getCause());
    store.close();
    assertThrows(StorageException.Closed.class, () -> store.commit("edit"));
  }

  @Test
  void aMissingCurrentOrManifestIsDamage() {
    SimDisk disk = folder();
    try (Store store = new Store(disk, 10_000)) {
      store.commit("edit");
    }
    SimDisk withoutCurrent = disk.image().crash(new CrashState.NothingUnsynced());
    withoutCurrent.delete(FOLDER.resolve("CURRENT"));
    assertThrows(StorageException.Corrupt.class, () -> new Store(withoutCurrent, 10_000));
    SimDisk without = disk.image().crash(new CrashState.NothingUnsynced());
    without.delete(FOLDER.resolve(ManifestFormat.name(1)));
    assertThrows(StorageException.Corrupt.class, () -> new Store(without, 10_000));
  }

  @Test
  void concurrentEditsAreInstalledInOrder() throws InterruptedException {
    SimDisk disk = folder();
    Store store = new Store(disk, 500);
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 12; t++) {
      int number = t;
      Thread.Builder builder = t % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
      threads.add(
          builder.start(
              () -> {
                for (int i = 0; i < 30; i++) {
                  store.commit(number + "/" + i);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    store.close();
    try (Store reopened = new Store(disk, 500)) {
      assertEquals(360, store.state.size());
      assertEquals(store.state, reopened.state);
    }
  }
}
