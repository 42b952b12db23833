package dev.plinth.engine.jungle;

import dev.plinth.engine.jungle.table.Unsynced;
import dev.plinth.kit.memory.KeyCopy;
import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.kit.merge.RangeTombstones;
import dev.plinth.kit.tree.CommitQueue;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.EntrySource;
import dev.plinth.spi.StorageException;
import java.util.List;

/// Adds sorted entries as tables of level 0 that become visible as one batch. Any thread may call
/// it.
final class Ingestion {
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
    long[] userBytes = new long[1];
    List<TableMeta> tables;
    try (Unsynced unsynced = new Unsynced();
        TableOutputs outputs =
            new TableOutputs(
                tree,
                ByteCause.FLUSH,
                tree.options.tableBytes(),
                RangeTombstones.EMPTY,
                KeyBounds.ALL,
                0,
                unsynced)) {
      tables = write(source, outputs, userBytes);
      unsynced.sync();
      tree.disk.syncDirectory(tree.directory.path());
    } catch (StorageException.LimitExceeded e) {
      throw e;
    } catch (StorageException e) {
      tree.health.poison(e);
      throw e;
    }
    if (tables.isEmpty()) {
      return tree.visible();
    }
    try {
      long sequence =
          commits.exclusive(
              (number, logEnd, indexes) -> {
                long run = tree.versions.newNumber();
                List<VersionEdit.Placed> placed =
                    tables.stream().map(table -> new VersionEdit.Placed(0, run, table)).toList();
                maintenance
                    .installer()
                    .commitVisible(
                        new VersionEdit(
                            tree.versions.nextNumber(), number, logEnd, indexes, placed, List.of()),
                        number);
                tree.durables.durable(number, indexes);
              });
      commits.countUserBytes(userBytes[0]);
      maintenance.mergeDue();
      return sequence;
    } catch (StorageException e) {
      if (!(e instanceof StorageException.Closed)) {
        tree.health.poison(e);
      }
      throw e;
    }
  }

  private List<TableMeta> write(EntrySource source, TableOutputs outputs, long[] userBytes) {
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
      outputs
          .writer(source.keySegment(), source.keyOffset(), source.keyLength())
          .put(
              source.keySegment(),
              source.keyOffset(),
              source.keyLength(),
              source.valueSegment(),
              source.valueOffset(),
              source.valueLength(),
              true);
      userBytes[0] += source.keyLength() + (long) source.valueLength();
    }
    return outputs.finish();
  }
}
