package dev.plinth.conformance.disk;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Everything that a [SimDisk] holds and a crash looks at: nodes, what is unsynced, and the order.
/// Not thread-safe: the disk's monitor guards it.
final class Storage {
  static final int ROOT = 1;

  final Map<Integer, Node> nodes;
  final List<Unsynced.Names> names;
  private int nextNode;
  private long nextStamp;

  Storage() {
    this(new HashMap<>(), new ArrayList<>(), ROOT + 1, 1);
    nodes.put(ROOT, new Node.Directory());
  }

  private Storage(
      Map<Integer, Node> nodes, List<Unsynced.Names> names, int nextNode, long nextStamp) {
    this.nodes = nodes;
    this.names = names;
    this.nextNode = nextNode;
    this.nextStamp = nextStamp;
  }

  long stamp() {
    return nextStamp++;
  }

  Node.Directory directory(int id) {
    return (Node.Directory) node(id);
  }

  Node node(int id) {
    Node node = nodes.get(id);
    if (node == null) {
      throw new IllegalStateException("the simulated disk lost node " + id);
    }
    return node;
  }

  int addFile() {
    nodes.put(nextNode, new Node.File(nextNode));
    return nextNode++;
  }

  int addDirectory() {
    nodes.put(nextNode, new Node.Directory());
    return nextNode++;
  }

  /// A copy that shares pages; it keeps only what some name, durable or not, can still lead to.
  Storage copy() {
    Map<Integer, Node> copies = new HashMap<>();
    for (int id : reachable()) {
      switch (node(id)) {
        case Node.Directory directory -> copies.put(id, directory.copy());
        case Node.File file -> copies.put(id, file.copy());
      }
    }
    return new Storage(copies, new ArrayList<>(names), nextNode, nextStamp);
  }

  /// The storage that starts from what was found after a crash: everything in it is durable.
  static Storage of(Map<Integer, Map<String, Integer>> entries, Map<Integer, Pages> files) {
    Map<Integer, Node> nodes = new HashMap<>();
    int last = ROOT;
    entries.forEach(
        (id, map) -> nodes.put(id, new Node.Directory(new TreeMap<>(map), new TreeMap<>(map))));
    for (Map.Entry<Integer, Pages> file : files.entrySet()) {
      int id = file.getKey();
      nodes.put(id, new Node.File(id, file.getValue(), file.getValue().share(), new ArrayList<>()));
    }
    for (int id : nodes.keySet()) {
      last = Math.max(last, id);
    }
    Storage storage = new Storage(nodes, new ArrayList<>(), last + 1, 1);
    storage.count();
    return storage;
  }

  /// Sets the number of names of every file.
  void count() {
    for (Node node : nodes.values()) {
      if (node instanceof Node.File file) {
        file.links = 0;
        file.handles = 0;
      }
    }
    for (Node node : nodes.values()) {
      if (node instanceof Node.Directory directory) {
        for (int child : directory.current().values()) {
          if (nodes.get(child) instanceof Node.File file) {
            file.links++;
          }
        }
      }
    }
  }

  /// Forgets an operation that never took effect.
  void forget(long stamp) {
    names.removeIf(operation -> operation.stamp() == stamp);
    for (Node node : nodes.values()) {
      if (node instanceof Node.File file) {
        file.unsynced.removeIf(operation -> operation.stamp() == stamp);
      }
    }
  }

  /// Forgets a node when no name, durable or not, can lead to it.
  void prune() {
    Set<Integer> live = reachable();
    nodes.keySet().removeIf(id -> !live.contains(id));
  }

  /// A number that tells this content from others; what is unsynced counts as done.
  long print() {
    long sum = 0;
    for (Map.Entry<Integer, Node> entry : nodes.entrySet()) {
      long print =
          switch (entry.getValue()) {
            case Node.Directory directory -> print(directory.current());
            case Node.File file -> file.current.print();
          };
      sum += Pages.mixed(entry.getKey() + Pages.mixed(print));
    }
    return sum;
  }

  private static long print(Map<String, Integer> names) {
    long sum = names.size();
    for (Map.Entry<String, Integer> entry : names.entrySet()) {
      String name = entry.getKey();
      for (int i = 0; i < name.length(); i++) {
        sum = Pages.mixed(sum + name.charAt(i));
      }
      sum = Pages.mixed(sum + entry.getValue());
    }
    return sum;
  }

  private Set<Integer> reachable() {
    Set<Integer> live = new HashSet<>();
    Deque<Integer> todo = new ArrayDeque<>();
    todo.add(ROOT);
    for (Unsynced.Names operation : names) {
      for (Unsynced.Entry entry : operation.entries()) {
        if (entry.node() != 0) {
          todo.add(entry.node());
        }
      }
    }
    while (!todo.isEmpty()) {
      int id = todo.remove();
      if (live.add(id) && nodes.get(id) instanceof Node.Directory directory) {
        todo.addAll(directory.current().values());
        todo.addAll(directory.stable().values());
      }
    }
    live.removeIf(id -> !nodes.containsKey(id));
    return live;
  }
}
