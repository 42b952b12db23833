package dev.plinth.peers;

/// LMDB that writes through its mapping.
final class LmdbWriteMapTest extends PeerContract {
  LmdbWriteMapTest() {
    super("lmdb-writemap", "map.bytes", "256MiB", "commit.every", "16");
  }
}
