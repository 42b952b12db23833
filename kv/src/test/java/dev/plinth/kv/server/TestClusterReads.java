package dev.plinth.kv.server;

import dev.plinth.kv.KvException;
import dev.plinth.kv.client.KvClient;
import org.jspecify.annotations.Nullable;

/// Reads of one node that may not be there yet.
final class TestClusterReads {
  private TestClusterReads() {}

  /// What a node has; null when it does not answer.
  static byte @Nullable [] stale(String address, String key) {
    try (KvClient client = TestCluster.client(address)) {
      return client.getStale(TestCluster.bytes(key));
    } catch (KvException e) {
      return null;
    }
  }
}
