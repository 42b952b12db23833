package dev.plinth.lsm;

import dev.plinth.kit.tree.TableNames;
import dev.plinth.lsm.cache.BlockCache;
import dev.plinth.lsm.table.Table;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.concurrent.atomic.LongAdder;

/// A table file of the tree.
final class TableHandle extends FileHandle<Table> {
  private final TableMeta meta;
  private final BlockCache cache;
  private final LongAdder seeks = new LongAdder();

  TableHandle(Disk disk, Path directory, TableMeta meta, BlockCache cache) {
    super(disk, directory.resolve(TableNames.table(meta.number())));
    this.cache = cache;
    this.meta = meta;
  }

  TableMeta meta() {
    return meta;
  }

  /// How often cursors were sent to a place in the run of which it is the first table, as a run of
  /// level 0 counts that. Since it goes with the table, a merge begins anew.
  LongAdder seeks() {
    return seeks;
  }

  /// The table, open.
  Table table() {
    return file();
  }

  @Override
  Table openFile() {
    return new Table(disk, path(), meta.identity(), meta.bytes(), meta.sequenceBase(), cache);
  }

  @Override
  void closeFile(Table table) {
    table.close();
  }

  /// How many bytes of memory it holds now.
  long bytesHeld() {
    Table table = fileIfOpen();
    return table == null ? 0 : table.bytesHeld();
  }

  @Override
  long bytes() {
    return meta.bytes();
  }
}
