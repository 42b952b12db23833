package dev.plinth.lsm;

import dev.plinth.kit.log.LogOptions;

/// How a tree uses memory, disk and threads, whatever its policy.
///
/// @param logged whether writes go to a log; off when a Raft log replays what a crash loses
/// @param memtableBytes the size of a memtable. Larger: fewer, longer runs and less write
///   amplification; smaller: less memory, shorter recovery
/// @param memtablesMax how many memtables may exist at once, 2 or more: one takes writes, the
///   others wait to be flushed. More absorb longer bursts
/// @param shapes how tables are written
/// @param blobs which values lie apart from their keys, and how
/// @param cacheBytes the most memory for blocks that were unpacked; blocks that are not compressed
///   need none
/// @param scanReadaheadBytes how far ahead a scan or a merge tells the disk what it will read; 0
///   for not at all. More where the disk is far away, less where memory is short and there are many
///   scans
/// @param compactionThreads how many compactions may run at once, 1 or more, and how many threads
///   may share one of them. More where there are more cores than writers
/// @param log the log's segments and buffers
/// @param debtBytesSoft writers begin to be slowed when compactions have this much to rewrite
/// @param debtBytesHard writers are slowed to a crawl there
/// @param spaceBytesMax the tree never takes more bytes on disk than this; 0 for no limit
/// @param rangeDeletesMax how many deleted ranges a memtable takes before it is flushed
public record LsmOptions(
    boolean logged,
    long memtableBytes,
    int memtablesMax,
    TableShapes shapes,
    BlobOptions blobs,
    long cacheBytes,
    long scanReadaheadBytes,
    int compactionThreads,
    LogOptions log,
    long debtBytesSoft,
    long debtBytesHard,
    long spaceBytesMax,
    int rangeDeletesMax) {
  public LsmOptions {
    if (memtableBytes < 4096 || memtableBytes > 1L << 30 || memtableBytes % 64 != 0) {
      throw new IllegalArgumentException("memtableBytes must be 4 KiB..1 GiB, a multiple of 64");
    }
    if (memtablesMax < 2 || compactionThreads < 1 || rangeDeletesMax < 1) {
      throw new IllegalArgumentException("memtables, threads or range deletes are too few");
    }
    if (debtBytesSoft < 0
        || debtBytesHard <= debtBytesSoft
        || spaceBytesMax < 0
        || cacheBytes < 0
        || scanReadaheadBytes < 0) {
      throw new IllegalArgumentException("debtBytesHard must be more than debtBytesSoft");
    }
  }

  /// The same with other options for values that lie apart.
  public LsmOptions with(BlobOptions other) {
    return new LsmOptions(
        logged,
        memtableBytes,
        memtablesMax,
        shapes,
        other,
        cacheBytes,
        scanReadaheadBytes,
        compactionThreads,
        log,
        debtBytesSoft,
        debtBytesHard,
        spaceBytesMax,
        rangeDeletesMax);
  }
}
