package dev.plinth.kv.client;

import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
import dev.plinth.kv.Member;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How a client reaches a cluster.
///
/// @param servers client addresses, `HOST:PORT`, at least one; others are learned
/// @param cluster the cluster that is meant; null for any
/// @param token what the servers ask for; null for nothing
/// @param tls whether to speak TLS
/// @param authority the PEM file that verifies the servers; null for the system's
/// @param timeout how long a call may take with everything that is tried again
/// @param attemptTimeout how long one attempt may take
public record ClientOptions(
    List<String> servers,
    @Nullable String cluster,
    @Nullable String token,
    boolean tls,
    @Nullable String authority,
    Duration timeout,
    Duration attemptTimeout) {

  public ClientOptions {
    servers = List.copyOf(servers);
    if (servers.isEmpty()) {
      throw new KvException(Kind.INVALID, "no server is named; give at least one HOST:PORT");
    }
    servers.forEach(server -> Member.requireAddress("server", server));
    if (timeout.isNegative()
        || timeout.isZero()
        || attemptTimeout.isNegative()
        || attemptTimeout.isZero()) {
      throw new KvException(Kind.INVALID, "timeouts must be positive");
    }
  }

  /// Without TLS and token; ten seconds a call, three an attempt.
  public static ClientOptions of(String... servers) {
    return new ClientOptions(
        List.of(servers), null, null, false, null, Duration.ofSeconds(10), Duration.ofSeconds(3));
  }

  /// The same with other timeouts.
  public ClientOptions withTimeouts(Duration whole, Duration attempt) {
    return new ClientOptions(servers, cluster, token, tls, authority, whole, attempt);
  }

  /// The same for other servers.
  public ClientOptions withServers(List<String> others) {
    return new ClientOptions(others, cluster, token, tls, authority, timeout, attemptTimeout);
  }

  /// All of it but the token.
  @Override
  public String toString() {
    return "ClientOptions[servers="
        + servers
        + ", cluster="
        + cluster
        + ", token="
        + (token == null ? "none" : "given")
        + ", tls="
        + tls
        + ", authority="
        + authority
        + ", timeout="
        + timeout
        + ", attemptTimeout="
        + attemptTimeout
        + "]";
  }
}
