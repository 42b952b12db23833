package dev.plinth.peers;

/// RocksDB, leveled.
final class RocksLeveledTest extends PeerContract {
  RocksLeveledTest() {
    super("rocksdb-leveled", "write.buffer.bytes", "64KiB");
  }
}
