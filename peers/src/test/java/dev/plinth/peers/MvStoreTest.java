package dev.plinth.peers;

/// H2's MVStore.
final class MvStoreTest extends PeerContract {
  MvStoreTest() {
    super("mvstore");
  }
}
