package dev.plinth.kv.chaos;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The way from one member to another: a TCP proxy that can hold back what goes there, what comes
/// back, or both, as a network does that loses packets one way. What is held back goes on when the
/// way is free again, unless the ends have given up.
final class Link implements AutoCloseable {
  private final ServerSocket listener;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;
  private boolean forthHeld;
  private boolean backHeld;

  /// @param target the port of the member that it leads to
  Link(int target) throws IOException {
    this.target = target;
    this.listener = new ServerSocket(0, 64, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}));
    start("accept", this::accept);
  }

  /// Where it begins.
  int port() {
    return listener.getLocalPort();
  }

  /// Holds a direction back, or lets it go.
  synchronized void hold(boolean forth, boolean back) {
    forthHeld = forth;
    backHeld = back;
    notifyAll();
  }

  /// Holds what goes there; what comes back stays as it is.
  synchronized void holdForth(boolean held) {
    hold(held, backHeld);
  }

  /// Holds what comes back; what goes there stays as it is.
  synchronized void holdBack(boolean held) {
    hold(forthHeld, held);
  }

  private synchronized void await(boolean forth) throws InterruptedException {
    while (!closed && (forth ? forthHeld : backHeld)) {
      wait();
    }
  }

  private void accept() {
    while (!closed) {
      try {
        Socket near = listener.accept();
        sockets.add(near);
        start("open", () -> open(near));
      } catch (IOException e) {
        // Closed, or out of luck with one connection.
      }
    }
  }

  private void open(Socket near) {
    try {
      await(true);
      Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
      sockets.add(far);
      start("forth", () -> pump(near, far, true));
      pump(far, near, false);
    } catch (IOException e) {
      end(near);
    } catch (InterruptedException e) {
      end(near);
      Thread.currentThread().interrupt();
    }
  }

  private void pump(Socket from, Socket to, boolean forth) {
    byte[] buffer = new byte[16 << 10];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      int read = in.read(buffer);
      while (read >= 0 && !closed) {
        await(forth);
        out.write(buffer, 0, read);
        read = in.read(buffer);
      }
    } catch (IOException e) {
      // One end has gone: so does the other.
      end(from);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end(from);
      end(to);
    }
  }

  private void end(Socket socket) {
    sockets.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone either way.
      return;
    }
  }

  private static void start(String name, Runnable task) {
    Thread.ofVirtual().name("link-" + name).start(task);
  }

  @Override
  public void close() throws IOException {
    closed = true;
    hold(false, false);
    listener.close();
    sockets.forEach(this::end);
  }
}
