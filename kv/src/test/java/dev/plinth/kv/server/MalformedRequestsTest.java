package dev.plinth.kv.server;

import static dev.plinth.kv.server.TestCluster.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.ListenableFuture;
import dev.plinth.kv.client.KvClient;
import dev.plinth.kv.rpc.KvMethods;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Malformed requests at each port of a node: it lives, and what it holds stays. A thousand at
/// each; `-Dplinth.malformed.requests=10000` sends more.
final class MalformedRequestsTest {
  private static final int WINDOW = 200;
  private static final int PIECES = 20;
  private static final int REQUESTS =
      Math.max(1, Integer.getInteger("plinth.malformed.requests", 1000) / WINDOW) * WINDOW;

  @TempDir private Path folder;

  @Test
  void nonsenseDoesNoHarm() throws Exception {
    try (TestCluster cluster =
            TestCluster.started(
                folder,
                1,
                Map.of("resp.address", "127.0.0.1:0", "metrics.address", "127.0.0.1:0"));
        KvClient client = cluster.client()) {
      client.put(bytes("k"), bytes("v"));
      String before = cluster.digest();
      KvServer server = cluster.server(0);
      int grpc = Integer.parseInt(server.address().substring(server.address().indexOf(':') + 1));
      String raft = server.replica().options().raftAddress();
      grpcCalls(grpc, new SplittableRandom(1));
      connections(grpc, new SplittableRandom(2), List.of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""));
      connections(
          server.respPort(),
          new SplittableRandom(3),
          List.of("*3\r\n$3\r\nSET\r\n", "$-7\r\n", "*", ""));
      respRequests(server.respPort(), new SplittableRandom(4));
      connections(
          Integer.parseInt(raft.substring(raft.indexOf(':') + 1)),
          new SplittableRandom(5),
          List.of("\u0001\u0001\u0001", "\u0002\u0001", ""));
      connections(
          server.metricsPort(),
          new SplittableRandom(6),
          List.of("GET /metrics HTTP/1.1\r\n", "GET ", "POST / HTTP/9.9\r\n\r\n", ""));
      assertEquals("v", TestCluster.text(client.get(bytes("k"))));
      assertEquals(before.substring(before.indexOf(' ')), afterSession(cluster.digest()));
      assertEquals(null, server.replica().roles().failure());
    }
  }

  /// Reads have changed nothing; the client's session was there before.
  private static String afterSession(String digest) {
    return digest.substring(digest.indexOf(' '));
  }

  /// Bytes that are no message, and messages of another kind, as well-formed calls. None of them is
  /// a write that would be valid: a key is at most so long.
  private static void grpcCalls(int port, SplittableRandom random) throws InterruptedException {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().directExecutor().build();
    try {
      List<String> methods = List.of("Get", "Scan", "CompareAndSet", "AddServer", "None", "Stats2");
      int refused = 0;
      List<ListenableFuture<byte[]>> window = new ArrayList<>();
      for (int i = 0; i < REQUESTS; i++) {
        byte[] message = new byte[1 + random.nextInt(100)];
        random.nextBytes(message);
        // A length that goes past the end: never a well-formed message.
        message[0] = 10;
        if (message.length > 1) {
          message[1] = 127;
        }
        window.add(
            ClientCalls.futureUnaryCall(
                channel.newCall(raw(methods.get(i % methods.size())), CallOptions.DEFAULT),
                message));
        if (window.size() == WINDOW) {
          refused += refused(window);
        }
      }
      assertEquals(REQUESTS, refused);
    } finally {
      channel.shutdownNow();
    }
  }

  /// How many calls of a window were refused; the window is empty afterwards.
  private static int refused(List<ListenableFuture<byte[]>> window) throws InterruptedException {
    int refused = 0;
    for (ListenableFuture<byte[]> call : window) {
      try {
        call.get();
      } catch (ExecutionException e) {
        refused++;
      }
    }
    window.clear();
    return refused;
  }

  private static MethodDescriptor<byte[], byte[]> raw(String name) {
    MethodDescriptor.Marshaller<byte[]> bytes =
        new MethodDescriptor.Marshaller<>() {
          @Override
          public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
          }

          @Override
          public byte[] parse(InputStream stream) {
            try {
              return stream.readAllBytes();
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          }
        };
    return MethodDescriptor.<byte[], byte[]>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(KvMethods.SERVICE + "/" + name)
        .setRequestMarshaller(bytes)
        .setResponseMarshaller(bytes)
        .build();
  }

  /// Connections that begin as they should, or not, and go on with random bytes in many pieces.
  private static void connections(int port, SplittableRandom random, List<String> beginnings)
      throws IOException {
    byte[] noise = new byte[256];
    int sent = 0;
    int connections = REQUESTS / PIECES;
    for (int i = 0; i < connections; i++) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        socket
            .getOutputStream()
            .write(beginnings.get(i % beginnings.size()).getBytes(StandardCharsets.ISO_8859_1));
        for (int piece = 0; piece < PIECES; piece++) {
          random.nextBytes(noise);
          socket.getOutputStream().write(noise, 0, 1 + random.nextInt(noise.length));
          sent++;
        }
      } catch (IOException e) {
        // The server has had enough of this connection, as it should.
        sent++;
      }
    }
    assertTrue(sent >= connections);
  }

  /// Commands that are well framed and mean nothing.
  private static void respRequests(int port, SplittableRandom random) throws IOException {
    String[] names = {"GET", "SCAN", "MGET", "EXISTS", "SET", "DEL", "INFO2", "PING", "\u0000"};
    try (RespClient redis = new RespClient(port)) {
      for (int i = 0; i < REQUESTS; i += WINDOW) {
        for (int j = 0; j < WINDOW; j++) {
          String name = names[random.nextInt(names.length)];
          switch (name) {
            case "SET" -> redis.send("SET", "k" + i, "v", "NOPE");
            case "DEL" -> redis.send("DEL");
            case "GET" -> redis.send("GET", "a", "b", "c");
            case "PING" -> redis.send("PIN" + i);
            default -> redis.send(name, "x".repeat(900 + random.nextInt(100)), "y");
          }
        }
        for (int j = 0; j < WINDOW; j++) {
          String answer = redis.read();
          assertTrue(answer.startsWith("-"), answer);
        }
      }
    }
  }
}
