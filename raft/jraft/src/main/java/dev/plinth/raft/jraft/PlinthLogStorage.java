package dev.plinth.raft.jraft;

import com.alipay.sofa.jraft.conf.Configuration;
import com.alipay.sofa.jraft.conf.ConfigurationEntry;
import com.alipay.sofa.jraft.conf.ConfigurationManager;
import com.alipay.sofa.jraft.entity.LogEntry;
import com.alipay.sofa.jraft.entity.LogId;
import com.alipay.sofa.jraft.option.LogStorageOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.EntryTypes;
import dev.plinth.raft.store.RaftLogStats;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.raft.store.SharedLogs;
import dev.plinth.raft.store.StorageConfiguration;
import dev.plinth.spi.StorageException;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// JRaft's log on a log store of Plinth.
///
/// What [#appendEntries] gets is one record and one sync, however many entries it holds; groups
/// that share a log share the sync too. JRaft wants an empty log to have the last index 0. Failures
/// are logged with their cause, file and offset, and given to JRaft as false, 0 or null, which
/// halts the node. Any thread; JRaft appends from one.
final class PlinthLogStorage implements LogStorage {
  private static final System.Logger LOGGER = System.getLogger("dev.plinth.raft.jraft");

  private final LogUri uri;
  private final StorageConfiguration configuration;
  private final boolean sync;

  private volatile @Nullable Opened opened;

  private record Opened(
      SharedLogs.Lease lease, RaftLogStore store, EntryConversion conversion, EntryBatch batch) {}

  /// @param sync whether appends wait for the disk (`RaftOptions.isSync`, true by default)
  PlinthLogStorage(LogUri uri, StorageConfiguration configuration, boolean sync) {
    this.uri = uri;
    this.configuration = configuration;
    this.sync = sync;
  }

  @Override
  public synchronized boolean init(LogStorageOptions options) {
    if (opened != null) {
      return true;
    }
    SharedLogs.@Nullable Lease lease = null;
    try {
      lease = SharedLogs.PROCESS.acquire(uri.directory(), configuration);
      Opened fresh =
          new Opened(
              lease,
              lease.log().group(uri.group()),
              new EntryConversion(options.getLogEntryCodecFactory()),
              new EntryBatch());
      tellMembers(fresh, options.getConfigurationManager());
      opened = fresh;
      return true;
    } catch (StorageException e) {
      report("opening the log", e);
      if (lease != null) {
        lease.close();
      }
      return false;
    }
  }

  /// Tells JRaft of every change of members that the log holds.
  private static void tellMembers(Opened log, @Nullable ConfigurationManager manager) {
    if (manager == null) {
      return;
    }
    for (long index : log.store.configurationIndexes()) {
      LogEntry entry = read(log, index);
      if (entry != null) {
        ConfigurationEntry members = new ConfigurationEntry();
        members.setId(new LogId(entry.getId().getIndex(), entry.getId().getTerm()));
        members.setConf(new Configuration(entry.getPeers(), entry.getLearners()));
        if (entry.getOldPeers() != null) {
          members.setOldConf(new Configuration(entry.getOldPeers(), entry.getOldLearners()));
        }
        manager.add(members);
      }
    }
  }

  private Opened log() {
    Opened log = opened;
    if (log == null) {
      throw new StorageException.Closed("the log storage of " + uri + " is not open");
    }
    return log;
  }

  @Override
  public synchronized void shutdown() {
    Opened log = opened;
    opened = null;
    if (log != null) {
      attempt(
          "closing the log",
          false,
          () -> {
            log.lease.close();
            return true;
          });
    }
  }

  @Override
  public long getFirstLogIndex() {
    return log().store.firstIndex();
  }

  @Override
  public long getLastLogIndex() {
    RaftLogStore store = log().store;
    long last = store.lastIndex();
    return last < store.firstIndex() ? 0 : last;
  }

  @Override
  public @Nullable LogEntry getEntry(long index) {
    try {
      return read(log(), index);
    } catch (StorageException e) {
      report("reading entry " + index, e);
      return null;
    }
  }

  private static @Nullable LogEntry read(Opened log, long index) {
    @Nullable LogEntry[] found = new LogEntry[1];
    log.store.read(
        index,
        (at, term, type, _, segment, offset, length) ->
            found[0] = log.conversion.entry(at, term, type, segment, offset, length));
    return found[0];
  }

  @Override
  @SuppressWarnings("deprecation") // JRaft still asks for it.
  public long getTerm(long index) {
    return Math.max(0, log().store.term(index));
  }

  @Override
  public boolean appendEntry(LogEntry entry) {
    return appendEntries(List.of(entry)) == 1;
  }

  @Override
  public int appendEntries(List<LogEntry> entries) {
    if (entries.isEmpty()) {
      return 0;
    }
    Opened log = log();
    return attempt(
        "appending " + entries.size() + " entries",
        0,
        () -> {
          synchronized (log.batch) {
            append(log, entries);
          }
          if (sync) {
            log.store.sync(log.store.lastIndex());
          }
          return entries.size();
        });
  }

  /// Appends entries as one record, or as several when they are too many for the store's limits.
  private static void append(Opened log, List<LogEntry> entries) {
    EntryBatch batch = log.batch;
    try {
      batch.clear();
      for (LogEntry entry : entries) {
        log.conversion.add(entry, batch);
      }
      // After a reset JRaft appends the entry again that the reset has kept.
      if (batch.first() <= log.store.lastIndex() && batch.first() >= log.store.firstIndex()) {
        log.store.overwriteFrom(batch.first(), batch);
      } else {
        log.store.append(batch);
      }
    } catch (StorageException.LimitExceeded e) {
      if (entries.size() == 1) {
        throw e;
      }
      int half = entries.size() / 2;
      append(log, entries.subList(0, half));
      append(log, entries.subList(half, entries.size()));
    } finally {
      batch.clear();
    }
  }

  @Override
  public boolean truncatePrefix(long firstIndexKept) {
    return attempt(
        "truncating the log before " + firstIndexKept,
        false,
        () -> {
          log().store.compactPrefix(firstIndexKept);
          return true;
        });
  }

  @Override
  public boolean truncateSuffix(long lastIndexKept) {
    return attempt(
        "truncating the log behind " + lastIndexKept,
        false,
        () -> {
          log().store.truncateSuffix(lastIndexKept);
          return true;
        });
  }

  /// Forgets everything but the entry at an index; where there is none, an empty one of term 0
  /// takes its place.
  @Override
  public boolean reset(long nextLogIndex) {
    if (nextLogIndex <= 0) {
      throw new IllegalArgumentException("the next index must be positive: " + nextLogIndex);
    }
    return attempt(
        "resetting the log to " + nextLogIndex,
        false,
        () -> {
          RaftLogStore store = log().store;
          EntryBatch kept = new EntryBatch();
          if (!store.read(nextLogIndex, kept::add)) {
            kept.add(nextLogIndex, 0, EntryTypes.NO_OP, new byte[0]);
          }
          store.reset(nextLogIndex, kept);
          return true;
        });
  }

  /// What the log has counted, of all groups that share it.
  RaftLogStats stats() {
    return log().lease.log().stats();
  }

  private <T> T attempt(String what, T failed, Supplier<T> change) {
    try {
      return change.get();
    } catch (StorageException | IllegalArgumentException e) {
      report(what, e);
      return failed;
    }
  }

  private void report(String what, RuntimeException e) {
    LOGGER.log(System.Logger.Level.ERROR, what + " failed, " + uri + ": " + e, e);
  }
}
