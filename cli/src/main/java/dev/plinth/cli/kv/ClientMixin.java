package dev.plinth.cli.kv;

import dev.plinth.kv.client.ClientOptions;
import dev.plinth.kv.client.KvClient;
import dev.plinth.spi.Quantities;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How the client's commands reach a cluster, and in which form they print.
final class ClientMixin {
  private static final String SERVER_VARIABLE = "PLINTH_KV";
  private static final String SERVER_FALLBACK = "127.0.0.1:7001";

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT,...",
      description = "Servers to try; else PLINTH_KV, else 127.0.0.1:7001.")
  private @Nullable String servers;

  @Option(
      names = "--cluster-id",
      paramLabel = "NAME",
      description = "Refuse to talk to another cluster.")
  private @Nullable String cluster;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "The token to show: the file's first line.")
  private @Nullable Path tokenFile;

  @Option(names = "--tls", description = "Speak TLS.")
  private boolean tls;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "PEM file that verifies the server; implies --tls.")
  private @Nullable Path authority;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description = "How long to try, such as 500ms or 10s.")
  private String timeout = "10s";

  @Option(names = "--json", description = "Print one JSON object.")
  private boolean json;

  boolean json() {
    return json;
  }

  /// A client of the cluster; close it.
  KvClient open() {
    @Nullable String named = servers == null ? System.getenv(SERVER_VARIABLE) : servers;
    List<String> addresses =
        Arrays.stream((named == null ? SERVER_FALLBACK : named).split(",", -1))
            .map(String::strip)
            .filter(word -> !word.isEmpty())
            .toList();
    long nanos = Quantities.nanos("--timeout", timeout);
    Duration whole = Duration.ofNanos(Math.max(1_000_000, nanos));
    Duration attempt = whole.compareTo(Duration.ofSeconds(3)) < 0 ? whole : Duration.ofSeconds(3);
    return KvClient.of(
        new ClientOptions(
            addresses,
            cluster,
            token(),
            tls || authority != null,
            authority == null ? null : authority.toString(),
            whole,
            attempt));
  }

  private @Nullable String token() {
    if (tokenFile == null) {
      return null;
    }
    try {
      return Files.readString(tokenFile).lines().findFirst().orElse("").strip();
    } catch (IOException e) {
      throw new StorageException.InvalidConfiguration(
          "--token-file " + tokenFile + ": cannot be read: " + e);
    }
  }
}
