package dev.plinth.conformance.disk;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/// Computes what a [Storage] holds after a crash. The storage itself stays as it is.
final class Survival {
  private final Storage storage;
  private final Map<Integer, Pages> files = new HashMap<>();
  private final Map<Integer, Map<String, Integer>> directories = new HashMap<>();

  private Survival(Storage storage) {
    this.storage = storage;
    storage.nodes.forEach(
        (id, node) -> {
          switch (node) {
            case Node.Directory directory -> directories.put(id, new TreeMap<>(directory.stable()));
            case Node.File file -> files.put(id, file.stable.share());
          }
        });
  }

  /// @param inFlightStamp the operation that was cut off, or 0: a process that is killed takes the
  ///   page cache's view of it, in which it never happened
  static Storage of(Storage storage, CrashState state, long inFlightStamp) {
    if (state instanceof CrashState.ProcessKilled) {
      Storage copy = storage.copy();
      copy.forget(inFlightStamp);
      copy.count();
      return copy;
    }
    Survival survival = new Survival(storage);
    switch (state) {
      case CrashState.NothingUnsynced _ -> {}
      case CrashState.Everything _ -> survival.keepPrefix(Integer.MAX_VALUE, 0);
      case CrashState.OrderedPrefix(long seed) -> survival.keepSomePrefix(seed);
      case CrashState.AnySubset(long seed) -> survival.keepSubset(seed);
      case CrashState.ProcessKilled _ -> throw new AssertionError();
    }
    return survival.reachable();
  }

  private List<Unsynced> ordered() {
    List<Unsynced> all = new ArrayList<>();
    for (Unsynced.Names names : storage.names) {
      if (!names.abandoned()) {
        all.add(names);
      }
    }
    for (Node node : storage.nodes.values()) {
      if (node instanceof Node.File file) {
        for (Unsynced.Data data : file.unsynced) {
          if (!data.abandoned()) {
            all.add(data);
          }
        }
      }
    }
    all.sort(Comparator.comparingLong(Unsynced::stamp));
    return all;
  }

  private void keepSomePrefix(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int count = ordered().size();
    keepPrefix(random.nextInt(count + 1), random.nextDouble());
  }

  /// Keeps the first `count` operations and the given part of the next one's bytes.
  private void keepPrefix(int count, double torn) {
    List<Unsynced> all = ordered();
    for (int i = 0; i < Math.min(count, all.size()); i++) {
      switch (all.get(i)) {
        case Unsynced.Names names -> apply(names);
        case Unsynced.Data data -> apply(data, data.bytes() == null ? 0 : data.bytes().length);
      }
    }
    if (count < all.size() && all.get(count) instanceof Unsynced.Data data) {
      byte[] bytes = data.bytes();
      if (bytes != null) {
        apply(data, (int) (bytes.length * torn));
      }
    }
  }

  private void apply(Unsynced.Names names) {
    for (Unsynced.Entry entry : names.entries()) {
      Map<String, Integer> directory = directories.get(entry.directory());
      if (directory == null) {
        continue;
      }
      if (entry.node() == 0) {
        directory.remove(entry.name());
      } else {
        directory.put(entry.name(), entry.node());
      }
    }
  }

  private void apply(Unsynced.Data data, int length) {
    Pages pages = files.get(data.file());
    byte[] bytes = data.bytes();
    if (pages == null) {
      return;
    }
    if (bytes == null) {
      pages.resize(data.size());
    } else if (length > 0) {
      pages.write(data.offset(), bytes, 0, length);
    }
  }

  /// A quarter of the seeds each: any mix; names before data; data before names; few losses.
  private void keepSubset(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int style = random.nextInt(4);
    double names = style == 1 ? 1 : style == 2 ? 0 : style == 3 ? 0.9 : random.nextDouble();
    double data = style == 1 ? 0 : style == 2 ? 1 : style == 3 ? 0.9 : random.nextDouble();
    for (Unsynced.Names operation : storage.names) {
      if (random.nextDouble() < names) {
        apply(operation);
      }
    }
    List<Integer> ids = new ArrayList<>(files.keySet());
    ids.sort(Comparator.naturalOrder());
    for (int id : ids) {
      if (storage.node(id) instanceof Node.File file && !file.unsynced.isEmpty()) {
        Pages pages = files.getOrDefault(id, file.stable);
        SectorChoice.apply(file.unsynced, pages, data, random);
      }
    }
  }

  private Storage reachable() {
    Map<Integer, Map<String, Integer>> liveDirectories = new HashMap<>();
    Map<Integer, Pages> liveFiles = new HashMap<>();
    Deque<Integer> todo = new ArrayDeque<>();
    todo.add(Storage.ROOT);
    while (!todo.isEmpty()) {
      int id = todo.remove();
      Map<String, Integer> entries = directories.get(id);
      Pages pages = files.get(id);
      if (entries != null && liveDirectories.put(id, entries) == null) {
        todo.addAll(entries.values());
      } else if (pages != null) {
        liveFiles.put(id, pages);
      }
    }
    return Storage.of(liveDirectories, liveFiles);
  }
}
