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
  private final StorageConfiguration configuration;
  private final JRaftServiceFactory own = new DefaultJRaftServiceFactory();

  /// For JRaft's service loader: configured by system properties.
  public PlinthServiceFactory() {
    this(StorageConfiguration.ofSystemProperties());
  }

  /// A factory for nodes of one configuration.
  public PlinthServiceFactory(StorageConfiguration configuration) {
    this.configuration = configuration;
  }

  @Override
  public LogStorage createLogStorage(String uri, RaftOptions raftOptions) {
    if (configuration.logIsOfJraft()) {
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
    if (configuration.logIsOfJraft()) {
      return own.createRaftMetaStorage(uri, raftOptions);
    }
    return new PlinthRaftMetaStorage(LogUri.of(uri), configuration);
  }

  @Override
  public LogEntryCodecFactory createLogEntryCodecFactory() {
    return LogEntryV2CodecFactory.getInstance();
  }
}
