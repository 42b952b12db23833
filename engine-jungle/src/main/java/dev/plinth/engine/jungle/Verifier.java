package dev.plinth.engine.jungle;

import dev.plinth.engine.jungle.table.Table;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;

/// Reads every table and checks it.
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
        bytes += check(handle);
        files++;
      }
    } finally {
      version.release();
    }
    for (VersionEdit.Kept kept : tree.versions.kept()) {
      Version frozen = tree.versions.keptVersion(kept.name());
      if (frozen != null) {
        try {
          for (TableHandle handle : frozen.handles()) {
            bytes += check(handle);
            files++;
          }
        } finally {
          frozen.release();
        }
      }
    }
    long entries = 0;
    try (Cursor cursor = tree.cursor(KeyRange.all(), null)) {
      while (cursor.next()) {
        checkValue(cursor);
        entries++;
      }
    }
    return new Engine.Verification(files, bytes, entries);
  }

  /// A value that stands in the log is read and checked when it is asked for.
  private static void checkValue(Cursor cursor) {
    if (cursor.valueLength() < 0) {
      throw new IllegalStateException("a value of less than no bytes");
    }
  }

  private static long check(TableHandle handle) {
    TableMeta meta = handle.meta();
    Table table = handle.table();
    table.verify();
    if (meta.entries() != table.entries() || meta.deletes() != table.deletes()) {
      throw new StorageException.Corrupt(
          handle.path(),
          meta.header(),
          "the manifest says "
              + meta.entries()
              + " entries, the table's header "
              + table.entries());
    }
    return meta.bytes();
  }
}
