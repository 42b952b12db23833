package dev.plinth.peers.rocksdb;

import dev.plinth.peers.PeerEngine.Figures;
import dev.plinth.spi.KeyRange;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Range;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Slice;
import org.rocksdb.Statistics;
import org.rocksdb.TickerType;

/// What RocksDB tells of itself, in the SPI's words.
final class RocksFigures {
  private static final List<TickerType> BLOCK_READS =
      List.of(
          TickerType.BLOCK_CACHE_DATA_HIT,
          TickerType.BLOCK_CACHE_DATA_MISS,
          TickerType.BLOCK_CACHE_INDEX_HIT,
          TickerType.BLOCK_CACHE_INDEX_MISS,
          TickerType.BLOCK_CACHE_FILTER_HIT,
          TickerType.BLOCK_CACHE_FILTER_MISS);
  private static final List<String> RUNNING =
      List.of("rocksdb.num-running-flushes", "rocksdb.num-running-compactions");
  private static final List<String> DUE =
      List.of("rocksdb.mem-table-flush-pending", "rocksdb.compaction-pending");
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(4);
  private static final int QUIET_POLLS = 5;
  private static final int IDLE_POLLS = 250;

  private RocksFigures() {}

  /// Waits until no flush and no compaction runs or is due: what RocksDB's `WaitForCompact` does,
  /// which rocksdbjni does not offer. Universal compaction may call work due that it never picks:
  /// after a second without any it is taken at its deeds.
  static void awaitQuiet(RocksDB db) throws RocksDBException {
    int idle = 0;
    boolean due = true;
    while (idle < (due ? IDLE_POLLS : QUIET_POLLS)) {
      LockSupport.parkNanos(POLL_NANOS);
      due = any(db, DUE);
      idle = any(db, RUNNING) ? 0 : idle + 1;
    }
  }

  /// Its counts and sizes.
  static Figures of(RocksHandles handles, long diskBytes, SortedMap<String, Long> details)
      throws RocksDBException {
    RocksDB db = handles.db;
    long tables = db.getAggregatedLongProperty("rocksdb.estimate-table-readers-mem");
    long memtables = db.getAggregatedLongProperty("rocksdb.cur-size-all-mem-tables");
    long cached = handles.cache.getUsage();
    details.put("memtable.bytes", memtables);
    details.put("table.reader.bytes", tables);
    details.put("block.cache.bytes", cached);
    details.put("estimated.keys", db.getLongProperty("rocksdb.estimate-num-keys"));
    for (int level = 0; level < 7; level++) {
      long files = Long.parseLong(db.getProperty("rocksdb.num-files-at-level" + level));
      if (files > 0) {
        details.put("level." + level + ".files", files);
      }
    }
    Statistics statistics = handles.statistics;
    return new Figures(
        -1,
        diskBytes,
        blockReads(statistics),
        -1,
        memtables + tables + cached,
        tables,
        statistics == null
            ? -1
            : TimeUnit.MICROSECONDS.toNanos(statistics.getTickerCount(TickerType.STALL_MICROS)),
        db.getAggregatedLongProperty("rocksdb.estimate-pending-compaction-bytes"));
  }

  /// About how many bytes hold the keys of a range.
  static long approximateBytes(RocksHandles handles, KeyRange range) {
    byte[] from = range.from();
    byte[] to = range.to();
    byte[] end = new byte[256];
    Arrays.fill(end, (byte) 0xff);
    try (Slice start = new Slice(from == null ? new byte[0] : from);
        Slice limit = new Slice(to == null ? end : to)) {
      long[] sizes =
          handles.db.getApproximateSizes(
              handles.entries,
              List.of(new Range(start, limit)),
              SizeApproximationFlag.INCLUDE_FILES,
              SizeApproximationFlag.INCLUDE_MEMTABLES);
      return sizes[0];
    }
  }

  private static boolean any(RocksDB db, List<String> properties) throws RocksDBException {
    for (String property : properties) {
      if (db.getAggregatedLongProperty(property) > 0) {
        return true;
      }
    }
    return false;
  }

  private static long blockReads(@Nullable Statistics statistics) {
    return statistics == null
        ? -1
        : BLOCK_READS.stream().mapToLong(statistics::getTickerCount).sum();
  }
}
