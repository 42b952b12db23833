package dev.plinth.peers.rocksdb;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompactionOptionsUniversal;
import org.rocksdb.CompactionStyle;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.HyperClockCache;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Statistics;
import org.rocksdb.WriteOptions;

/// The native objects of one open RocksDB: made in order, freed in the opposite one.
///
/// Two column families: the default one holds the user's entries, `applied` the applied index of
/// each Raft group, so that one native batch changes both or neither.
final class RocksHandles {
  private static final byte[] APPLIED = {'a', 'p', 'p', 'l', 'i', 'e', 'd'};

  final RocksSettings settings;
  final RocksDB db;
  final ColumnFamilyHandle entries;
  final ColumnFamilyHandle applied;
  final Cache cache;
  final @Nullable Statistics statistics;
  final ReadOptions newest;
  final WriteOptions unsynced;
  final WriteOptions synced;
  private final Deque<AbstractNativeReference> owned;

  private RocksHandles(Path directory, RocksSettings settings, Deque<AbstractNativeReference> owned)
      throws RocksDBException {
    this.settings = settings;
    this.owned = owned;
    cache = own(new HyperClockCache(settings.blockCacheBytes(), 0, -1, false));
    statistics = settings.counted() ? own(new Statistics()) : null;
    List<ColumnFamilyDescriptor> families =
        List.of(
            new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, entryOptions()),
            new ColumnFamilyDescriptor(APPLIED, appliedOptions()));
    List<ColumnFamilyHandle> opened = new ArrayList<>();
    db = own(RocksDB.open(dbOptions(), directory.toString(), families, opened));
    entries = own(opened.get(0));
    applied = own(opened.get(1));
    newest = own(new ReadOptions());
    unsynced = own(new WriteOptions()).setDisableWAL(!settings.logged());
    synced = own(new WriteOptions()).setSync(true);
  }

  /// Opens or creates a RocksDB.
  static RocksHandles open(Path directory, RocksSettings settings) throws RocksDBException {
    Deque<AbstractNativeReference> owned = new ArrayDeque<>();
    try {
      return new RocksHandles(directory, settings, owned);
    } catch (RocksDBException | RuntimeException e) {
      free(owned);
      throw e;
    }
  }

  /// Closes the files and frees the memory.
  void free() {
    free(owned);
  }

  /// The options of one table file written apart, for ingestion.
  org.rocksdb.Options tableOptions() {
    try (DBOptions options = new DBOptions()) {
      return new org.rocksdb.Options(options, entryOptions());
    }
  }

  private ColumnFamilyOptions entryOptions() {
    BlockBasedTableConfig table =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setBlockSize(settings.blockBytes())
            .setFormatVersion(6)
            .setOptimizeFiltersForMemory(true)
            .setCacheIndexAndFilterBlocks(settings.indexInCache())
            .setPinL0FilterAndIndexBlocksInCache(settings.indexInCache());
    if (settings.filterBits() > 0) {
      table.setFilterPolicy(own(new BloomFilter(settings.filterBits())));
    }
    ColumnFamilyOptions options =
        own(new ColumnFamilyOptions())
            .setTableFormatConfig(table)
            .setWriteBufferSize(settings.writeBufferBytes())
            .setMaxWriteBufferNumber(settings.writeBuffersMax())
            .setCompressionType(
                settings.compressed()
                    ? CompressionType.LZ4_COMPRESSION
                    : CompressionType.NO_COMPRESSION)
            .setMaxBytesForLevelBase(settings.levelBaseBytes())
            .setMaxBytesForLevelMultiplier(settings.levelFanout())
            .setLevelCompactionDynamicLevelBytes(true)
            .setTargetFileSizeBase(settings.fileBytesMax());
    if (settings.universal()) {
      options.setCompactionStyle(CompactionStyle.UNIVERSAL);
      options.setCompactionOptionsUniversal(own(new CompactionOptionsUniversal()));
    }
    return options;
  }

  private ColumnFamilyOptions appliedOptions() {
    return own(new ColumnFamilyOptions())
        .setWriteBufferSize(1 << 20)
        .setCompressionType(CompressionType.NO_COMPRESSION);
  }

  private DBOptions dbOptions() {
    DBOptions options =
        own(new DBOptions())
            .setCreateIfMissing(true)
            .setCreateMissingColumnFamilies(true)
            .setMaxBackgroundJobs(settings.backgroundThreads())
            .setRecycleLogFileNum(settings.logFilesRecycled())
            .setManualWalFlush(settings.logBuffered())
            .setAtomicFlush(!settings.logged())
            .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
            .setKeepLogFileNum(2)
            .setStatsDumpPeriodSec(0)
            .setStatsPersistPeriodSec(0);
    if (statistics != null) {
      options.setStatistics(statistics);
    }
    return options;
  }

  private <T extends AbstractNativeReference> T own(T handle) {
    owned.push(handle);
    return handle;
  }

  private static void free(Deque<AbstractNativeReference> owned) {
    while (!owned.isEmpty()) {
      owned.pop().close();
    }
  }
}
