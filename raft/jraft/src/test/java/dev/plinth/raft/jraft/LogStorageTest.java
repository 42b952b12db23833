package dev.plinth.raft.jraft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.alipay.sofa.jraft.JRaftUtils;
import com.alipay.sofa.jraft.conf.ConfigurationManager;
import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.PeerId;
import com.alipay.sofa.jraft.entity.codec.v2.LogEntryV2CodecFactory;
import com.alipay.sofa.jraft.option.LogStorageOptions;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.option.RaftMetaStorageOptions;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import dev.plinth.raft.store.StorageConfiguration;
import dev.plinth.spi.StorageException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What JRaft expects of a log storage, on both kinds of log store.
final class LogStorageTest {
  private static final String SEGMENTED = "segmented";
  private static final String ENGINE = "bitcask";

  @TempDir private Path folder;
  private final List<PlinthLogStorage> open = new ArrayList<>();
  private final ConfigurationManager members = new ConfigurationManager();

  @AfterEach
  void shutdown() {
    open.forEach(PlinthLogStorage::shutdown);
  }

  private static PlinthServiceFactory factory(String engine) {
    return factory(
        engine.equals(SEGMENTED)
            ? Map.of("log.engine", engine, "log.segment.bytes", "1MiB")
            : Map.of("log.engine", engine));
  }

  private static PlinthServiceFactory factory(Map<String, String> configuration) {
    return new PlinthServiceFactory(StorageConfiguration.of(configuration));
  }

  private PlinthLogStorage storage(String engine) {
    return storage(engine, folder.resolve("log").toString());
  }

  private PlinthLogStorage storage(String engine, String uri) {
    PlinthLogStorage storage =
        assertInstanceOf(
            PlinthLogStorage.class, factory(engine).createLogStorage(uri, new RaftOptions()));
    open.add(storage);
    assertTrue(storage.init(options()));
    return storage;
  }

  private LogStorageOptions options() {
    LogStorageOptions options = new LogStorageOptions();
    options.setGroupId("g");
    options.setConfigurationManager(members);
    options.setLogEntryCodecFactory(LogEntryV2CodecFactory.getInstance());
    return options;
  }

  private static LogEntry entry(long index, long term, int bytes) {
    LogEntry entry = new LogEntry(EntryType.ENTRY_TYPE_DATA);
    entry.setId(new LogId(index, term));
    byte[] data = new byte[bytes];
    java.util.Arrays.fill(data, (byte) index);
    entry.setData(ByteBuffer.wrap(data));
    return entry;
  }

  private static List<LogEntry> entries(long from, int count) {
    List<LogEntry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      entries.add(entry(from + i, from + i, 16));
    }
    return entries;
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void anEmptyLogHasFirstOneAndLastZero(String engine) {
    PlinthLogStorage log = storage(engine);
    assertEquals(1, log.getFirstLogIndex());
    assertEquals(0, log.getLastLogIndex());
    assertNull(log.getEntry(100));
    assertEquals(0, log.getTerm(100));
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void indexesMayBeginAnywhereAndHaveGaps(String engine) {
    PlinthLogStorage log = storage(engine);
    LogEntry first = entry(100, 1, 8);
    LogEntry second = entry(200, 2, 0);
    assertTrue(log.appendEntry(first));
    assertTrue(log.appendEntry(second));
    assertEquals(100, log.getFirstLogIndex());
    assertEquals(200, log.getLastLogIndex());
    assertEquals(first, log.getEntry(100));
    assertEquals(second, log.getEntry(200));
    assertNull(log.getEntry(150));
    assertEquals(2, log.getTerm(200));
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void indexZeroWorksAndTruncationKeepsTheRest(String engine) {
    PlinthLogStorage log = storage(engine);
    assertEquals(10, log.appendEntries(entries(0, 10)));
    assertEquals(0, log.getFirstLogIndex());
    assertTrue(log.truncateSuffix(7));
    assertTrue(log.truncatePrefix(3));
    assertEquals(3, log.getFirstLogIndex());
    assertEquals(7, log.getLastLogIndex());
    log.shutdown();
    assertTrue(log.init(options()));
    assertEquals(3, log.getFirstLogIndex());
    assertEquals(7, log.getLastLogIndex());
    for (long i = 0; i < 10; i++) {
      LogEntry found = log.getEntry(i);
      assertEquals(i >= 3 && i <= 7, found != null, "entry " + i);
      assertEquals(found == null ? 0 : i, log.getTerm(i));
    }
    assertTrue(log.truncatePrefix(50));
    assertEquals(50, log.getFirstLogIndex());
    assertEquals(0, log.getLastLogIndex());
    assertEquals(1, log.appendEntries(entries(50, 1)));
    assertEquals(50, log.getLastLogIndex());
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void aResetKeepsTheEntryOrMakesAnEmptyOne(String engine) {
    PlinthLogStorage log = storage(engine);
    assertEquals(10, log.appendEntries(entries(0, 10)));
    assertTrue(log.reset(5));
    assertEquals(5, log.getFirstLogIndex());
    assertEquals(5, log.getLastLogIndex());
    assertEquals(entry(5, 5, 16), log.getEntry(5));
    assertEquals(2, log.appendEntries(entries(5, 2)), "JRaft appends the kept entry again");
    assertEquals(6, log.getLastLogIndex());
    assertTrue(log.reset(40));
    LogEntry empty = log.getEntry(40);
    assertNotNull(empty);
    assertEquals(EntryType.ENTRY_TYPE_NO_OP, empty.getType());
    assertEquals(new LogId(40, 0), empty.getId());
    assertThrows(IllegalArgumentException.class, () -> log.reset(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void membersAndChecksumsAreKept(String engine) {
    PlinthLogStorage log = storage(engine);
    LogEntry old = members(99, "localhost:8081,localhost:8082");
    LogEntry change = members(100, "localhost:8081,localhost:8082,localhost:8083");
    change.setOldPeers(JRaftUtils.getConfiguration("localhost:8081,localhost:8082").listPeers());
    LogEntry checked = entry(101, 2, 300);
    checked.setChecksum(checked.checksum());
    assertEquals(3, log.appendEntries(List.of(old, change, checked)));
    log.shutdown();
    assertTrue(log.init(options()));
    assertEquals(
        "localhost:8081,localhost:8082,localhost:8083",
        members.getLastConfiguration().getConf().toString());
    assertEquals(2, members.getLastConfiguration().getOldConf().size());
    assertEquals("localhost:8081,localhost:8082", members.get(99).getConf().toString());
    LogEntry found = log.getEntry(101);
    assertNotNull(found);
    assertTrue(found.hasChecksum());
    assertFalse(found.isCorrupted());
    assertEquals(checked, found);
  }

  private static LogEntry members(long index, String peers) {
    LogEntry entry = new LogEntry(EntryType.ENTRY_TYPE_CONFIGURATION);
    entry.setId(new LogId(index, 1));
    entry.setPeers(JRaftUtils.getConfiguration(peers).listPeers());
    return entry;
  }

  @Test
  void aBatchIsOneRecordAndOneSync() {
    PlinthLogStorage log = storage(SEGMENTED);
    assertEquals(1, log.appendEntries(entries(1, 1)));
    long before = log.stats().syncs();
    assertEquals(500, log.appendEntries(entries(2, 500)));
    assertEquals(before + 1, log.stats().syncs());
    assertEquals(501, log.getLastLogIndex());
  }

  @Test
  void groupsOfOneDirectoryShareALog() {
    String shared = folder.resolve("shared").toString();
    PlinthLogStorage one = storage(SEGMENTED, shared + "?group=1");
    PlinthLogStorage two = storage(SEGMENTED, shared + "?group=2");
    assertEquals(3, one.appendEntries(entries(1, 3)));
    assertEquals(1, two.appendEntries(entries(7, 1)));
    assertEquals(2, one.stats().groups());
    one.shutdown();
    assertEquals(7, two.getLastLogIndex());
    two.shutdown();
    assertTrue(one.init(options()));
    assertEquals(3, one.getLastLogIndex());
    PlinthLogStorage other =
        new PlinthLogStorage(
            LogUri.of(shared + "?group=3"), StorageConfiguration.of(Map.of()), true);
    assertFalse(other.init(options()), "open with other options");
  }

  @Test
  void voteAndTermAreInTheLogsStream() {
    PlinthServiceFactory factory = factory(SEGMENTED);
    String uri = folder.resolve("log").toString();
    PlinthLogStorage log = storage(SEGMENTED);
    RaftMetaStorage meta = factory.createRaftMetaStorage(uri, new RaftOptions());
    assertTrue(meta.init(new RaftMetaStorageOptions()));
    assertEquals(0, meta.getTerm());
    assertTrue(meta.getVotedFor().isEmpty());
    long before = log.stats().syncs();
    PeerId peer = PeerId.parsePeer("localhost:8081:3");
    assertTrue(meta.setTermAndVotedFor(7, peer));
    assertEquals(before + 1, log.stats().syncs());
    assertTrue(meta.setTerm(8));
    assertEquals(peer, meta.getVotedFor());
    assertTrue(meta.setVotedFor(PeerId.emptyPeer()));
    assertTrue(meta.setTermAndVotedFor(9, peer));
    meta.shutdown();
    log.shutdown();
    assertThrows(IllegalStateException.class, meta::getTerm);
    assertTrue(meta.init(new RaftMetaStorageOptions()));
    assertEquals(9, meta.getTerm());
    assertEquals(peer, meta.getVotedFor());
    assertTrue(log.init(options()));
    assertEquals(0, log.getLastLogIndex());
    meta.shutdown();
  }

  @Test
  void jraftFindsTheFactoryByItself() {
    assertInstanceOf(PlinthServiceFactory.class, NodeOptions.defaultServiceFactory);
    assertInstanceOf(PlinthServiceFactory.class, new NodeOptions().getServiceFactory());
  }

  @Test
  void wrongConfigurationsSayWhatIsWrong() {
    assertThrows(
        StorageException.InvalidConfiguration.class,
        () -> StorageConfiguration.of(Map.of("engine", "bitcask")));
    StorageConfiguration unknown = StorageConfiguration.of(Map.of("log.segment.byte", "1"));
    assertThrows(
        StorageException.InvalidConfiguration.class, () -> unknown.openLog(folder.resolve("x")));
    assertThrows(
        StorageException.InvalidConfiguration.class, () -> unknown.openState(folder.resolve("y")));
    assertThrows(StorageException.InvalidConfiguration.class, () -> LogUri.of(" "));
    assertThrows(StorageException.InvalidConfiguration.class, () -> LogUri.of("a?group=x"));
    StorageException missing =
        assertThrows(
            StorageException.InvalidConfiguration.class,
            () -> factory(Map.of("log.engine", "jraft")));
    assertTrue(String.valueOf(missing.getMessage()).contains("add rocksdbjni"));
    StorageException options =
        assertThrows(
            StorageException.InvalidConfiguration.class,
            () -> factory(Map.of("log.engine", "jraft", "log.sync", "on")));
    assertTrue(String.valueOf(options.getMessage()).contains("takes no options"));
    System.setProperty("plinth.raft.log.engine", "bitcask");
    try {
      assertEquals("bitcask", StorageConfiguration.ofSystemProperties().logEngine());
    } finally {
      System.clearProperty("plinth.raft.log.engine");
    }
  }
}
