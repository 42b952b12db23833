package dev.plinth.peers;

/// LMDB that commits every operation.
final class LmdbEachTest extends PeerContract {
  LmdbEachTest() {
    super("lmdb", "map.bytes", "256MiB", "commit.every", "1", "append", "off");
  }
}
