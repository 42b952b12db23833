package dev.plinth.raft.jraft;

import com.alipay.sofa.jraft.JRaftServiceFactory;
import com.alipay.sofa.jraft.core.DefaultJRaftServiceFactory;
import com.alipay.sofa.jraft.entity.codec.LogEntryCodecFactory;
import com.alipay.sofa.jraft.entity.codec.v2.LogEntryV2CodecFactory;
import com.alipay.sofa.jraft.option.NodeOptions;
import com.alipay.sofa.jraft.option.RaftOptions;
import com.alipay.sofa.jraft.storage.LogStorage;
import com.alipay.sofa.jraft.storage.RaftMetaStorage;
import com.alipay.sofa.jraft.storage.SnapshotStorage;
import com.alipay.sofa.jraft.storage.snapshot.local.LocalSnapshotStorage;
import com.alipay.sofa.jraft.util.SPI;
import dev.plinth.raft.store.StorageConfiguration;
import dev.plinth.spi.StorageException;

/// Gives JRaft its storages from Plinth.
///
/// JRaft finds it by its own service file, before its default, as soon as this jar is on the class
/// path, and then reads the system properties of [StorageConfiguration#ofSystemProperties]. By
/// hand: `nodeOptions.setServiceFactory(new PlinthServiceFactory(configuration))`.
///
/// A log URI names a directory, or a group of a log that groups share: `DIRECTORY?group=7`. Give
/// the meta URI the same text as the log URI, and vote and term stand in the log's own stream; with
/// a directory of its own they get a small log of their own. Snapshots are JRaft's own folders,
/// filled by [PlinthStateMachine]. With `log.engine = jraft` log, vote and term are JRaft's own, in
/// RocksDB and a file, for who wants to compare. Any thread.
@SPI(name = "plinth", priority = 10)
public final class PlinthServiceFactory implements JRaftServiceFactory {
  /// What `log.engine` calls JRaft's own log in RocksDB, which must be on the class path; it takes
  /// no options. For comparisons.
  public static final String JRAFT = "jraft";

  private final StorageConfiguration configuration;
  private final JRaftServiceFactory own = new DefaultJRaftServiceFactory();

  /// For JRaft's service loader: configured by system properties.
  public PlinthServiceFactory() {
    this(StorageConfiguration.ofSystemProperties());
  }

  /// A factory for nodes of one configuration.
  ///
  /// @throws StorageException.InvalidConfiguration for `log.engine = jraft` with options, or
  ///   without RocksDB on the class path
  public PlinthServiceFactory(StorageConfiguration configuration) {
    this.configuration = configuration;
    if (logIsOfJraft()) {
      requireOwnLog();
    }
  }

  private boolean logIsOfJraft() {
    return configuration.logEngine().equals(JRAFT);
  }

  private void requireOwnLog() {
    if (configuration.log().size() > 1) {
      throw new StorageException.InvalidConfiguration(
          "log.engine = jraft takes no options, and "
              + configuration.log().keySet()
              + " were given");
    }
    try {
      Class.forName("org.rocksdb.RocksDB", false, PlinthServiceFactory.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new StorageException.InvalidConfiguration(
          "log.engine = jraft: RocksDB is not on the class path; add rocksdbjni, or leave it out");
    }
  }

  @Override
  public LogStorage createLogStorage(String uri, RaftOptions raftOptions) {
    if (logIsOfJraft()) {
      return own.createLogStorage(uri, raftOptions);
    }
    return new PlinthLogStorage(LogUri.of(uri), configuration, raftOptions.isSync());
  }

  /// JRaft's own folders of files.
  @Override
  public SnapshotStorage createSnapshotStorage(NodeOptions nodeOptions) {
    return new LocalSnapshotStorage(
        nodeOptions.getSnapshotUri(),
        nodeOptions.getSnapshotTempUri(),
        nodeOptions.getRaftOptions());
  }

  /// Vote and term; synced before they count, whatever the Raft options say, unless they are
  /// JRaft's own.
  @Override
  public RaftMetaStorage createRaftMetaStorage(String uri, RaftOptions raftOptions) {
    if (logIsOfJraft()) {
      return own.createRaftMetaStorage(uri, raftOptions);
    }
    return new PlinthRaftMetaStorage(LogUri.of(uri), configuration);
  }

  @Override
  public LogEntryCodecFactory createLogEntryCodecFactory() {
    return LogEntryV2CodecFactory.getInstance();
  }
}
