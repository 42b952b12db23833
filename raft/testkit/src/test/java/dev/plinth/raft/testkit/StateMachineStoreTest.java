package dev.plinth.raft.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.raft.store.StateBatch;
import dev.plinth.raft.store.StateInstallation;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.raft.store.StateSnapshot;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class StateMachineStoreTest {
  private static final Path OTHER = Path.of("/sim/other");
  private static final Path SHIPPED = Path.of("/sim/shipped");

  private final QuietExecutor background = new QuietExecutor();
  private SimDisk disk = History.disk();

  @AfterEach
  void close() {
    background.close();
  }

  private StateMachineStore open(SimDisk on, Path path) {
    return StateMachineStore.open(
        path,
        Map.of("engine", "bitcask", "wal", "off"),
        EngineEnvironment.standard().withDisk(on).withBackground(background).withEvents(_ -> {}));
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

  @Test
  void whatWasAppliedIsSkippedAndSurvivesWithItsIndex() {
    StateMachineStore store = open(disk, History.STORE);
    assertEquals(StateMachineStore.Applied.NONE, store.applied(0));
    fill(store, 0, 1, 100);
    fill(store, 300, 5, 60);
    assertFalse(store.apply(new StateBatch(0).put(bytes("x"), bytes("y")), 99, 9));
    assertNull(store.get(0, bytes("x")));
    assertEquals(new StateMachineStore.Applied(99, 9), store.applied(0));
    assertEquals(List.of(0L, 300L), store.groups());
    store.flush();
    assertEquals(99, store.durableApplied(0));
    assertEquals(59, store.durableApplied(300));
    StateMachineStore.Digest digest = store.digest(0);
    StateMachineStore.Digest other = store.digest(300);
    SimDisk found = disk.crash(new CrashState.NothingUnsynced());
    try (StateMachineStore again = open(found, History.STORE)) {
      assertEquals(digest, again.digest(0));
      assertEquals(other, again.digest(300));
      assertFalse(again.apply(new StateBatch(0), 99, 9));
      assertTrue(again.apply(new StateBatch(0).deleteRange(KeyRange.all()), 100, 10));
      assertEquals(0, again.digest(0).digest().entries());
      assertEquals(other, again.digest(300));
    }
  }

  @Test
  void keysAreReadWithoutWhatStandsBeforeThem() {
    try (StateMachineStore store = open(disk, History.STORE)) {
      for (long group : new long[] {0, 1, 255, 256, 1L << 40}) {
        StateBatch batch = new StateBatch(group);
        batch.put(bytes("a"), bytes("1" + group)).put(bytes("b"), bytes("2"));
        store.apply(batch.put(bytes("c"), bytes("3")), 1, 1);
      }
      assertArrayEquals(bytes("1256"), store.get(256, bytes("a")));
      List<String> seen = new ArrayList<>();
      store.read(
          255,
          bytes("a"),
          (segment, offset, length) ->
              seen.add(
                  new String(
                      segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE),
                      StandardCharsets.UTF_8)));
      KeyRange range = KeyRange.of(bytes("a"), bytes("c"));
      try (Cursor cursor = store.cursor(256, range)) {
        while (cursor.next()) {
          seen.add(new String(cursor.key(), StandardCharsets.UTF_8));
        }
        assertTrue(cursor.seek(bytes("aa")));
        assertArrayEquals(bytes("b"), cursor.key());
        assertTrue(cursor.seekAtOrBefore(bytes("aa")));
        assertArrayEquals(bytes("a"), cursor.key());
      }
      assertEquals(List.of("1255", "a", "b"), seen);
      assertEquals(5, store.groups().size());
    }
  }

  private List<byte[]> chunks(StateMachineStore store) {
    List<byte[]> chunks = new ArrayList<>();
    try (StateSnapshot snapshot = store.snapshot()) {
      store.apply(new StateBatch(0).put(bytes("later"), bytes("later")), 1000, 100);
      MemorySegment chunk = snapshot.next(150);
      while (chunk != null) {
        chunks.add(chunk.toArray(ValueLayout.JAVA_BYTE));
        chunk = snapshot.next(150);
      }
      assertEquals(new StateMachineStore.Applied(199, 19), snapshot.applied(0));
    }
    return chunks;
  }

  @Test
  void chunksArriveInAnyOrderAndReplaceEverything() {
    try (StateMachineStore store = open(disk, History.STORE);
        StateMachineStore other = open(disk, OTHER)) {
      fill(store, 0, 1, 200);
      fill(other, 0, 1, 30);
      fill(other, 5, 1, 30);
      StateMachineStore.Digest digest = store.digest(0);
      List<byte[]> chunks = chunks(store);
      assertTrue(chunks.size() > 2);
      Collections.shuffle(chunks, new Random(5));
      try (StateInstallation installation = other.install()) {
        MemorySegment bad = MemorySegment.ofArray(chunks.getFirst().clone());
        bad.set(ValueLayout.JAVA_BYTE, 40, (byte) 77);
        assertThrows(
            IllegalArgumentException.class, () -> installation.accept(bad, 0, bad.byteSize()));
        for (byte[] chunk : chunks) {
          assertThrows(IllegalStateException.class, installation::finish);
          installation.accept(MemorySegment.ofArray(chunk), 0, chunk.length);
          installation.accept(MemorySegment.ofArray(chunk), 0, chunk.length);
        }
        installation.finish();
      }
      assertEquals(digest, other.digest(0));
      assertEquals(List.of(0L), other.groups());
      assertEquals(199, other.durableApplied(0));
      assertTrue(other.apply(new StateBatch(0), 200, 20));
      try (StateInstallation abandoned = other.install()) {
        abandoned.accept(MemorySegment.ofArray(chunks.getLast()), 0, chunks.getLast().length);
      }
      assertEquals(200, other.applied(0).index());
    }
  }

  @Test
  void aCheckpointIsInstalledAsOneStepAtEveryCrash() {
    StateMachineStore store = open(disk, History.STORE);
    fill(store, 0, 1, 120);
    StateMachineStore.Digest fresh = store.digest(0);
    store.checkpoint(SHIPPED);
    store.close();
    StateMachineStore target = open(disk, OTHER);
    fill(target, 0, 1, 40);
    target.flush();
    StateMachineStore.Digest old = target.digest(0);
    List<SimDisk> images = new ArrayList<>();
    disk.watch((seen, _, _) -> images.add(seen.image()));
    target.install(SHIPPED);
    disk.watch(null);
    assertEquals(fresh, target.digest(0));
    target.close();
    int installed = 0;
    CrashState[] states = {
      new CrashState.NothingUnsynced(), new CrashState.Everything(), new CrashState.AnySubset(9)
    };
    for (SimDisk image : images) {
      for (CrashState state : states) {
        SimDisk found = image.crash(state);
        try (StateMachineStore again = open(found, OTHER)) {
          StateMachineStore.Digest digest = again.digest(0);
          assertTrue(digest.equals(fresh) || digest.equals(old), digest.toString());
          installed += digest.equals(fresh) ? 1 : 0;
          assertTrue(again.apply(new StateBatch(0), 500, 50));
        }
        assertEquals(
            1, found.list(OTHER).stream().filter(name -> name.startsWith("state-")).count());
      }
    }
    assertTrue(installed > 0 && installed < images.size() * states.length);
  }

  @Test
  void aDamagedOrMissingPointerIsReported() {
    open(disk, OTHER).close();
    StateMachineStore target = open(disk, History.STORE);
    target.checkpoint(SHIPPED);
    target.install(SHIPPED);
    target.close();
    Path current = History.STORE.resolve("CURRENT");
    for (int i = 0; i < 24; i++) {
      SimDisk damaged = disk.image().crash(new CrashState.Everything());
      damaged.damage(current, i, (byte) 0x5a);
      assertThrows(StorageException.class, () -> open(damaged, History.STORE));
    }
    SimDisk damaged = disk.image().crash(new CrashState.Everything());
    damaged.delete(current);
    assertThrows(StorageException.Corrupt.class, () -> open(damaged, History.STORE));
  }
}
