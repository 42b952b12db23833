package dev.plinth.raft.microraft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
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
import io.microraft.MembershipChangeMode;
import io.microraft.RaftEndpoint;
import io.microraft.model.groupop.UpdateRaftGroupMembersOp;
import io.microraft.model.impl.DefaultRaftModelFactory;
import io.microraft.model.log.LogEntry;
import io.microraft.model.log.RaftGroupMembersView;
import io.microraft.model.log.SnapshotChunk;
import io.microraft.model.log.SnapshotEntry;
import io.microraft.persistence.RestoredRaftState;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What MicroRaft's store promises, on both kinds of logs and on a disk that loses what was not
/// synced.
final class RaftStoreTest {
  private static final String SEGMENTED = "segmented";
  private static final String ENGINE = "bitcask";
  private static final RaftEndpoint SELF = new NamedEndpoint("n1");
  private static final RaftEndpoint OTHER = new NamedEndpoint("n2");

  private final DefaultRaftModelFactory models = new DefaultRaftModelFactory();
  private final Path folder = Path.of("/log").toAbsolutePath();
  private SimDisk disk = History.disk();
  private PlinthRaftStore store;

  @AfterEach
  void close() {
    store.close();
  }

  private StorageConfiguration storage(String engine) {
    return StorageConfiguration.of(
        engine.equals(SEGMENTED)
            ? Map.of("log.engine", engine, "log.segment.bytes", "64KiB", "log.buffer.bytes", "8KiB")
            : Map.of("log.engine", engine),
        EngineEnvironment.standard().withDisk(disk).withEvents(_ -> {}));
  }

  private void open(String engine) {
    store = PlinthRaftStore.open(folder, 0, storage(engine));
  }

  /// Takes the power away: what was not synced is lost.
  private void crash(String engine) {
    SimDisk found = disk.crash(new CrashState.NothingUnsynced());
    disk.kill("power");
    try {
      store.close();
    } catch (StorageException e) {
      assertNotNull(e.getMessage());
    }
    disk = found;
    open(engine);
  }

  private void begin(String engine) {
    open(engine);
    assertTrue(store.restored().isEmpty());
    store.persistAndFlushLocalEndpoint(
        models
            .createRaftEndpointPersistentStateBuilder()
            .setLocalEndpoint(SELF)
            .setVoting(true)
            .build());
    store.persistAndFlushInitialGroupMembers(members(0));
  }

  private RaftGroupMembersView members(long index) {
    return models
        .createRaftGroupMembersViewBuilder()
        .setLogIndex(index)
        .setMembers(List.of(SELF, OTHER))
        .setVotingMembers(List.of(SELF))
        .build();
  }

  private List<LogEntry> entries(int term, long from, long to) {
    return LongStream.rangeClosed(from, to)
        .mapToObj(
            index ->
                models
                    .createLogEntryBuilder()
                    .setIndex(index)
                    .setTerm(term)
                    .setOperation(("e" + term + "." + index).getBytes(StandardCharsets.UTF_8))
                    .build())
        .toList();
  }

  private SnapshotChunk chunk(long index, int number, int count) {
    return models
        .createSnapshotChunkBuilder()
        .setIndex(index)
        .setTerm(3)
        .setSnapshotChunkIndex(number)
        .setSnapshotChunkCount(count)
        .setGroupMembersView(members(2))
        .setOperation(new byte[] {(byte) index, (byte) number})
        .build();
  }

  private RestoredRaftState restored() {
    return store.restored().orElseThrow();
  }

  private static String text(LogEntry entry) {
    return entry.getIndex()
        + "/"
        + entry.getTerm()
        + "="
        + new String((byte[]) entry.getOperation(), StandardCharsets.UTF_8);
  }

  private List<String> log() {
    return restored().getLogEntries().stream().map(RaftStoreTest::text).toList();
  }

  private long snapshotIndex() {
    SnapshotEntry snapshot = restored().getSnapshotEntry();
    return snapshot == null ? -1 : snapshot.getIndex();
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void whatWasFlushedIsThereAfterAPowerFailure(String engine) {
    begin(engine);
    crash(engine);
    assertEquals(SELF, restored().getLocalEndpointPersistentState().getLocalEndpoint());
    assertTrue(restored().getLocalEndpointPersistentState().isVoting());
    assertEquals(
        List.of(SELF), List.copyOf(restored().getInitialGroupMembers().getVotingMembers()));
    assertEquals(0, restored().getTermPersistentState().getTerm());
    assertNull(restored().getTermPersistentState().getVotedFor());
    store.persistAndFlushTerm(
        models.createRaftTermPersistentStateBuilder().setTerm(7).setVotedFor(null).build());
    crash(engine);
    assertEquals(7, restored().getTermPersistentState().getTerm());
    assertNull(restored().getTermPersistentState().getVotedFor());
    store.persistAndFlushTerm(
        models.createRaftTermPersistentStateBuilder().setTerm(7).setVotedFor(OTHER).build());
    store.persistLogEntries(entries(7, 1, 3));
    store.persistLogEntries(entries(8, 4, 4));
    store.flush();
    crash(engine);
    assertEquals(OTHER, restored().getTermPersistentState().getVotedFor());
    assertEquals(List.of("1/7=e7.1", "2/7=e7.2", "3/7=e7.3", "4/8=e8.4"), log());
    assertNull(restored().getSnapshotEntry());
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void aTruncatedEndNeverComesBack(String engine) {
    begin(engine);
    store.persistLogEntries(entries(1, 1, 5));
    store.flush();
    store.truncateLogEntriesFrom(3);
    store.flush();
    crash(engine);
    assertEquals(List.of("1/1=e1.1", "2/1=e1.2"), log());
    store.persistLogEntries(entries(2, 3, 3));
    store.flush();
    crash(engine);
    assertEquals(List.of("1/1=e1.1", "2/1=e1.2", "3/2=e2.3"), log());
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void chunksComeInAnyOrderAndCountWhenAllAreThere(String engine) {
    begin(engine);
    store.persistLogEntries(entries(1, 1, 9));
    store.persistSnapshotChunk(chunk(5, 2, 3));
    store.persistSnapshotChunk(chunk(5, 0, 3));
    store.flush();
    crash(engine);
    assertNull(restored().getSnapshotEntry());
    assertEquals(9, log().size());
    store.persistSnapshotChunk(chunk(5, 1, 3));
    store.flush();
    crash(engine);
    SnapshotEntry snapshot = Objects.requireNonNull(restored().getSnapshotEntry());
    assertEquals(5, snapshot.getIndex());
    assertEquals(3, snapshot.getTerm());
    assertEquals(3, snapshot.getSnapshotChunkCount());
    assertEquals(2, snapshot.getGroupMembersView().getLogIndex());
    List<?> chunks = (List<?>) snapshot.getOperation();
    for (int i = 0; i < 3; i++) {
      SnapshotChunk chunk = (SnapshotChunk) chunks.get(i);
      assertEquals(i, chunk.getSnapshotChunkIndex());
      assertArrayEquals(new byte[] {5, (byte) i}, (byte[]) chunk.getOperation());
    }
    assertEquals("6/1=e1.6", log().getFirst());
    store.truncateLogEntriesUntil(4);
    store.flush();
    crash(engine);
    assertEquals(5, snapshotIndex());
    assertEquals(List.of("6/1=e1.6", "7/1=e1.7", "8/1=e1.8", "9/1=e1.9"), log());
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void aSnapshotAheadOfTheLogLeavesAGap(String engine) {
    begin(engine);
    store.persistLogEntries(entries(1, 1, 3));
    store.persistSnapshotChunk(chunk(100, 0, 1));
    store.flush();
    crash(engine);
    assertEquals(100, snapshotIndex());
    assertEquals(List.of(), log());
    store.truncateLogEntriesUntil(100);
    store.persistLogEntries(entries(4, 101, 102));
    store.flush();
    crash(engine);
    assertEquals(100, snapshotIndex());
    assertEquals(List.of("101/4=e4.101", "102/4=e4.102"), log());
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void deletedChunksDoNotCountWhenTheRestArrives(String engine) {
    begin(engine);
    store.persistSnapshotChunk(chunk(5, 0, 2));
    store.flush();
    store.deleteSnapshotChunks(5, 2);
    store.persistSnapshotChunk(chunk(5, 1, 2));
    store.flush();
    crash(engine);
    assertNull(restored().getSnapshotEntry());
    store.persistSnapshotChunk(chunk(5, 0, 2));
    store.persistSnapshotChunk(chunk(9, 0, 1));
    store.flush();
    store.truncateLogEntriesUntil(9);
    store.flush();
    crash(engine);
    assertEquals(9, snapshotIndex());
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void changesOfMembersAreKept(String engine) {
    begin(engine);
    UpdateRaftGroupMembersOp change =
        models
            .createUpdateRaftGroupMembersOpBuilder()
            .setMembers(List.of(SELF, OTHER))
            .setVotingMembers(List.of(SELF, OTHER))
            .setEndpoint(OTHER)
            .setMode(MembershipChangeMode.ADD_OR_PROMOTE_TO_FOLLOWER)
            .build();
    store.persistLogEntries(
        List.of(
            models.createLogEntryBuilder().setIndex(1).setTerm(1).setOperation(change).build()));
    store.flush();
    crash(engine);
    var found =
        assertInstanceOf(
            UpdateRaftGroupMembersOp.class, restored().getLogEntries().getFirst().getOperation());
    assertEquals(OTHER, found.getEndpoint());
    assertEquals(MembershipChangeMode.ADD_OR_PROMOTE_TO_FOLLOWER, found.getMode());
    assertEquals(List.of(SELF, OTHER), List.copyOf(found.getVotingMembers()));
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void groupsShareALogAndOneSyncMakesBothDurable(String engine) {
    begin(engine);
    PlinthRaftStore second = PlinthRaftStore.open(folder, 1, storage(engine));
    assertTrue(second.restored().isEmpty());
    store.persistLogEntries(entries(1, 1, 2));
    second.close();
    store.flush();
    crash(engine);
    assertEquals(2, log().size());
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void aFailedSyncIsNeverForgiven(String engine) {
    begin(engine);
    store.persistLogEntries(entries(1, 1, 2));
    disk.kill("the disk is gone");
    assertThrows(StorageException.class, () -> store.flush());
    assertThrows(StorageException.class, () -> store.persistLogEntries(entries(1, 3, 3)));
    assertThrows(StorageException.class, () -> store.flush());
    crash(engine);
    assertFalse(log().contains("3/1=e1.3"));
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void wrongThingsAreSaid(String engine) {
    begin(engine);
    LogEntry text =
        models.createLogEntryBuilder().setIndex(1).setTerm(1).setOperation("text").build();
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> store.persistLogEntries(List.of(text)));
    assertTrue(String.valueOf(refused.getMessage()).contains("java.lang.String is no byte[]"));
    assertThrows(
        IllegalArgumentException.class, () -> PlinthRaftStore.open(folder, -1, storage(engine)));
    store.close();
    try (GroupedLog log = storage(engine).openLog(folder)) {
      log.group(2).saveHardState(new HardState(3, "somebody", new byte[] {9}));
      log.group(4).append(new EntryBatch().add(1, 1, 0, new byte[0]));
      log.group(7).append(new EntryBatch().add(1, 1, 0, new byte[0]));
    }
    assertThrows(
        StorageException.UnsupportedFormat.class,
        () -> PlinthRaftStore.open(folder, 1, storage(engine)));
    assertThrows(
        StorageException.UnsupportedFormat.class,
        () -> PlinthRaftStore.open(folder, 3, storage(engine)));
    try (PlinthRaftStore headless = PlinthRaftStore.open(folder, 2, storage(engine))) {
      assertThrows(StorageException.Corrupt.class, headless::restored);
    }
    open(engine);
    assertEquals(List.of(), log());
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void missingEntriesAreDamage(String engine) {
    begin(engine);
    store.persistLogEntries(entries(1, 5, 6));
    store.flush();
    StorageException.Corrupt damage =
        assertThrows(StorageException.Corrupt.class, () -> store.restored());
    assertTrue(String.valueOf(damage.getMessage()).contains("entry 1 is missing"));
  }
}
