package dev.plinth.peers.lmdb;

import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.OptionSpec;
import java.util.List;

/// LMDB's settings as a user of this project names them; `docs/peers.md` says why they are so.
///
/// @param writeMap whether LMDB writes through its mapping
/// @param mapBytes bytes of the mapping: the most the store can hold
/// @param readersMax readers at a time, open cursors and snapshots with them
/// @param commitEvery unsynced operations per commit
/// @param commitBytesMax bytes of waiting operations that force a commit
/// @param commitSync whether these commits are synced
/// @param append whether ascending keys behind the last one are appended
/// @param readAhead whether the system reads ahead
/// @param appliedIndex whether batches may carry a Raft group and index
record LmdbSettings(
    boolean writeMap,
    long mapBytes,
    int readersMax,
    int commitEvery,
    long commitBytesMax,
    boolean commitSync,
    boolean append,
    boolean readAhead,
    boolean appliedIndex) {

  /// The options that a configuration may give.
  static List<OptionSpec> specs() {
    return List.of(
        OptionSpec.bytes(
            "map.bytes", "64GiB", 1 << 20, 1L << 46, "the most the store can hold (mapsize)"),
        OptionSpec.whole(
            "readers.max", 1024, 1, 1 << 16, "readers at a time, cursors and snapshots with them"),
        OptionSpec.whole(
            "commit.every",
            1000,
            1,
            100_000_000,
            "unsynced operations per commit; 1 commits each one before it returns"),
        OptionSpec.bytes(
            "commit.bytes.max", "256MiB", 4 << 10, 1L << 30, "waiting bytes that force a commit"),
        OptionSpec.toggle("commit.sync", false, "sync the commits of commit.every as well"),
        OptionSpec.toggle("append", true, "append ascending keys behind the last one (MDB_APPEND)"),
        OptionSpec.toggle(
            "read.ahead",
            false,
            "let the system read ahead; off (MDB_NORDAHEAD) where data outgrow memory"),
        OptionSpec.toggle(
            "applied.index",
            true,
            "keep applied indexes, which puts entries and indexes into named databases;"
                + " off writes one page less per commit. Fixed when a store is created"));
  }

  /// Reads checked options.
  static LmdbSettings of(boolean writeMap, EngineOptions options) {
    return new LmdbSettings(
        writeMap,
        options.bytes("map.bytes"),
        (int) options.whole("readers.max"),
        (int) options.whole("commit.every"),
        options.bytes("commit.bytes.max"),
        options.toggle("commit.sync"),
        options.toggle("append"),
        options.toggle("read.ahead"),
        options.toggle("applied.index"));
  }
}
