package dev.plinth.peers;

/// The counts of one running operation on a [HeapStore]; byte arrays are made anew for each, since
/// such a store keeps them.
final class HeapSlot extends PeerSlot {
  void read() {
    countRead();
  }

  void written(long bytes) {
    countWritten(bytes);
  }

  @Override
  protected void free() {
    // It holds nothing.
  }
}
