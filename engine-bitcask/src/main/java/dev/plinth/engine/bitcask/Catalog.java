package dev.plinth.engine.bitcask;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the manifest says: which data files make up the store, and what must not be forgotten when
/// files go. Not thread-safe.
final class Catalog {
  private final SortedMap<Integer, FileEntry> files = new TreeMap<>();
  private final SortedMap<Long, Long> applied = new TreeMap<>();
  private int number;
  private long sequence;
  private Watermark synced = Watermark.NONE;

  void apply(CatalogEdit edit) {
    switch (edit) {
      case CatalogEdit.File(FileEntry entry) -> {
        files.put(entry.number(), entry);
        number = Math.max(number, entry.number());
        sequence = Math.max(sequence, entry.maxSequence());
      }
      case CatalogEdit.Drop(int dropped) -> files.remove(dropped);
      case CatalogEdit.Applied(long group, long index) -> applied.put(group, index);
      case CatalogEdit.Taken(int last, long newest) -> {
        number = Math.max(number, last);
        sequence = Math.max(sequence, newest);
      }
      case CatalogEdit.Synced(Watermark mark) -> synced = mark;
    }
  }

  /// The data files by number.
  Collection<FileEntry> files() {
    return files.values();
  }

  @Nullable FileEntry file(int which) {
    return files.get(which);
  }

  SortedMap<Long, Long> applied() {
    return applied;
  }

  /// The highest file number ever given out.
  int number() {
    return number;
  }

  /// The highest sequence of a sealed file.
  long sequence() {
    return sequence;
  }

  Watermark synced() {
    return synced;
  }

  /// Edits that lead from nothing to this state.
  List<CatalogEdit> snapshot() {
    List<CatalogEdit> edits = new ArrayList<>();
    edits.add(new CatalogEdit.Taken(number, sequence));
    edits.add(new CatalogEdit.Synced(synced));
    files.values().forEach(entry -> edits.add(new CatalogEdit.File(entry)));
    applied.forEach((group, index) -> edits.add(new CatalogEdit.Applied(group, index)));
    return edits;
  }
}
