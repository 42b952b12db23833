package dev.plinth.peers;

/// RocksDB, universal, with buffered log records.
final class RocksUniversalTest extends PeerContract {
  RocksUniversalTest() {
    super(
        "rocksdb-universal",
        "write.buffer.bytes",
        "64KiB",
        "statistics",
        "on",
        "log.buffered",
        "on");
  }
}
