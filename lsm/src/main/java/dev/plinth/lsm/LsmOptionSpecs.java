package dev.plinth.lsm;

import dev.plinth.kit.compress.Compression;
import dev.plinth.kit.log.LogOptions;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.OptionSpec;
import dev.plinth.spi.StorageException;
import java.util.List;
import java.util.stream.Stream;

/// The options that every engine on the tree has, whatever its policy. When to change each is said
/// where it is declared.
public final class LsmOptionSpecs {
  /// Dropped segments of the log that are kept for reuse while it is written to.
  private static final int SPARE_SEGMENTS = 4;

  private static final List<String> COMPRESSIONS = List.of("none", "lz4", "zstd");

  private static final List<OptionSpec> TABLES =
      List.of(
          OptionSpec.bytes(
              "memtable.bytes",
              "64MiB",
              4 << 10,
              1 << 30,
              "size of a memtable; larger for less write amplification, smaller for less memory"
                  + " and faster recovery"),
          OptionSpec.whole(
              "memtables.max",
              2,
              2,
              64,
              "memtables at once, the one that takes writes included; more absorb longer bursts"),
          OptionSpec.whole(
              "memtable.range.deletes.max",
              1000,
              1,
              1 << 20,
              "range deletes a memtable takes before it is flushed; fewer when reads of fresh range"
                  + " deletes are slow"),
          OptionSpec.bytes(
              "block.bytes",
              "4KiB",
              128,
              64 << 10,
              "size of a data block; larger for scans and a smaller index, 4KiB for cold point"
                  + " reads"),
          OptionSpec.decimal(
              "filter.bits.per.key",
              10,
              0,
              32,
              "bits of the filters per key in the largest run, smaller runs take more; more when"
                  + " many reads miss, 0 when there are only scans"),
          OptionSpec.choice(
              "compression.level0",
              "none",
              COMPRESSIONS,
              "how data blocks are compressed when they are flushed; lz4 where the disk is slow"),
          OptionSpec.choice(
              "compression.middle",
              "none",
              COMPRESSIONS,
              "how data blocks are compressed when they are merged, but for the lowest run"),
          OptionSpec.choice(
              "compression.bottom",
              "none",
              COMPRESSIONS,
              "how data blocks of the lowest run are compressed, which holds most of the data; zstd"
                  + " for space, lz4 for speed, none where values do not compress"),
          OptionSpec.bytes(
              "cache.bytes",
              "64MiB",
              0,
              1L << 40,
              "memory for blocks that were unpacked; blocks that are not compressed are mapped and"
                  + " need none"),
          OptionSpec.bytes(
              "scan.readahead.bytes",
              "2MiB",
              0,
              1L << 30,
              "how far ahead a scan or a merge tells the system what it will read, all of its runs"
                  + " together; more where the disk is far away, less where memory is short and"
                  + " scans are many, 0 for not at all"),
          OptionSpec.bytes(
              "table.bytes.max",
              "32MiB",
              4 << 10,
              1L << 30,
              "how large a table grows; larger for fewer files, smaller for finer compactions"));

  private static final List<OptionSpec> BLOBS =
      List.of(
          OptionSpec.bytes(
              "blob.value.bytes.min",
              "0",
              0,
              64 << 20,
              "values at least this long lie in blob files, apart from their keys, and compactions"
                  + " leave them where they are; 1KiB or more where large values are overwritten,"
                  + " 0 for none: scans and small values are faster that way"),
          OptionSpec.bytes(
              "blob.bytes.max",
              "64MiB",
              4 << 10,
              1L << 30,
              "how large a blob file grows; larger for fewer files, smaller to give garbage back in"
                  + " smaller steps"),
          OptionSpec.decimal(
              "blob.garbage.max",
              0.3,
              0.01,
              0.95,
              "share of all blob files that may be garbage before values are rewritten to give it"
                  + " back; lower for less space, higher for less write amplification"),
          OptionSpec.choice(
              "compression.blobs",
              "none",
              COMPRESSIONS,
              "how values in blob files are compressed, each alone; zstd for space, lz4 for speed,"
                  + " none where values do not compress"));

  private static final List<OptionSpec> WORK =
      List.of(
          OptionSpec.whole(
              "compaction.threads",
              1,
              1,
              64,
              "compactions at once, and threads that share one when no other is due; more when"
                  + " there are idle cores and writers are slowed down"),
          OptionSpec.bytes(
              "debt.bytes.soft",
              "4GiB",
              0,
              1L << 50,
              "bytes that compactions have yet to rewrite at which writers begin to be slowed;"
                  + " more for bursts, less for steady latency"),
          OptionSpec.bytes(
              "debt.bytes.hard",
              "16GiB",
              1,
              1L << 50,
              "the same, where writers are slowed to a crawl"),
          OptionSpec.bytes(
              "log.segment.bytes",
              "8MiB",
              4 << 10,
              1 << 30,
              "size of a log segment; smaller gives space back sooner"),
          OptionSpec.bytes(
              "log.buffer.bytes",
              "1MiB",
              4 << 10,
              256 << 20,
              "size of each of two log buffers; larger for long BUFFERED bursts"),
          OptionSpec.duration(
              "log.sync.delay",
              "0us",
              "how long a sync waits for more writers to join; only where syncs are very slow"));

  private LsmOptionSpecs() {}

  /// The options of an engine.
  ///
  /// @param policy those of its policy, which are listed between what shapes tables and what limits
  ///   background work and the log
  public static List<OptionSpec> with(List<OptionSpec> policy) {
    return Stream.of(TABLES, BLOBS, policy, WORK).flatMap(List::stream).toList();
  }

  /// Takes checked options over.
  ///
  /// @param spaceBytesMax the tree never takes more bytes on disk than this; 0 for no limit
  /// @throws StorageException.InvalidConfiguration when two options contradict one another
  public static LsmOptions tree(EngineOptions options, long spaceBytesMax) {
    long soft = options.bytes("debt.bytes.soft");
    long hard = options.bytes("debt.bytes.hard");
    require(hard > soft, "debt.bytes.hard must be more than debt.bytes.soft");
    int prefill = (int) Math.min(1 << 20, options.bytes("log.segment.bytes") / 4);
    return new LsmOptions(
        options.wal(),
        (options.bytes("memtable.bytes") + 63) & ~63L,
        (int) options.whole("memtables.max"),
        new TableShapes(
            (int) options.bytes("block.bytes"),
            options.decimal("filter.bits.per.key"),
            compression(options, "compression.level0"),
            compression(options, "compression.middle"),
            compression(options, "compression.bottom")),
        new BlobOptions(
            options.bytes("blob.value.bytes.min"),
            options.bytes("blob.bytes.max"),
            options.decimal("blob.garbage.max"),
            compression(options, "compression.blobs")),
        options.bytes("cache.bytes"),
        options.bytes("scan.readahead.bytes"),
        (int) options.whole("compaction.threads"),
        new LogOptions(
            options.bytes("log.segment.bytes"),
            (int) options.bytes("log.buffer.bytes"),
            SPARE_SEGMENTS,
            prefill,
            options.nanos("log.sync.delay")),
        soft,
        hard,
        spaceBytesMax,
        (int) options.whole("memtable.range.deletes.max"));
  }

  /// Refuses options that do not go together.
  ///
  /// @throws StorageException.InvalidConfiguration when it does not hold
  public static void require(boolean holds, String message) {
    if (!holds) {
      throw new StorageException.InvalidConfiguration(message);
    }
  }

  private static Compression compression(EngineOptions options, String name) {
    return Compression.named(options.choice(name));
  }
}
