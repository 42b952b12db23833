package dev.plinth.raft.jgroups;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.History;
import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.GroupedLog;
import dev.plinth.raft.store.HardState;
import dev.plinth.raft.store.StorageConfiguration;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.StorageException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jgroups.Address;
import org.jgroups.protocols.raft.LogEntries;
import org.jgroups.protocols.raft.LogEntry;
import org.jgroups.raft.util.LogCache;
import org.jgroups.util.ExtendedUUID;
import org.jgroups.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What jgroups-raft expects of a log, on both kinds of logs and on a disk that loses what was not
/// synced.
final class LogTest {
  private static final String SEGMENTED = "segmented";
  private static final String ENGINE = "bitcask";
  private static final byte[] BUFFER = new byte[10];

  @TempDir private Path real;
  private final Path folder = Path.of("/log").toAbsolutePath();
  private SimDisk disk = History.disk();
  private PlinthLog log = new PlinthLog();

  @AfterEach
  void close() {
    log.close();
  }

  private StorageConfiguration storage(String engine) {
    return StorageConfiguration.of(
        engine.equals(SEGMENTED)
            ? Map.of("log.engine", engine, "log.segment.bytes", "64KiB", "log.buffer.bytes", "8KiB")
            : Map.of("log.engine", engine),
        EngineEnvironment.standard().withDisk(disk).withEvents(_ -> {}));
  }

  private void open(String engine) {
    log = PlinthLog.open(folder, 0, storage(engine));
  }

  private void reopen(String engine) {
    log.close();
    open(engine);
  }

  private void crash(String engine) {
    SimDisk found = disk.crash(new CrashState.NothingUnsynced());
    disk.kill("power");
    try {
      log.close();
    } catch (StorageException e) {
      assertNotNull(e.getMessage());
    }
    disk = found;
    open(engine);
  }

  private void append(long index, int... terms) {
    LogEntries entries = new LogEntries();
    for (int term : terms) {
      entries.add(new LogEntry(term, BUFFER));
    }
    assertEquals(index + terms.length - 1, log.append(index, entries));
  }

  private void assertIndexes(long first, long last, long commit, long term) {
    assertEquals(
        List.of(first, last, commit, term),
        List.of(log.firstAppended(), log.lastAppended(), log.commitIndex(), log.currentTerm()));
  }

  private void assertHolds(long from, long to) {
    for (long index = 0; index <= to + 2; index++) {
      assertEquals(index >= from && index <= to, log.get(index) != null, "entry " + index);
    }
  }

  private static ByteBuffer blob(int bytes, int seed) {
    ByteBuffer blob = ByteBuffer.allocate(bytes);
    for (int i = 0; i < bytes; i++) {
      blob.put((byte) (i * 31 + seed));
    }
    return blob.flip();
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void aNewLogIsEmpty(String engine) {
    open(engine);
    assertIndexes(0, 0, 0, 0);
    assertNull(log.votedFor());
    assertNull(log.getSnapshot());
    assertEquals(0, log.size());
    assertEquals(0, log.sizeInBytes());
    assertTrue(log.useFsync(false).useFsync());
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void voteAndTermAreDurable(String engine) {
    open(engine);
    Address plain = UUID.randomUUID();
    Address extended = ExtendedUUID.randomUUID("A").put("raft-id", new byte[] {65});
    log.currentTerm(22);
    crash(engine);
    assertEquals(22, log.currentTerm());
    assertNull(log.votedFor());
    log.votedFor(plain);
    crash(engine);
    assertEquals(plain, log.votedFor());
    log.currentTerm(23).votedFor(extended);
    crash(engine);
    assertEquals(extended, log.votedFor());
    assertEquals(23, log.currentTerm());
    log.votedFor(null);
    crash(engine);
    assertNull(log.votedFor());
    log.close();
    log.delete();
    open(engine);
    assertIndexes(0, 0, 0, 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void appendedEntriesAreDurable(String engine) {
    open(engine);
    append(1, 1, 1, 3);
    crash(engine);
    assertIndexes(0, 3, 0, 3);
    append(4, 5);
    log.append(
        5,
        LogEntries.create(
            new LogEntry(5, null),
            new LogEntry(6, new byte[0]),
            new LogEntry(6, new byte[] {1, 2, 3, 4}, 1, 2, true)));
    crash(engine);
    assertIndexes(0, 7, 0, 6);
    assertNull(entry(5).command());
    assertEquals(0, entry(6).length());
    assertNotNull(entry(6).command());
    assertArrayEquals(new byte[] {2, 3}, entry(7).command());
    assertTrue(entry(7).internal());
    assertEquals(3, entry(3).term());
    assertTrue(log.sizeInBytes() >= 4L * BUFFER.length);
    List<Long> seen = new ArrayList<>();
    log.forEach((_, index) -> seen.add(index), 3, 25);
    assertEquals(List.of(3L, 4L, 5L, 6L, 7L), seen);
  }

  private LogEntry entry(long index) {
    LogEntry entry = log.get(index);
    assertNotNull(entry);
    return entry;
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void theCommitIndexSurvivesACloseAndNeverGoesAhead(String engine) {
    open(engine);
    append(1, 1, 1, 1, 4, 4, 5, 5, 6, 6, 6);
    log.commitIndex(10);
    reopen(engine);
    assertIndexes(0, 10, 10, 6);
    log.close();
    log.delete();
    open(engine);
    assertIndexes(0, 0, 0, 0);
    append(1, 5, 5, 5);
    log.commitIndex(2);
    reopen(engine);
    assertEquals(0, log.commitIndex());
    assertEquals(3, log.lastAppended());
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void aDeletedEndNeverComesBack(String engine) {
    open(engine);
    append(1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3);
    log.commitIndex(5);
    log.deleteAllEntriesStartingFrom(6);
    assertIndexes(0, 5, 5, 2);
    assertHolds(1, 5);
    crash(engine);
    assertHolds(1, 5);
    assertEquals(5, log.lastAppended());
    log.deleteAllEntriesStartingFrom(6);
    log.commitIndex(5);
    assertThrows(IllegalArgumentException.class, () -> log.deleteAllEntriesStartingFrom(5));
    assertHolds(1, 5);
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void everythingCanBeDeletedWhileNothingIsCommitted(String engine) {
    open(engine);
    append(1, 1, 1, 2);
    log.deleteAllEntriesStartingFrom(1);
    assertIndexes(0, 0, 0, 0);
    assertHolds(1, 0);
    append(1, 4);
    assertIndexes(0, 1, 0, 4);
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void truncatingStopsAtTheCommitIndex(String engine) {
    open(engine);
    append(1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3);
    log.truncate(1);
    assertIndexes(0, 11, 0, 3);
    log.commitIndex(5);
    log.truncate(1);
    assertIndexes(1, 11, 5, 3);
    log.truncate(3);
    assertEquals(9, log.size());
    log.truncate(10);
    assertIndexes(5, 11, 5, 3);
    assertHolds(5, 11);
    reopen(engine);
    assertIndexes(5, 11, 5, 3);
    log.commitIndex(11);
    log.truncate(11);
    reopen(engine);
    assertIndexes(11, 11, 11, 3);
    assertHolds(11, 11);
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void aLogBeginsAnewWithAnEntry(String engine) {
    open(engine);
    append(1, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5);
    log.commitIndex(8);
    log.reinitializeTo(5, new LogEntry(10, null));
    assertIndexes(5, 5, 5, 10);
    assertEquals(1, log.size());
    assertEquals(6, log.append(6, LogEntries.create(new LogEntry(15, null))));
    assertIndexes(5, 6, 5, 15);
    append(7, 15, 15, 15);
    crash(engine);
    assertEquals(5, log.firstAppended());
    assertTrue(log.commitIndex() <= 5, "what was committed in another log is not committed here");
    assertHolds(5, 9);
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void aSnapshotCountsWithTheCutThatFollows(String engine) {
    open(engine);
    append(1, 1, 1, 1, 1, 1);
    log.commitIndex(3);
    ByteBuffer first = blob(3_000_000, 1);
    log.setSnapshot(first);
    assertEquals(3_000_000, first.remaining());
    assertEquals(first, log.getSnapshot());
    crash(engine);
    assertNull(log.getSnapshot());
    assertIndexes(0, 5, 0, 1);
    log.commitIndex(3);
    log.setSnapshot(first);
    log.truncate(3);
    crash(engine);
    assertEquals(first, log.getSnapshot());
    assertIndexes(3, 5, 3, 1);
    log.setSnapshot(blob(10, 2));
    crash(engine);
    assertEquals(first, log.getSnapshot());
    log.setSnapshot(blob(20, 3));
    log.reinitializeTo(50, new LogEntry(7, null));
    crash(engine);
    assertEquals(blob(20, 3), log.getSnapshot());
    assertIndexes(50, 50, 50, 7);
    assertNull(entry(50).command());
    append(51, 7);
    crash(engine);
    assertIndexes(50, 51, 50, 7);
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void aBoundSnapshotCutsTheLogAtTheNextOpening(String engine) {
    open(engine);
    append(1, 1, 1, 1, 1, 1);
    log.close();
    try (GroupedLog grouped = storage(engine).openLog(folder)) {
      SnapshotStore snapshots = new SnapshotStore(grouped.group(1));
      snapshots.set(blob(5, 1));
      snapshots.bind(9, true, 2, 0, new byte[] {42});
    }
    open(engine);
    assertIndexes(9, 9, 9, 2);
    assertArrayEquals(new byte[] {42}, entry(9).command());
    append(10, 2, 2, 2);
    log.close();
    try (GroupedLog grouped = storage(engine).openLog(folder)) {
      SnapshotStore snapshots = new SnapshotStore(grouped.group(1));
      snapshots.set(blob(6, 2));
      snapshots.bind(11, false, 0, 0, new byte[0]);
    }
    open(engine);
    assertIndexes(11, 12, 11, 2);
    assertHolds(11, 12);
    assertEquals(blob(6, 2), log.getSnapshot());
  }

  @Test
  void itWorksUnderTheCacheOfTheLibrary() throws Exception {
    open(SEGMENTED);
    try (LogCache cache = new LogCache(log, 4)) {
      for (int i = 1; i <= 20; i++) {
        cache.append(i, LogEntries.create(new LogEntry(2, new byte[] {(byte) i})));
      }
      cache.commitIndex(15);
      cache.truncate(10);
      for (int i = 10; i <= 20; i++) {
        assertArrayEquals(new byte[] {(byte) i}, cache.get(i).command());
      }
      assertEquals(10, cache.firstAppended());
    }
  }

  @Test
  void itIsConfiguredByTheProtocol() {
    String name = real.resolve("A.log").toString();
    log.init(name, Map.of("log.engine", "bitcask", "group", "3"));
    append(1, 1);
    log.close();
    log.init("elsewhere", Map.of("log.engine", "bitcask", "group", "3", "directory", name));
    assertEquals(1, log.lastAppended());
    log.init(name, Map.of("log.engine", "bitcask", "sync", "off"));
    assertEquals(0, log.lastAppended());
    assertTrue(!log.useFsync(true).useFsync());
    for (Map<String, String> wrong :
        List.of(
            Map.of("engine", "bitcask"),
            Map.of("log.engine", "bitcsk"),
            Map.of("group", "-1"),
            Map.of("sync", "maybe"))) {
      PlinthLog refused = new PlinthLog();
      assertThrows(
          StorageException.InvalidConfiguration.class,
          () -> refused.init(real.resolve("B.log").toString(), wrong));
      assertThrows(StorageException.Closed.class, refused::lastAppended);
    }
  }

  @Test
  void anotherLibrarysGroupIsRefused() {
    try (GroupedLog grouped = storage(SEGMENTED).openLog(folder)) {
      grouped.group(2).saveHardState(new HardState(3, "somebody", new byte[] {9}));
      grouped.group(5).append(new EntryBatch().add(1, 1, 0, new byte[0]));
    }
    for (long group = 1; group <= 2; group++) {
      long number = group;
      assertThrows(
          StorageException.UnsupportedFormat.class,
          () -> PlinthLog.open(folder, number, storage(SEGMENTED)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void aFailedSyncIsNeverForgiven(String engine) {
    open(engine);
    append(1, 1, 1);
    disk.kill("the disk is gone");
    LogEntries more = LogEntries.create(new LogEntry(1, BUFFER));
    assertThrows(StorageException.class, () -> log.append(3, more));
    assertThrows(StorageException.class, () -> log.append(log.lastAppended() + 1, more));
    crash(engine);
    assertHolds(1, 2);
  }
}
