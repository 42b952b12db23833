package dev.plinth.engine.bitcask;

import dev.plinth.kit.directory.EngineDirectory;
import dev.plinth.spi.EngineEvent;
import java.nio.file.Path;

/// Makes a directory that opens as an engine of its own: the append file is sealed, sealed files
/// and their hints are linked, and a manifest and an identity of its own are written. A sealed file
/// never changes, so both sides go their own ways.
final class Checkpoint {
  private final Parts parts;

  Checkpoint(Parts parts) {
    this.parts = parts;
  }

  void write(Path target) {
    long begin = System.nanoTime();
    Path to = target.toAbsolutePath();
    EngineDirectory.prepare(parts.disk, to);
    parts.merger.lock().lock();
    try {
      parts.rollAndSeal();
      Catalog frozen = parts.catalog.sealedState();
      for (FileEntry entry : frozen.files()) {
        String data = DataFileFormat.dataName(entry.number());
        parts.disk.link(parts.directory.file(data), to.resolve(data));
        String hint = DataFileFormat.hintName(entry.number());
        if (parts.disk.exists(parts.directory.file(hint))) {
          parts.disk.link(parts.directory.file(hint), to.resolve(hint));
        }
      }
      CatalogLog.write(parts.disk, to, frozen);
      EngineDirectory.stamp(
          parts.disk,
          to,
          BitcaskProvider.NAME,
          BitcaskProvider.FORMAT_VERSION,
          parts.engineOptions);
      parts
          .environment
          .events()
          .accept(new EngineEvent.Checkpointed(to, frozen.sequence(), System.nanoTime() - begin));
    } finally {
      parts.merger.lock().unlock();
    }
  }
}
