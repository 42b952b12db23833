package dev.plinth.peers;

import com.alipay.sofa.jraft.conf.ConfigurationManager;
import com.alipay.sofa.jraft.entity.EnumOutter.EntryType;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.entity.codec.LogEntryCodecFactory;
import com.alipay.sofa.jraft.option.LogStorageOptions;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.storage.impl.RocksDBLogStorage;
import dev.plinth.raft.store.DurableIndexListener;
import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.EntryTypes;
import dev.plinth.raft.store.EntryVisitor;
import dev.plinth.raft.store.HardState;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.spi.Engine;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// One group's log in JRaft's RocksDB storage. An append is synced when it returns. Vote, term and
/// notices are kept elsewhere by JRaft and are not offered.
final class JraftLogStore implements RaftLogStore {
  private final long group;
  private final RocksDBLogStorage storage;
  private final LongAdder payloadBytes;

  JraftLogStore(long group, Path path, LogEntryCodecFactory codec, LongAdder payloadBytes) {
    this.group = group;
    this.payloadBytes = payloadBytes;
    this.storage = new RocksDBLogStorage(path.toString(), new RaftOptions());
    LogStorageOptions options = new LogStorageOptions();
    options.setGroupId("group" + group);
    options.setConfigurationManager(new ConfigurationManager());
    options.setLogEntryCodecFactory(codec);
    if (!storage.init(options)) {
      throw new StorageException.Io(path + ": JRaft cannot open its log; see its own log", null);
    }
  }

  void shutdown() {
    storage.shutdown();
  }

  @Override
  public long group() {
    return group;
  }

  @Override
  public long firstIndex() {
    return storage.getFirstLogIndex();
  }

  @Override
  public long lastIndex() {
    return Math.max(storage.getLastLogIndex(), firstIndex() - 1);
  }

  @Override
  public long append(EntryBatch batch) {
    List<LogEntry> entries = new ArrayList<>(batch.count());
    batch.forEach(
        (index, term, type, _, segment, offset, length) ->
            entries.add(entry(index, term, type, segment, offset, length)));
    if (storage.appendEntries(entries) != entries.size()) {
      throw new StorageException.Io("JRaft refused " + entries.size() + " entries", null);
    }
    payloadBytes.add(batch.bytes());
    return batch.last();
  }

  private static LogEntry entry(
      long index, long term, int type, MemorySegment segment, long offset, int length) {
    LogEntry entry =
        new LogEntry(
            type == EntryTypes.NO_OP ? EntryType.ENTRY_TYPE_NO_OP : EntryType.ENTRY_TYPE_DATA);
    entry.setId(new LogId(index, term));
    byte[] bytes = new byte[length];
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
    entry.setData(ByteBuffer.wrap(bytes));
    return entry;
  }

  @Override
  public long overwriteFrom(long index, EntryBatch batch) {
    truncateSuffix(index - 1);
    return append(batch);
  }

  @Override
  public void truncateSuffix(long lastKept) {
    require(storage.truncateSuffix(lastKept), "truncating behind " + lastKept);
  }

  @Override
  public void compactPrefix(long firstKept) {
    if (firstKept > firstIndex()) {
      require(storage.truncatePrefix(firstKept), "truncating before " + firstKept);
    }
  }

  @Override
  public void reset(long next, @Nullable EntryBatch entry) {
    if (entry != null) {
      throw notOffered("entry given to it when it starts anew, but one of its own");
    }
    require(storage.reset(next), "resetting to " + next);
  }

  private static void require(boolean done, String what) {
    if (!done) {
      throw new StorageException.Io(what + " was refused by JRaft", null);
    }
  }

  @Override
  public long term(long index) {
    LogEntry entry = storage.getEntry(index);
    return entry == null ? -1 : entry.getId().getTerm();
  }

  @Override
  public int read(long from, long to, long bytesMax, EntryVisitor visitor) {
    long last = Math.min(to, lastIndex());
    int count = 0;
    long bytes = 0;
    for (long i = Math.max(from, firstIndex());
        i <= last && (count == 0 || bytes < bytesMax);
        i++) {
      LogEntry entry = storage.getEntry(i);
      if (entry != null) {
        MemorySegment data = MemorySegment.ofBuffer(entry.getData());
        int type =
            entry.getType() == EntryType.ENTRY_TYPE_NO_OP ? EntryTypes.NO_OP : EntryTypes.DATA;
        int length = (int) data.byteSize();
        visitor.entry(i, entry.getId().getTerm(), type, 0, data, 0, length);
        bytes += length;
        count++;
      }
    }
    return count;
  }

  @Override
  public long[] configurationIndexes() {
    throw notOffered("changes of members");
  }

  @Override
  public HardState hardState() {
    throw notOffered("vote and term");
  }

  @Override
  public void saveHardState(HardState state) {
    throw notOffered("vote and term");
  }

  @Override
  public void stageCommit(long index) {
    throw notOffered("a commit index");
  }

  @Override
  public long commitIndex() {
    throw notOffered("a commit index");
  }

  @Override
  public long durableIndex() {
    return lastIndex();
  }

  @Override
  public void sync(long upTo) {}

  @Override
  public long requestSync() {
    return lastIndex();
  }

  @Override
  public Engine.Registration onDurable(DurableIndexListener listener) {
    throw notOffered("notices of what is durable");
  }

  private static StorageException notOffered(String what) {
    return new StorageException.Unsupported("JRaft's log in RocksDB keeps no " + what);
  }
}
