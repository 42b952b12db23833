package dev.plinth.engine.jungle;

import dev.plinth.kit.directory.EngineDirectory;
import dev.plinth.kit.manifest.ManifestLog;
import dev.plinth.spi.EngineOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/// Makes a directory with the tables of the tree, hard-linked, and a manifest of its own that names
/// each table up to the end that it has now and marks it as frozen: the store goes on appending
/// behind that end, whoever opens the checkpoint never writes to the file.
final class Checkpointing {
  private Checkpointing() {}

  /// Makes a checkpoint of what is in tables.
  ///
  /// @return the sequence number it has
  static long make(
      Tree tree, Path directory, String name, int formatVersion, EngineOptions options) {
    EngineDirectory.prepare(tree.disk, directory);
    Version version;
    VersionEdit state;
    synchronized (tree.versions) {
      version = tree.versions.current();
      state = tree.versions.snapshot();
    }
    try {
      for (TableHandle handle : version.handles()) {
        tree.disk.link(handle.path(), directory.resolve(handle.path().getFileName()));
      }
      UUID store = UUID.randomUUID();
      List<VersionEdit.Placed> frozen =
          state.added().stream()
              .map(p -> new VersionEdit.Placed(p.level(), p.run(), p.table().asFrozen()))
              .toList();
      VersionEdit whole =
          new VersionEdit(
              state.nextNumber(), state.flushedSequence(), 0, state.applied(), frozen, List.of());
      ManifestLog manifest =
          ManifestLog.open(
              tree.disk,
              directory,
              JungleOpening.storeNumber(store),
              JungleOpening.MANIFEST_BYTES_MAX,
              (_, _, _) -> {},
              target -> JungleOpening.show(whole, target));
      manifest.close();
      EngineDirectory.stamp(tree.disk, directory, name, formatVersion, options, store);
      return state.flushedSequence();
    } finally {
      version.release();
    }
  }
}
