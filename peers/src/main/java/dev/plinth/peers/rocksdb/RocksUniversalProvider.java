package dev.plinth.peers.rocksdb;

/// RocksDB with universal compaction: `rocksdb-universal`.
public final class RocksUniversalProvider extends RocksProvider {
  /// For [java.util.ServiceLoader].
  public RocksUniversalProvider() {
    super(true);
  }

  @Override
  public String name() {
    return "rocksdb-universal";
  }

  @Override
  public String description() {
    return "RocksDB with universal compaction, through rocksdbjni (native)";
  }
}
