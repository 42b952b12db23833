package dev.plinth.lsm;

import dev.plinth.kit.memory.KeyCopy;
import dev.plinth.kit.merge.Tag;
import dev.plinth.kit.tree.CommitQueue;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.EntrySource;
import dev.plinth.spi.StorageException;
import java.util.ArrayList;
import java.util.List;

/// Adds sorted entries as tables of level 0 that get their sequence number when they are installed.
/// Any thread may call it.
final class Ingestion {
  private static final long TABLE_BYTES_MAX = 64L << 20;

  private final Tree tree;
  private final EngineTraits traits;
  private final CommitQueue commits;
  private final Maintenance maintenance;

  Ingestion(Tree tree, EngineTraits traits, CommitQueue commits, Maintenance maintenance) {
    this.tree = tree;
    this.traits = traits;
    this.commits = commits;
    this.maintenance = maintenance;
  }

  /// Adds the entries of a source.
  long ingest(EntrySource source) {
    tree.health.require();
    tree.leases.requireOpen();
    TableOutputs.Written written;
    try (TableOutputs outputs =
        new TableOutputs(
            tree, tree.flushShape(TABLE_BYTES_MAX), ByteCause.FLUSH, TABLE_BYTES_MAX, List.of())) {
      written = write(source, outputs);
    } catch (StorageException.LimitExceeded e) {
      throw e;
    } catch (StorageException e) {
      tree.health.poison(e);
      throw e;
    }
    List<TableMeta> tables = written.tables();
    if (tables.isEmpty()) {
      return tree.visible();
    }
    try {
      long sequence =
          commits.exclusive(
              (number, logEnd, indexes) -> {
                List<VersionEdit.Placed> placed = new ArrayList<>();
                for (TableMeta table : tables) {
                  placed.add(new VersionEdit.Placed(0, number, table.numbered(number)));
                }
                maintenance.commit(
                    new VersionEdit(
                        tree.versions.nextNumber(),
                        number,
                        logEnd,
                        indexes,
                        placed,
                        List.of(),
                        written.blobs()),
                    List.of(),
                    () -> tree.durables.durable(number, indexes));
              });
      commits.countUserBytes(tables.stream().mapToLong(TableMeta::userBytes).sum());
      maintenance.compactionDue();
      return sequence;
    } catch (StorageException e) {
      if (!(e instanceof StorageException.Closed)) {
        tree.health.poison(e);
      }
      throw e;
    }
  }

  private TableOutputs.Written write(EntrySource source, TableOutputs outputs) {
    KeyCopy last = new KeyCopy();
    boolean hasLast = false;
    while (source.next()) {
      traits.requireKey(source.keyLength());
      traits.requireValue(source.valueLength());
      if (hasLast
          && last.compare(source.keySegment(), source.keyOffset(), source.keyLength()) >= 0) {
        throw new IllegalArgumentException(
            "the keys of an ingestion must ascend; entry key of "
                + source.keyLength()
                + " bytes is at or before the one in front of it");
      }
      last.set(source.keySegment(), source.keyOffset(), source.keyLength());
      hasLast = true;
      outputs.startKey(source.keySegment(), source.keyOffset(), source.keyLength());
      outputs.add(
          source.keySegment(),
          source.keyOffset(),
          source.keyLength(),
          true,
          Tag.of(0, Tag.PUT),
          source.valueSegment(),
          source.valueOffset(),
          source.valueLength());
    }
    return outputs.finish();
  }
}
