package dev.plinth.peers;

/// LevelDB in Java.
final class LeveldbTest extends PeerContract {
  LeveldbTest() {
    super("iq80", "write.buffer.bytes", "64KiB");
  }

  @Override
  boolean backward() {
    return false;
  }
}
