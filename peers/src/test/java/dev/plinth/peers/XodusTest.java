package dev.plinth.peers;

/// JetBrains Xodus.
final class XodusTest extends PeerContract {
  XodusTest() {
    super("xodus");
  }
}
