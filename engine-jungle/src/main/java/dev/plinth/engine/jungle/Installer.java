package dev.plinth.engine.jungle;

import dev.plinth.kit.manifest.ManifestLog;
import dev.plinth.kit.tree.Layer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Makes edits durable and visible, and gives open snapshots the tables that they show from then
/// on. Any thread may call it.
final class Installer {
  private final Tree tree;
  private final ManifestLog manifest;
  private final Runnable installed;

  /// @param installed told after every edit
  Installer(Tree tree, ManifestLog manifest, Runnable installed) {
    this.tree = tree;
    this.manifest = manifest;
    this.installed = installed;
  }

  /// The layer that is to be flushed next; null when there is none.
  @Nullable Layer oldestFrozen() {
    tree.viewLock.lock();
    try {
      List<Layer> layers = tree.view().memtables();
      return layers.size() > 1 ? layers.getLast() : null;
    } finally {
      tree.viewLock.unlock();
    }
  }

  /// Shows a layer that points into the log in place of a memtable that is in it.
  void staged(Layer memtable, Layer stage) {
    tree.viewLock.lock();
    try {
      tree.replace(tree.view().staged(memtable, stage));
      tree.snapshots.staged(memtable, stage);
    } finally {
      tree.viewLock.unlock();
    }
  }

  /// Makes an edit durable and installs it.
  ///
  /// @param without a layer that is in tables now; null for none
  /// @param durable told when the edit is durable, before it is installed
  void commit(VersionEdit edit, @Nullable Layer without, Runnable durable) {
    byte[] bytes = edit.encode();
    manifest.commit(
        MemorySegment.ofArray(bytes),
        0,
        bytes.length,
        () -> {
          durable.run();
          show(tree.versions.apply(edit), without, Map.of());
        });
    installed.run();
  }

  /// As the other, for one that also makes a batch visible.
  ///
  /// @param sequence of that batch
  void commitVisible(VersionEdit edit, long sequence) {
    byte[] bytes = edit.encode();
    manifest.commit(
        MemorySegment.ofArray(bytes),
        0,
        bytes.length,
        () -> {
          tree.viewLock.lock();
          try {
            show(tree.versions.apply(edit), null, Map.of());
            tree.publish(sequence);
          } finally {
            tree.viewLock.unlock();
          }
        });
    installed.run();
  }

  /// Makes the stages of a flush durable as one edit and installs them one after the other, so that
  /// each snapshot within the layer gets the tables as they were after its stage.
  void commit(Layer layer, List<Flusher.Stage> stages) {
    byte[] bytes = whole(layer, stages).encode();
    manifest.commit(
        MemorySegment.ofArray(bytes),
        0,
        bytes.length,
        () -> {
          tree.durables.durable(layer.lastSequence(), layer.applied());
          Map<Long, Version> versions = new HashMap<>();
          versions.put(tree.versions.flushedSequence(), tree.versions.current());
          for (int i = 0; i < stages.size(); i++) {
            boolean isLast = i + 1 == stages.size();
            Version after = tree.versions.apply(edit(layer, stages.get(i), isLast));
            if (isLast) {
              show(after, layer, versions);
            } else {
              versions.put(stages.get(i).sequence(), after);
            }
          }
          versions.values().forEach(Version::release);
        });
    installed.run();
  }

  /// @param versions what snapshots within the layer see, by sequence number
  private void show(Version version, @Nullable Layer without, Map<Long, Version> versions) {
    tree.viewLock.lock();
    try {
      List<Layer> layers = new ArrayList<>(List.of(tree.view().layers()));
      layers.remove(without);
      tree.replace(new ReadView(layers, version));
      if (without != null) {
        tree.snapshots.flushed(without, version, versions);
      }
    } finally {
      tree.viewLock.unlock();
    }
  }

  private VersionEdit edit(Layer layer, Flusher.Stage stage, boolean isLast) {
    return new VersionEdit(
        tree.versions.nextNumber(),
        isLast ? layer.lastSequence() : 0,
        isLast ? layer.logEnd() : 0,
        isLast ? layer.applied() : Map.of(),
        stage.added(),
        stage.removed());
  }

  private VersionEdit whole(Layer layer, List<Flusher.Stage> stages) {
    Map<Long, VersionEdit.Placed> added = new LinkedHashMap<>();
    List<Long> removed = new ArrayList<>();
    for (Flusher.Stage stage : stages) {
      for (long number : stage.removed()) {
        if (added.remove(number) == null) {
          removed.add(number);
        }
      }
      stage.added().forEach(placed -> added.put(placed.table().number(), placed));
    }
    return new VersionEdit(
        tree.versions.nextNumber(),
        layer.lastSequence(),
        layer.logEnd(),
        layer.applied(),
        List.copyOf(added.values()),
        removed);
  }
}
