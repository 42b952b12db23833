package dev.plinth.kv.server;

import static dev.plinth.kv.server.TestCluster.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
import dev.plinth.kv.client.ClientOptions;
import dev.plinth.kv.client.KvClient;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// TLS, the token, and the figures over HTTP.
final class SecurityTest {
  private static final char[] PASSWORD = "password".toCharArray();

  @TempDir private Path folder;

  @Test
  void onlyWhoShowsTheTokenOverTlsComesIn() throws Exception {
    Path token = Files.writeString(folder.resolve("token"), "a-long-secret\nnot this\n");
    makeCertificate();
    Map<String, String> options =
        Map.of(
            "token.file", token.toString(),
            "tls.certificate", folder.resolve("certificate.pem").toString(),
            "tls.key", folder.resolve("key.pem").toString(),
            "tls.ca", folder.resolve("certificate.pem").toString(),
            "metrics.address", "127.0.0.1:0");
    try (TestCluster cluster = TestCluster.started(folder, 1, options)) {
      try (KvClient client = client(cluster, "a-long-secret", true)) {
        client.put(bytes("k"), bytes("v"));
        assertEquals("v", TestCluster.text(client.get(bytes("k"))));
      }
      try (KvClient client = client(cluster, "a-long-secreT", true)) {
        assertKind(Kind.UNAUTHENTICATED, client);
      }
      try (KvClient client = client(cluster, null, true)) {
        assertKind(Kind.UNAUTHENTICATED, client);
      }
      try (KvClient client = client(cluster, "a-long-secret", false)) {
        assertKind(Kind.UNAVAILABLE, client);
      }
      metricsAreServed(cluster.server(0).metricsPort());
    }
  }

  @Test
  void optionsDoNotShowTheToken() {
    ClientOptions options =
        new ClientOptions(
            java.util.List.of("127.0.0.1:1"),
            "plinth",
            "a-long-secret",
            true,
            "ca.pem",
            Duration.ofSeconds(2),
            Duration.ofSeconds(1));
    assertEquals(
        "ClientOptions[servers=[127.0.0.1:1], cluster=plinth, token=given, tls=true,"
            + " authority=ca.pem, timeout=PT2S, attemptTimeout=PT1S]",
        options.toString());
    assertTrue(ClientOptions.of("127.0.0.1:1").toString().contains("token=none"));
  }

  @Test
  void redisAsksForTheTokenToo() throws Exception {
    Path token = Files.writeString(folder.resolve("token"), "a-long-secret\n");
    Map<String, String> options =
        Map.of("token.file", token.toString(), "resp.address", "127.0.0.1:0");
    try (TestCluster cluster = TestCluster.started(folder, 1, options);
        RespClient redis = new RespClient(cluster.server(0).respPort())) {
      assertTrue(redis.ask("GET", "a").startsWith("-NOAUTH"));
      assertTrue(redis.ask("AUTH", "wrong-secret").startsWith("-WRONGPASS"));
      assertEquals("+OK", redis.ask("AUTH", "a-long-secret"));
      assertEquals("(nil)", redis.ask("GET", "a"));
    }
  }

  private static void assertKind(Kind kind, KvClient client) {
    KvException e = assertThrows(KvException.class, () -> client.get(bytes("k")));
    assertEquals(kind, e.kind(), e.getMessage());
  }

  private KvClient client(TestCluster cluster, @Nullable String token, boolean tls) {
    return KvClient.of(
        new ClientOptions(
            cluster.addresses(),
            null,
            token,
            tls,
            tls ? folder.resolve("certificate.pem").toString() : null,
            tls ? Duration.ofSeconds(60) : Duration.ofSeconds(2),
            Duration.ofSeconds(10)));
  }

  /// Somebody who does not end his request holds nobody up.
  private static void metricsAreServed(int port) throws Exception {
    try (Socket slow = new Socket(InetAddress.getLoopbackAddress(), port)) {
      slow.getOutputStream().write("GET /met".getBytes(StandardCharsets.US_ASCII));
      slow.getOutputStream().flush();
      metricsAreAnswered(port);
    }
  }

  private static void metricsAreAnswered(int port) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics")).build(),
              HttpResponse.BodyHandlers.ofString());
      assertEquals(200, answer.statusCode());
      assertTrue(answer.body().contains("plinth_kv_leader{node=\"n1\",cluster=\"plinth\"} 1"));
      HttpResponse<String> other =
          http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metricsx")).build(),
              HttpResponse.BodyHandlers.ofString());
      assertEquals(404, other.statusCode());
    }
  }

  /// A certificate of its own making, by the JDK's keytool.
  private void makeCertificate() throws Exception {
    Path store = folder.resolve("store.p12");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "node",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=127.0.0.1",
                "-ext",
                "san=ip:127.0.0.1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD),
                "-keypass",
                new String(PASSWORD))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertEquals(0, process.waitFor());
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD);
    pem("certificate.pem", "CERTIFICATE", keys.getCertificate("node").getEncoded());
    pem("key.pem", "PRIVATE KEY", keys.getKey("node", PASSWORD).getEncoded());
  }

  private void pem(String name, String kind, byte[] bytes) throws Exception {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    Files.writeString(
        folder.resolve(name),
        "-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n");
  }
}
