package dev.plinth.peers;

/// JetBrains Xodus, each operation a transaction.
final class XodusEachTest extends PeerContract {
  XodusEachTest() {
    super("xodus", "commit.every", "1");
  }
}
