package dev.plinth.engine.jungle;

import dev.plinth.engine.jungle.table.Table;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A state of a table: opened when it is first read, closed when no version holds it any more. Any
/// thread may use it while it holds a reference.
final class TableHandle {
  private final Disk disk;
  private final TableFile file;
  private final TableMeta meta;
  private final AtomicInteger references = new AtomicInteger();
  private volatile @Nullable Table open;

  TableHandle(Disk disk, TableFile file, TableMeta meta) {
    this.disk = disk;
    this.file = file;
    this.meta = meta;
  }

  TableMeta meta() {
    return meta;
  }

  Path path() {
    return file.path();
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
    if (references.getAndIncrement() == 0) {
      file.retain();
    }
  }

  /// Gives a reference back; the last one closes the table.
  void release() {
    if (references.decrementAndGet() == 0) {
      close();
      file.release();
    }
  }

  private synchronized Table openNow() {
    Table table = open;
    if (table == null) {
      table = new Table(disk, path(), meta.identity(), meta.header(), meta.bytes());
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
