package dev.plinth.engine.bitcask;

import dev.plinth.kit.compress.Compression;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.OptionSpec;
import dev.plinth.spi.StorageException;
import java.util.List;

/// The options of Bitcask.
///
/// @param ordered whether an ordered index stands beside the hash index: cursors, range deletes and
///   frozen reads then cost what they touch, for about 23 bytes more a key and slower writes
/// @param compression how values of 32 bytes and more are packed, each on its own, where that saves
///   an eighth; records keep theirs when the option changes. Use it for long values that shrink:
///   writes and space go down, every read unpacks
/// @param indexFileKeysMin from how many keys on the index is written to a file at close, for a
///   fast opening. Raise it where closing must be quick, lower it where opening must
/// @param loadThreadsMax how many threads load hints at open. Raise it for large stores on machines
///   with many processors
/// @param fileBytesMax size at which a data file is sealed and the next one begun. Larger files
///   mean fewer syncs of metadata; smaller ones give garbage back in smaller steps
/// @param batchBytesMax the largest batch in encoded bytes. Raise it for larger batches; each may
///   take that much memory
/// @param chunkBytes size of the buffers that batches are encoded in. Change it for very large or
///   very small stores only
/// @param writeBufferBytes how much BUFFERED data may wait before it is written. Raise it for fewer
///   system calls, lower it to lose less when the process is killed
/// @param syncBytes how much may be written before a sync in the background. Lower it for shorter
///   pauses at a sync and a shorter recovery, raise it where syncs are dear
/// @param mergeGarbageMin the garbage fraction from which a file is merged. Lower it to save space,
///   raise it to save writes: write amplification is about 1 / garbage
/// @param mergeBytesPerSecondMax the fastest pace of merges; 0 for no limit. Set it to keep merges
///   from taking the disk away from others
/// @param merge whether merges run by themselves. Switch it off to merge by `compact` only
/// @param spaceBytesMax the most bytes of all files; 0 for no limit. Writes are refused, and old
///   snapshots given up, rather than going over it
/// @param reserveBytes room set aside for deleting, merging and opening when the disk is full; 0
///   for none. Raise it where files are large and disks do get full
/// @param sortedViewBytesMax memory for the sorted views that cursors make with the hash index
/// @param snapshotTableBytesMax memory for what snapshots need of replaced records; the oldest
///   snapshot expires when it is full
record BitcaskOptions(
    boolean ordered,
    Compression compression,
    long indexFileKeysMin,
    int loadThreadsMax,
    long fileBytesMax,
    int batchBytesMax,
    int chunkBytes,
    int writeBufferBytes,
    long syncBytes,
    double mergeGarbageMin,
    long mergeBytesPerSecondMax,
    boolean merge,
    long spaceBytesMax,
    long reserveBytes,
    long sortedViewBytesMax,
    long snapshotTableBytesMax) {

  private static final long KIB = 1L << 10;
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;

  BitcaskOptions {
    if (spaceBytesMax != 0 && spaceBytesMax < 4 * fileBytesMax) {
      throw new StorageException.InvalidConfiguration(
          "space.bytes.max = "
              + spaceBytesMax
              + ": at least four times file.bytes.max ("
              + fileBytesMax
              + ") is expected, or 0 for no limit");
    }
  }

  /// Every option with its words; long because it is a list.
  static List<OptionSpec> specs() {
    return List.of(
        OptionSpec.choice(
            "index",
            "hash",
            List.of("hash", "ordered"),
            "ordered for scans, range deletes and logs, at about 23 bytes more a key; hash for"
                + " point reads and writes"),
        OptionSpec.choice(
            "compression",
            "none",
            List.of("none", "lz4", "zstd"),
            "how each value of 32 bytes and more is packed; for long values that shrink"),
        OptionSpec.whole(
            "index.file.keys.min",
            100_000,
            0,
            Long.MAX_VALUE,
            "from how many keys on the index is written to a file at close, for a fast"
                + " opening; raise it where closing must be quick"),
        OptionSpec.whole(
            "load.threads.max",
            4,
            1,
            64,
            "how many threads load hints at open; raise it for large stores on many processors"),
        OptionSpec.bytes(
            "file.bytes.max",
            "64MiB",
            4 * KIB,
            GIB,
            "size at which a data file is sealed; larger files mean fewer syncs of metadata,"
                + " smaller ones give garbage back in smaller steps"),
        OptionSpec.bytes(
            "batch.bytes.max",
            "128MiB",
            4 * KIB,
            GIB - MIB,
            "the largest batch, encoded; raise it for larger batches, each may take that much"
                + " memory"),
        OptionSpec.bytes(
            "chunk.bytes",
            "1MiB",
            4 * KIB,
            64 * MIB,
            "size of the buffers that batches are encoded in; for very large or very small stores"
                + " only"),
        OptionSpec.bytes(
            "write.buffer.bytes",
            "256KiB",
            0,
            64 * MIB,
            "how much BUFFERED data may wait before it is written; raise it for fewer system calls,"
                + " lower it to lose less when the process is killed"),
        OptionSpec.bytes(
            "sync.bytes",
            "16MiB",
            4 * KIB,
            64 * GIB,
            "how much may be written before a sync in the background; lower it for a shorter"
                + " recovery, raise it where syncs are dear"),
        OptionSpec.decimal(
            "merge.garbage.min",
            0.5,
            0.01,
            1.0,
            "garbage fraction from which a file is merged; lower it to save space, raise it to save"
                + " writes"),
        OptionSpec.bytes(
            "merge.bytes.per.second.max",
            "0",
            0,
            1024 * GIB,
            "the fastest pace of merges, 0 for no limit; set it to leave the disk to others"),
        OptionSpec.toggle(
            "merge", true, "whether merges run by themselves; off to merge by compact only"),
        OptionSpec.bytes(
            "space.bytes.max",
            "0",
            0,
            1L << 50,
            "the most bytes of all files, 0 for no limit; writes are refused rather than going over"
                + " it"),
        OptionSpec.bytes(
            "reserve.bytes",
            "1MiB",
            0,
            16 * GIB,
            "room set aside for deleting, merging and opening when the disk is full, 0 for none;"
                + " raise it where disks do get full"),
        OptionSpec.bytes(
            "sorted.view.bytes.max",
            "512MiB",
            4 * KIB,
            1024 * GIB,
            "memory for the sorted views of cursors, 16 bytes a key; raise it for scans of larger"
                + " stores"),
        OptionSpec.bytes(
            "snapshot.table.bytes.max",
            "64MiB",
            MIB,
            64 * GIB,
            "memory for what snapshots need of replaced records; raise it when snapshots expire"));
  }

  static BitcaskOptions of(EngineOptions options) {
    long fileBytesMax = options.bytes("file.bytes.max");
    return new BitcaskOptions(
        options.choice("index").equals("ordered"),
        Compression.named(options.choice("compression")),
        options.whole("index.file.keys.min"),
        (int) options.whole("load.threads.max"),
        fileBytesMax,
        (int) options.bytes("batch.bytes.max"),
        (int) ((Math.min(options.bytes("chunk.bytes"), fileBytesMax) + 63) & ~63L),
        (int) options.bytes("write.buffer.bytes"),
        options.bytes("sync.bytes"),
        options.decimal("merge.garbage.min"),
        options.bytes("merge.bytes.per.second.max"),
        options.toggle("merge"),
        options.bytes("space.bytes.max"),
        options.bytes("reserve.bytes"),
        options.bytes("sorted.view.bytes.max"),
        options.bytes("snapshot.table.bytes.max"));
  }

  EngineTraits traits() {
    return new EngineTraits(
        EngineTraits.KEY_BYTES_LIMIT,
        Math.min(EngineTraits.VALUE_BYTES_LIMIT, batchBytesMax),
        batchBytesMax,
        ordered,
        EngineTraits.CheckpointKind.LINKED,
        EngineTraits.LogOff.IGNORED,
        false);
  }
}
