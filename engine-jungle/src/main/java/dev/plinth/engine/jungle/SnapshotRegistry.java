package dev.plinth.engine.jungle;

import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.tree.Layer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The snapshots that are open. A snapshot begins as memtables and tables, and becomes tables alone
/// as its memtables are flushed. Any thread may use it.
final class SnapshotRegistry {
  private final Epochs epochs;
  private final Set<JungleSnapshot> open = new HashSet<>();

  SnapshotRegistry(Epochs epochs) {
    this.epochs = epochs;
  }

  synchronized void add(JungleSnapshot snapshot) {
    open.add(snapshot);
  }

  synchronized void remove(JungleSnapshot snapshot) {
    if (open.remove(snapshot)) {
      epochs.retire(snapshot.view()::release);
    }
  }

  /// How many are open.
  synchronized int count() {
    return open.size();
  }

  /// The sequence numbers, ascending, of snapshots that end within a layer.
  ///
  /// @param before of the last batch before the layer
  synchronized long[] within(Layer layer, long before) {
    return open.stream()
        .filter(snapshot -> snapshot.view().holds(layer))
        .mapToLong(JungleSnapshot::sequence)
        .filter(sequence -> sequence > before && sequence < layer.lastSequence())
        .sorted()
        .distinct()
        .toArray();
  }

  /// Says that a memtable is in a layer that points into the log.
  synchronized void staged(Layer memtable, Layer stage) {
    for (JungleSnapshot snapshot : open) {
      ReadView before = snapshot.view();
      if (before.holds(memtable)) {
        snapshot.show(before.staged(memtable, stage));
        epochs.retire(before::release);
      }
    }
  }

  /// Says that a layer is in tables.
  ///
  /// @param whole the version with all of it
  /// @param parts the versions with a part of it, by sequence number
  synchronized void flushed(Layer layer, Version whole, Map<Long, Version> parts) {
    for (JungleSnapshot snapshot : open) {
      ReadView before = snapshot.view();
      if (!before.holds(layer)) {
        continue;
      }
      boolean isWhole = snapshot.sequence() >= layer.lastSequence();
      Version version = isWhole ? whole : parts.get(snapshot.sequence());
      if (version == null) {
        continue;
      }
      List<Layer> rest =
          isWhole
              ? Arrays.stream(before.layers()).filter(other -> other != layer).toList()
              : List.of();
      version.retain();
      snapshot.show(new ReadView(rest, version));
      epochs.retire(before::release);
    }
  }
}
