package dev.plinth.peers.rocksdb;

import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.OptionSpec;
import java.util.List;

/// RocksDB's settings as a user of this project names them. The defaults are RocksDB's own, or what
/// its tuning guides advise for speed; `docs/peers.md` says which and why.
///
/// @param universal whether compaction is universal instead of leveled
/// @param logged whether there is a write-ahead log
/// @param logBuffered whether log records wait in the process until they are asked for
/// @param logFilesRecycled how many log files are kept to be written over
/// @param writeBufferBytes bytes of a memtable
/// @param writeBuffersMax memtables in memory, the active one with them
/// @param blockCacheBytes bytes of the block cache
/// @param blockBytes bytes of a data block before compression
/// @param filterBits Bloom filter bits per key; 0 for none
/// @param compressed whether blocks are compressed with LZ4
/// @param levelBaseBytes bytes of the first level below level 0
/// @param levelFanout how much larger each further level is
/// @param fileBytesMax bytes of a table file
/// @param backgroundThreads flushes and compactions at a time
/// @param indexInCache whether index and filter blocks live in the block cache
/// @param counted whether RocksDB's statistics are on
record RocksSettings(
    boolean universal,
    boolean logged,
    boolean logBuffered,
    int logFilesRecycled,
    long writeBufferBytes,
    int writeBuffersMax,
    long blockCacheBytes,
    long blockBytes,
    int filterBits,
    boolean compressed,
    long levelBaseBytes,
    double levelFanout,
    long fileBytesMax,
    int backgroundThreads,
    boolean indexInCache,
    boolean counted) {

  /// The options that a configuration may give.
  static List<OptionSpec> specs() {
    return List.of(
        OptionSpec.bytes("write.buffer.bytes", "64MiB", 64 << 10, 4L << 30, "bytes of a memtable"),
        OptionSpec.whole("write.buffers.max", 2, 2, 64, "memtables held before writers wait"),
        OptionSpec.bytes("block.cache.bytes", "64MiB", 0, 1L << 40, "bytes of the block cache"),
        OptionSpec.bytes("block.bytes", "4KiB", 512, 16 << 20, "bytes of a data block"),
        OptionSpec.whole("filter.bits", 10, 0, 32, "Bloom filter bits per key; 0 for none"),
        OptionSpec.choice("compression", "none", List.of("none", "lz4"), "how blocks are packed"),
        OptionSpec.bytes(
            "level.base.bytes", "256MiB", 64 << 10, 1L << 40, "bytes of the first sorted level"),
        OptionSpec.decimal("level.fanout", 10, 2, 100, "how much larger each further level is"),
        OptionSpec.bytes("file.bytes.max", "64MiB", 64 << 10, 4L << 30, "bytes of a table file"),
        OptionSpec.whole("background.threads", 2, 1, 64, "flushes and compactions at a time"),
        OptionSpec.toggle(
            "log.buffered",
            false,
            "keep log records in the process until a WRITTEN or SYNCED write or a flush"
                + " (manual_wal_flush); on for the BUFFERED yardstick"),
        OptionSpec.whole("log.files.recycled", 0, 0, 64, "log files kept to be written over"),
        OptionSpec.toggle(
            "index.in.cache",
            false,
            "hold index and filter blocks in the block cache instead of beside it"),
        OptionSpec.toggle(
            "statistics", false, "count block reads and stalls; costs a few percent of speed"));
  }

  /// Reads checked options.
  static RocksSettings of(boolean universal, EngineOptions options) {
    return new RocksSettings(
        universal,
        options.wal(),
        options.toggle("log.buffered"),
        (int) options.whole("log.files.recycled"),
        options.bytes("write.buffer.bytes"),
        (int) options.whole("write.buffers.max"),
        options.bytes("block.cache.bytes"),
        options.bytes("block.bytes"),
        (int) options.whole("filter.bits"),
        options.choice("compression").equals("lz4"),
        options.bytes("level.base.bytes"),
        options.decimal("level.fanout"),
        options.bytes("file.bytes.max"),
        (int) options.whole("background.threads"),
        options.toggle("index.in.cache"),
        options.toggle("statistics"));
  }
}
