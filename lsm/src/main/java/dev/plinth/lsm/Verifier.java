package dev.plinth.lsm;

import dev.plinth.lsm.table.BlobFile;
import dev.plinth.lsm.table.Table;
import dev.plinth.lsm.table.TableProperties;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;

/// Reads every table and every blob file and checks it.
final class Verifier {
  private Verifier() {}

  static Engine.Verification verify(Tree tree) {
    try {
      return check(tree);
    } catch (StorageException.Corrupt e) {
      tree.events.accept(
          new EngineEvent.Damaged(e.file(), e.offset(), String.valueOf(e.getMessage())));
      throw e;
    }
  }

  private static Engine.Verification check(Tree tree) {
    tree.leases.requireOpen();
    long files = 0;
    long bytes = 0;
    Version version = tree.versions.current();
    try {
      for (TableHandle handle : version.handles()) {
        Table table = handle.table();
        table.verify();
        requireSame(handle, table.properties());
        files++;
        bytes += table.bytes();
      }
      for (BlobHandle handle : version.blobs().handles()) {
        BlobFile blob = handle.file();
        blob.verify();
        files++;
        bytes += blob.bytes();
      }
    } finally {
      version.release();
    }
    long entries = 0;
    try (Cursor cursor = tree.cursor(KeyRange.all(), TreeReads.NEWEST)) {
      while (cursor.next()) {
        if (cursor.valueLength() >= 0) { // Fetches a value that lies in a blob file.
          entries++;
        }
      }
    }
    return new Engine.Verification(files, bytes, entries);
  }

  private static void requireSame(TableHandle handle, TableProperties found) {
    TableMeta meta = handle.meta();
    if (meta.entries() != found.entries() || meta.rangeDeletes() != found.rangeDeletes()) {
      throw new StorageException.Corrupt(
          handle.path(),
          0,
          "the manifest says "
              + meta.entries()
              + " entries and "
              + meta.rangeDeletes()
              + " deleted ranges, the table "
              + found.entries()
              + " and "
              + found.rangeDeletes());
    }
  }
}
