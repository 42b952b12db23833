package dev.plinth.kv.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;

/// Ports of loopback that nobody has: below those that the system gives to outgoing connections, so
/// that they stay free while a node is down.
final class FreePorts {
  private static final Set<Integer> GIVEN = new HashSet<>();
  private static final SplittableRandom RANDOM =
      new SplittableRandom(ProcessHandle.current().pid() * 7919L + System.nanoTime());

  private FreePorts() {}

  /// The first of several free ports in a row.
  static synchronized int row(int count) {
    for (int i = 0; i < 1000; i++) {
      int first = 10_000 + RANDOM.nextInt(20_000);
      boolean free = true;
      for (int port = first; port < first + count; port++) {
        free &= !GIVEN.contains(port) && isFree(port);
      }
      if (free) {
        for (int port = first; port < first + count; port++) {
          GIVEN.add(port);
        }
        return first;
      }
    }
    throw new IllegalStateException("no free ports");
  }

  static int one() {
    return row(1);
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket =
        new ServerSocket(port, 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}))) {
      return socket.getLocalPort() == port;
    } catch (IOException e) {
      return false;
    }
  }
}
