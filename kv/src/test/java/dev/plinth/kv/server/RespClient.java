package dev.plinth.kv.server;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The least client of Redis: sends words, reads one answer as text.
final class RespClient implements AutoCloseable {
  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;

  RespClient(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(60_000);
    in = new BufferedInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  /// Sends a command and reads its answer.
  String ask(String... words) throws IOException {
    send(words);
    return read();
  }

  void send(String... words) throws IOException {
    StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      int bytes = word.getBytes(StandardCharsets.UTF_8).length;
      text.append('$').append(bytes).append("\r\n").append(word).append("\r\n");
    }
    raw(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  void raw(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
  }

  /// Reads an answer: strings as they are, arrays as `[a, b]`, nothing as `(nil)`, the end of the
  /// connection as `(end)`.
  String read() throws IOException {
    String line = line();
    if (line.equals("(end)")) {
      return line;
    }
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '+', '-', ':' -> line;
      case '$' -> {
        int length = Integer.parseInt(rest);
        if (length < 0) {
          yield "(nil)";
        }
        byte[] bytes = in.readNBytes(length);
        in.readNBytes(2);
        yield new String(bytes, StandardCharsets.UTF_8);
      }
      case '*' -> {
        List<String> parts = new ArrayList<>();
        for (int i = Integer.parseInt(rest); i > 0; i--) {
          parts.add(read());
        }
        yield parts.toString();
      }
      default -> throw new IOException("not RESP: " + line);
    };
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    int next = in.read();
    while (next != '\r' && next >= 0) {
      line.append((char) next);
      next = in.read();
    }
    in.read();
    return next < 0 ? "(end)" : line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
