package dev.plinth.engine.bitcask;

import dev.plinth.kit.manifest.EditVisitor;
import dev.plinth.kit.manifest.ManifestLog;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The [Catalog] on disk, in the manifest. An append is durable when it returns, as a whole or not
/// at all. Any thread may call it.
final class CatalogLog implements AutoCloseable {
  /// What ties manifests to this kind of store; one that a checkpoint writes has the same.
  private static final long STORE = 0x6b73_6163_7469_62L;

  private static final long MANIFEST_BYTES_MAX = 256 << 10;

  private final Catalog state = new Catalog();
  private final ManifestLog manifest;

  private CatalogLog(Disk disk, Path directory, @Nullable Catalog initial) {
    if (initial != null) {
      initial.snapshot().forEach(state::apply);
    }
    this.manifest =
        ManifestLog.open(
            disk,
            directory,
            STORE,
            MANIFEST_BYTES_MAX,
            (segment, offset, length) -> read(directory, segment, offset, length),
            this::writeSnapshot);
  }

  /// Opens the catalog of a store, or begins an empty one.
  static CatalogLog open(Disk disk, Path directory) {
    return new CatalogLog(disk, directory, null);
  }

  /// Writes a catalog into a directory that has none.
  static void write(Disk disk, Path directory, Catalog catalog) {
    new CatalogLog(disk, directory, catalog).close();
  }

  /// The state at open. Later it changes with every append: use [#sealedState()] then.
  Catalog state() {
    return state;
  }

  /// The state without the files that are still appended to.
  Catalog sealedState() {
    synchronized (state) {
      Catalog sealed = new Catalog();
      for (CatalogEdit edit : state.snapshot()) {
        if (!(edit instanceof CatalogEdit.File(FileEntry entry)) || entry.sealed()) {
          sealed.apply(edit);
        }
      }
      return sealed;
    }
  }

  /// The bytes of the manifest.
  long bytes() {
    return manifest.bytes();
  }

  void append(List<CatalogEdit> edits) {
    byte[] bytes = CatalogFormat.encode(edits);
    manifest.commit(
        MemorySegment.ofArray(bytes),
        0,
        bytes.length,
        () -> {
          synchronized (state) {
            edits.forEach(state::apply);
          }
        });
  }

  /// Closes without writing.
  void abandon() {
    manifest.abandon();
  }

  @Override
  public void close() {
    manifest.close();
  }

  private void read(Path directory, MemorySegment segment, long offset, int length) {
    List<CatalogEdit> edits = CatalogFormat.decode(segment, offset, length);
    if (edits == null) {
      throw new StorageException.Corrupt(
          directory, 0, "the manifest holds an edit that is none of this engine");
    }
    edits.forEach(state::apply);
  }

  private void writeSnapshot(EditVisitor target) {
    synchronized (state) {
      for (CatalogEdit edit : state.snapshot()) {
        byte[] bytes = CatalogFormat.encode(List.of(edit));
        target.edit(MemorySegment.ofArray(bytes), 0, bytes.length);
      }
    }
  }
}
