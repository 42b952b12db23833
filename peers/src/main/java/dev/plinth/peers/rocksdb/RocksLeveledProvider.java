package dev.plinth.peers.rocksdb;

/// RocksDB with leveled compaction: `rocksdb-leveled`.
public final class RocksLeveledProvider extends RocksProvider {
  /// For [java.util.ServiceLoader].
  public RocksLeveledProvider() {
    super(false);
  }

  @Override
  public String name() {
    return "rocksdb-leveled";
  }

  @Override
  public String description() {
    return "RocksDB with leveled compaction, through rocksdbjni (native)";
  }
}
