package dev.plinth.kv.server;

import dev.plinth.kv.KvOptions;
import dev.plinth.kv.Member;
import dev.plinth.spi.StorageException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/// Keeps a node from listening beyond this machine by accident.
final class Exposure {
  private Exposure() {}

  /// Refuses an address beyond this machine: for clients without TLS and a token, for members at
  /// all, since Raft's port has neither; unless `insecure = on` takes the blame.
  static void require(KvOptions options, @Nullable String token) {
    requireOne("listen", options.listen());
    requireOne("raft.address", options.raftAddress());
    KvOptions.Security security = options.security();
    if (security.insecure()) {
      return;
    }
    boolean guarded = security.certificate() != null && token != null;
    requireLocal("listen", options.listen(), guarded);
    requireLocal("resp.address", options.resp(), guarded);
    requireLocal("metrics.address", options.metrics(), false);
    requireLocal("raft.address", options.raftAddress(), false);
  }

  private static void requireLocal(String key, @Nullable String address, boolean guarded) {
    if (address != null && !guarded && !isLocal(key, address)) {
      throw new StorageException.InvalidConfiguration(
          key
              + " = "
              + address
              + ": is beyond this machine; clients' ports need tls.certificate, tls.key and"
              + " token.file there, the others a network of their own and insecure = on");
    }
  }

  /// Refuses "any address": others are told this one, and must be able to reach it.
  private static void requireOne(String key, String address) {
    if (host(key, address).isAnyLocalAddress()) {
      throw new StorageException.InvalidConfiguration(
          key + " = " + address + ": name the one address that others reach this node by");
    }
  }

  private static boolean isLocal(String key, String address) {
    return host(key, address).isLoopbackAddress();
  }

  private static InetAddress host(String key, String address) {
    try {
      return InetAddress.getByName(Member.host(address));
    } catch (UnknownHostException e) {
      throw new StorageException.InvalidConfiguration(
          key + " = " + address + ": the host is not known");
    }
  }
}
