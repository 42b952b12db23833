package dev.plinth.kv.chaos;

import dev.plinth.kv.KvOptions;
import dev.plinth.kv.server.KvServer;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;

/// A node in a process of its own, until it is killed: directory, then `KEY=VALUE` options.
final class NodeMain {
  private static final Logger ROOT = Logger.getLogger("");

  private NodeMain() {}

  public static void main(String[] args) throws Exception {
    ROOT.setLevel(Level.SEVERE);
    Map<String, String> options = new TreeMap<>();
    for (int i = 1; i < args.length; i++) {
      options.put(
          args[i].substring(0, args[i].indexOf('=')), args[i].substring(args[i].indexOf('=') + 1));
    }
    try (KvServer server = KvServer.open(Path.of(args[0]), KvOptions.of(options))) {
      System.out.println("serving " + server.address());
      Thread.currentThread().join();
    }
  }
}
