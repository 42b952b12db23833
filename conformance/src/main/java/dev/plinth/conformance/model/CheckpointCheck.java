package dev.plinth.conformance.model;

import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.StateDigest;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.List;

/// Opens a checkpoint as an engine of its own, compares it, and writes to it.
final class CheckpointCheck {
  private CheckpointCheck() {}

  static void run(
      EngineUnderTest subject,
      Disk disk,
      Path copy,
      QuietExecutor background,
      List<Key> keys,
      ModelState state) {
    ModelState changed = state.copy();
    try (Engine opened = subject.open(disk, copy, background)) {
      require(opened, keys, state.digest(), "shows another state");
      for (long group : HistoryGenerator.GROUPS) {
        long expected = state.applied().getOrDefault(group, -1L);
        if (opened.appliedIndex(group) != expected) {
          throw new Violation("D4", "the checkpoint has another applied index of group " + group);
        }
      }
      for (int i = 0; i < keys.size(); i += 3) {
        Payload value = new Payload(-100 - i, 20 + i);
        opened.put(keys.get(i).bytes(), value.bytes(), Durability.WRITTEN);
        changed.apply(Commit.of(List.of(new Mutation.Put(keys.get(i), value))));
      }
      opened.flush();
      require(opened, keys, changed.digest(), "does not take writes");
    }
    background.await();
    try (Engine again = subject.open(disk, copy, background)) {
      require(again, keys, changed.digest(), "loses writes");
    }
    background.await();
  }

  private static void require(
      Engine engine, List<Key> keys, StateDigest expected, String complaint) {
    if (!Observation.entries(engine, keys).equals(expected)) {
      throw new Violation("D3", "the checkpoint " + complaint);
    }
  }

  static void remove(Disk disk, Path path) {
    for (String name : names(disk, path)) {
      remove(disk, path.resolve(name));
    }
    disk.delete(path);
  }

  /// The names in a folder; none for a file.
  private static List<String> names(Disk disk, Path path) {
    try {
      return disk.list(path);
    } catch (StorageException.Io e) {
      return List.of();
    }
  }
}
