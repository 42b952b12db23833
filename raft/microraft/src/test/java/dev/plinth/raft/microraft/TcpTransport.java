package dev.plinth.raft.microraft;

import io.microraft.RaftEndpoint;
import io.microraft.model.message.RaftMessage;
import io.microraft.transport.Transport;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Messages between members on this machine, as serialized objects: enough for an example, and
/// nothing for a network that others can reach. What cannot be sent is dropped; MicroRaft sends it
/// again.
final class TcpTransport implements Transport, AutoCloseable {
  private static final int QUEUED_MAX = 1024;

  private final ServerSocket server;
  private final Map<RaftEndpoint, Integer> ports;
  private final Map<RaftEndpoint, Link> links = new ConcurrentHashMap<>();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  TcpTransport(RaftEndpoint self, Map<RaftEndpoint, Integer> ports) {
    this.ports = Map.copyOf(ports);
    try {
      this.server =
          new ServerSocket(
              Objects.requireNonNull(ports.get(self)), 16, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Begins to hand over what comes.
  void listen(Consumer<RaftMessage> handler) {
    start("accept", () -> accept(handler));
  }

  private void accept(Consumer<RaftMessage> handler) {
    while (!closed) {
      try {
        Socket socket = server.accept();
        sockets.add(socket);
        start("receive", () -> receive(socket, handler));
      } catch (IOException e) {
        // It was closed, or somebody went away before he was served.
      }
    }
  }

  private void receive(Socket socket, Consumer<RaftMessage> handler) {
    try (socket;
        ObjectInputStream in =
            new ObjectInputStream(new BufferedInputStream(socket.getInputStream(), 64 << 10))) {
      while (!closed) {
        handler.accept((RaftMessage) in.readObject());
      }
    } catch (IOException | ClassNotFoundException e) {
      // The sender is gone, and comes again with a new connection.
    } finally {
      sockets.remove(socket);
    }
  }

  @Override
  public void send(RaftEndpoint target, RaftMessage message) {
    Link link =
        links.computeIfAbsent(
            target,
            endpoint -> {
              Link fresh = new Link(Objects.requireNonNull(ports.get(endpoint)));
              start("send", fresh::run);
              return fresh;
            });
    boolean taken = link.queue.offer(message);
    assert taken || link.queue.size() >= QUEUED_MAX / 2;
  }

  @Override
  public boolean isReachable(RaftEndpoint endpoint) {
    Link link = links.get(endpoint);
    return link != null && link.connected;
  }

  private static void start(String what, Runnable work) {
    Thread.ofPlatform().daemon().name("transport-" + what).start(work);
  }

  @Override
  public void close() {
    closed = true;
    try {
      server.close();
      for (Socket socket : sockets) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The way to one member.
  private final class Link {
    final BlockingQueue<RaftMessage> queue = new ArrayBlockingQueue<>(QUEUED_MAX);
    final int port;
    volatile boolean connected;

    Link(int port) {
      this.port = port;
    }

    void run() {
      while (!closed) {
        @Nullable RaftMessage first = next();
        if (first != null) {
          try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
              ObjectOutputStream out =
                  new ObjectOutputStream(
                      new BufferedOutputStream(socket.getOutputStream(), 64 << 10))) {
            sockets.add(socket);
            socket.setTcpNoDelay(true);
            connected = true;
            write(out, first);
          } catch (IOException e) {
            connected = false;
          }
        }
      }
    }

    private void write(ObjectOutputStream out, RaftMessage first) throws IOException {
      @Nullable RaftMessage message = first;
      while (!closed) {
        if (message != null) {
          out.writeObject(message);
          out.reset();
          if (queue.isEmpty()) {
            out.flush();
          }
        }
        message = next();
      }
    }

    private @Nullable RaftMessage next() {
      try {
        return queue.poll(100, TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return null;
      }
    }
  }
}
