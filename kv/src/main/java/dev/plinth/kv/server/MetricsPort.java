package dev.plinth.kv.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.plinth.kv.Member;
import dev.plinth.kv.rpc.Figures;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Serves the figures to Prometheus at `/metrics`.
final class MetricsPort implements AutoCloseable {
  private final HttpServer server;

  private MetricsPort(HttpServer server) {
    this.server = server;
  }

  /// Listens.
  ///
  /// @param address null for nowhere
  static @Nullable MetricsPort open(@Nullable String address, Figures figures) {
    if (address == null) {
      return null;
    }
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(Member.host(address), Member.port(address)), 16);
      server.createContext("/metrics", exchange -> answer(exchange, figures));
      server.start();
      return new MetricsPort(server);
    } catch (IOException e) {
      throw new StorageException.InvalidConfiguration(
          "metrics.address = " + address + ": cannot listen there: " + e.getMessage());
    }
  }

  private static void answer(HttpExchange exchange, Figures figures) throws IOException {
    try (exchange) {
      boolean found =
          exchange.getRequestMethod().equals("GET")
              && exchange.getRequestURI().getPath().equals("/metrics");
      byte[] body =
          (found ? figures.prometheus() : "GET /metrics is all there is\n")
              .getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
      exchange.sendResponseHeaders(found ? 200 : 404, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  int port() {
    return server.getAddress().getPort();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
