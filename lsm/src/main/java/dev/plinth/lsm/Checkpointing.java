package dev.plinth.lsm;

import dev.plinth.kit.directory.EngineDirectory;
import dev.plinth.kit.manifest.ManifestLog;
import dev.plinth.spi.EngineOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;

/// Makes a directory with the tables and blob files of the tree, hard-linked, and a manifest of its
/// own.
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
        link(tree, handle, directory);
      }
      for (BlobHandle handle : version.blobs().handles()) {
        link(tree, handle, directory);
      }
      UUID store = UUID.randomUUID();
      VersionEdit whole =
          new VersionEdit(
              state.nextNumber(),
              state.flushedSequence(),
              0,
              state.applied(),
              state.added(),
              List.of(),
              state.blobs());
      ManifestLog manifest =
          ManifestLog.open(
              tree.disk,
              directory,
              LsmOpening.storeNumber(store),
              LsmOpening.MANIFEST_BYTES_MAX,
              (_, _, _) -> {},
              target -> LsmOpening.show(whole, target));
      manifest.close();
      EngineDirectory.stamp(tree.disk, directory, name, formatVersion, options, store);
      return state.flushedSequence();
    } finally {
      version.release();
    }
  }

  private static void link(Tree tree, FileHandle<?> handle, Path directory) {
    tree.disk.link(handle.path(), directory.resolve(handle.path().getFileName()));
  }
}
