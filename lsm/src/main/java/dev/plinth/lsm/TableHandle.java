package dev.plinth.lsm;

import dev.plinth.kit.tree.TableNames;
import dev.plinth.lsm.cache.BlockCache;
import dev.plinth.lsm.table.Table;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A table file of the tree: opened when it is first read, closed when no version holds it any
/// more, and then deleted when it left the tree. Any thread may use it while it holds a reference.
final class TableHandle {
  private final Disk disk;
  private final Path path;
  private final TableMeta meta;
  private final BlockCache cache;
  private final AtomicInteger references = new AtomicInteger();
  private volatile @Nullable Table open;
  private volatile boolean obsolete;

  TableHandle(Disk disk, Path directory, TableMeta meta, BlockCache cache) {
    this.cache = cache;
    this.disk = disk;
    this.path = directory.resolve(TableNames.table(meta.number()));
    this.meta = meta;
  }

  TableMeta meta() {
    return meta;
  }

  Path path() {
    return path;
  }

  /// The table, open.
  Table table() {
    Table table = open;
    return table != null ? table : openNow();
  }

  /// How many bytes of memory it holds now.
  long bytesHeld() {
    Table table = open;
    return table == null ? 0 : table.bytesHeld();
  }

  void retain() {
    references.incrementAndGet();
  }

  /// Gives a reference back; the last one closes the file.
  void release() {
    if (references.decrementAndGet() == 0) {
      close();
      if (obsolete) {
        delete();
      }
    }
  }

  /// Says that the tree does not name it any more, durably.
  void markObsolete() {
    obsolete = true;
  }

  private void delete() {
    try {
      disk.delete(path);
    } catch (StorageException _) {
      // Whoever gave the reference back may be a reader; the next opening removes the file.
    }
  }

  private synchronized Table openNow() {
    Table table = open;
    if (table == null) {
      table = new Table(disk, path, meta.identity(), meta.bytes(), meta.sequenceBase(), cache);
      open = table;
    }
    return table;
  }

  private synchronized void close() {
    Table table = open;
    open = null;
    if (table != null) {
      table.close();
    }
  }
}
