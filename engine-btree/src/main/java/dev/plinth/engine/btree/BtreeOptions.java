package dev.plinth.engine.btree;

import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.OptionSpec;
import dev.plinth.spi.StorageException;
import java.util.List;

/// The options of a B-tree.
///
/// @param wal whether there is a redo log. Off when a Raft log replays what a crash loses: then
///   nothing is written twice, and only [dev.plinth.spi.Engine#flush()] and commits make durable
/// @param pageBytes the bytes of a page, fixed when the file is made. Larger for long values and
///   scans, smaller for less write amplification of small random writes
/// @param cacheBytes memory for clean pages. As much as the pages that are read again and again;
///   the rest comes from the operating system's cache at half a microsecond a page
/// @param dirtyBytesMax memory for changed pages. Larger: fewer writes of the same page. From half
///   of it on leaves are written ahead of their commit, at it writers wait
/// @param commitEveryEntries puts and deletes between commits, the `b` of the cost model; 0 for no
///   limit. Smaller: less to replay after a crash; larger: less write amplification
/// @param commitEveryBytes bytes of keys and values between commits; bounds the redo log; 0 for no
///   limit
/// @param commitEveryNanos time between commits while there is something to commit; 0 for no limit.
///   Set it where `wal` is off and writers pause
/// @param spaceBytesMax the most bytes of the tree's file; 0 for no limit. At the limit old
///   snapshots are given up first, then puts are refused
/// @param logSegmentBytes the bytes of a segment of the redo log
/// @param logBufferBytes the bytes of each of its two buffers
public record BtreeOptions(
    boolean wal,
    int pageBytes,
    long cacheBytes,
    long dirtyBytesMax,
    long commitEveryEntries,
    long commitEveryBytes,
    long commitEveryNanos,
    long spaceBytesMax,
    long logSegmentBytes,
    int logBufferBytes) {

  private static final long KIB = 1L << 10;
  private static final long GIB = 1L << 30;
  private static final int BATCH_BYTES_MAX = 64 << 20;

  public BtreeOptions {
    if (Integer.bitCount(pageBytes) != 1 || pageBytes < KIB || pageBytes > 16 * KIB) {
      throw new StorageException.InvalidConfiguration(
          "page.bytes = " + pageBytes + ": 1KiB, 2KiB, 4KiB, 8KiB or 16KiB is expected");
    }
  }

  static List<OptionSpec> specs() {
    return List.of(
        OptionSpec.bytes(
            "page.bytes",
            "4KiB",
            KIB,
            16 * KIB,
            "bytes of a page, a power of two, fixed when the file is made; larger for long values"
                + " and scans"),
        OptionSpec.bytes(
            "cache.bytes",
            "512MiB",
            64 * KIB,
            1024 * GIB,
            "memory for clean pages; as much as is read again and again"),
        OptionSpec.bytes(
            "dirty.bytes.max",
            "256MiB",
            64 * KIB,
            256 * GIB,
            "memory for changed pages; larger for less write amplification of random writes"),
        OptionSpec.whole(
            "commit.every.entries",
            0,
            0,
            Long.MAX_VALUE,
            "puts and deletes between commits, 0 for no limit; smaller for less replay"),
        OptionSpec.bytes(
            "commit.every.bytes",
            "256MiB",
            0,
            1024 * GIB,
            "bytes of keys and values between commits, 0 for no limit; bounds the redo log"),
        OptionSpec.duration(
            "commit.every.time",
            "0s",
            "time between commits while there are writes, 0s for no limit; smaller for less"
                + " replay of slow writers"),
        OptionSpec.bytes(
            "space.bytes.max",
            "0",
            0,
            Long.MAX_VALUE,
            "most bytes of the file, 0 for no limit; at it old snapshots are given up, then puts"
                + " refused"),
        OptionSpec.bytes(
            "log.segment.bytes",
            "16MiB",
            4 * KIB,
            GIB,
            "bytes of a segment of the redo log; smaller when disk space is short"),
        OptionSpec.bytes(
            "log.buffer.bytes",
            "1MiB",
            4 * KIB,
            256 * KIB * KIB,
            "bytes of each of the redo log's two buffers; larger for buffered writes in bulk"));
  }

  static BtreeOptions of(EngineOptions options) {
    return new BtreeOptions(
        options.wal(),
        (int) options.bytes("page.bytes"),
        options.bytes("cache.bytes"),
        options.bytes("dirty.bytes.max"),
        options.whole("commit.every.entries"),
        options.bytes("commit.every.bytes"),
        options.nanos("commit.every.time"),
        options.bytes("space.bytes.max"),
        options.bytes("log.segment.bytes"),
        (int) options.bytes("log.buffer.bytes"));
  }

  EngineTraits traits() {
    return new EngineTraits(
        EngineTraits.KEY_BYTES_LIMIT,
        EngineTraits.VALUE_BYTES_LIMIT,
        BATCH_BYTES_MAX,
        true,
        EngineTraits.CheckpointKind.COPIED,
        EngineTraits.LogOff.NO_LOG,
        false);
  }

  /// The most bytes the file may have.
  long fileBytesMax() {
    return spaceBytesMax == 0 ? Long.MAX_VALUE >> 1 : spaceBytesMax;
  }
}
