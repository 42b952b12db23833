package dev.plinth.peers;

import com.alipay.sofa.jraft.entity.codec.LogEntryCodecFactory;
import com.alipay.sofa.jraft.entity.codec.v2.LogEntryV2CodecFactory;
import dev.plinth.raft.store.GroupedLog;
import dev.plinth.raft.store.RaftLogStats;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.spi.ByteLedger;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/// JRaft's logs in RocksDB: a database for each group, as JRaft has it.
final class JraftLog implements GroupedLog {
  private final Path directory;
  private final LogEntryCodecFactory codec;
  private final ConcurrentSkipListMap<Long, JraftLogStore> stores = new ConcurrentSkipListMap<>();
  private final LongAdder payloadBytes = new LongAdder();
  private volatile boolean closed;

  JraftLog(Path directory, boolean bare) {
    this.directory = directory;
    this.codec = bare ? new BareCodec() : LogEntryV2CodecFactory.getInstance();
    try {
      Files.createDirectories(directory);
      try (Stream<Path> groups = Files.list(directory)) {
        for (Path group : groups.sorted().toList()) {
          group(Long.parseLong(group.getFileName().toString()));
        }
      }
    } catch (IOException e) {
      close();
      throw new StorageException.Io(directory + ": " + e.getMessage(), e);
    } catch (NumberFormatException e) {
      close();
      throw new StorageException.UnsupportedFormat(
          directory + ": holds what is not a group's log: " + e.getMessage());
    } catch (StorageException e) {
      close();
      throw e;
    }
  }

  @Override
  public RaftLogStore group(long group, long base) {
    if (closed) {
      throw new StorageException.Closed("the log was closed");
    }
    return stores.computeIfAbsent(
        group,
        number ->
            new JraftLogStore(
                number, directory.resolve(Long.toString(number)), codec, payloadBytes));
  }

  @Override
  public List<Long> groups() {
    return List.copyOf(stores.keySet());
  }

  /// Every append is synced already.
  @Override
  public void sync() {}

  /// RocksDB gives space back in its own time.
  @Override
  public void reclaim() {}

  @Override
  public long verify() {
    long entries = 0;
    for (JraftLogStore store : stores.values()) {
      entries += store.read(0, Long.MAX_VALUE, Long.MAX_VALUE, (_, _, _, _, _, _, _) -> {});
    }
    return entries;
  }

  /// Only what it is told: RocksDB's bytes by cause are not known.
  @Override
  public RaftLogStats stats() {
    return new RaftLogStats(ByteLedger.EMPTY, payloadBytes.sum(), 0, 0, 0, -1, 0, 0, stores.size());
  }

  @Override
  public void close() {
    closed = true;
    stores.values().forEach(JraftLogStore::shutdown);
  }
}
