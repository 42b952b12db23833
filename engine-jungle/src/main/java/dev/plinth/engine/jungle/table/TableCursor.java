package dev.plinth.engine.jungle.table;

import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.Tag;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Walks the entries of a sorted run of tables, both ways. The key is put together in memory of its
/// own; the value is named and is checked when [#checkValue] asks for it. Not thread-safe.
public final class TableCursor extends EntryCursor {
  /// The tables of a run, in the order of their keys.
  public interface Run {
    /// How many tables there are.
    int size();

    /// A table, open.
    Table table(int ordinal);

    /// The ordinal of the first table whose keys do not all lie before the given one.
    int tableOf(MemorySegment key, long offset, int length);

    /// Stands for the age of the run: see [Tag].
    long rank();
  }

  private final Run run;
  private final long rank;
  private final LeafPage page = new LeafPage();
  private MemorySegment key = Arena.ofAuto().allocate(256, 8);
  private int ordinal;
  private Table table;
  private int leaf;
  private int slot;
  private long extent;

  /// A cursor over the tables of a run; it starts on no entry.
  ///
  /// @param run has at least one table
  public TableCursor(Run run) {
    this.run = run;
    this.rank = run.rank();
    this.table = run.table(0);
    this.keySegment = key.asReadOnly();
  }

  @Override
  public void first() {
    start(0);
    leaf = -1;
    nextLeaf();
  }

  @Override
  public void last() {
    start(run.size() - 1);
    leaf = table.index().count();
    previousLeaf();
  }

  @Override
  public void seek(MemorySegment target, long offset, int length, long atTag) {
    int found = run.tableOf(target, offset, length);
    if (found == run.size()) {
      valid = false;
      return;
    }
    start(found);
    leaf = table.index().leafOf(target, offset, length);
    if (leaf < 0) {
      nextLeaf();
      return;
    }
    table.openLeaf(leaf, page);
    int at = page.find(target, offset, length);
    boolean same = at >= 0;
    slot = same ? at : -at - 1;
    prefix();
    if (slot < page.count()) {
      show();
      if (same && tag > atTag) {
        next();
      }
    } else {
      nextLeaf();
    }
  }

  @Override
  public void next() {
    if (++slot < page.count()) {
      show();
    } else {
      nextLeaf();
    }
  }

  @Override
  public void previous() {
    if (--slot >= 0) {
      show();
    } else {
      previousLeaf();
    }
  }

  @Override
  public long sequenceMax() {
    return rank;
  }

  @Override
  public void checkValue() {
    if (extent >= 0) {
      table.requireExtent(extent, valueLength);
    }
  }

  /// Goes to the first entry of a leaf of the only table.
  ///
  /// @return whether the leaf has an entry
  boolean startLeaf(int ordinalOfLeaf) {
    leaf = ordinalOfLeaf;
    table.openLeaf(leaf, page);
    slot = -1;
    prefix();
    return nextInLeaf();
  }

  /// Goes to the next entry of the leaf.
  ///
  /// @return whether there is one
  boolean nextInLeaf() {
    if (slot + 1 >= page.count()) {
      valid = false;
      return false;
    }
    slot++;
    show();
    return true;
  }

  /// Where the value's extent begins in its file; -1 when the value stands in the leaf or the entry
  /// is a delete.
  long extent() {
    return extent;
  }

  @Override
  public void close() {
    valid = false;
  }

  private void start(int at) {
    ordinal = at;
    table = run.table(at);
  }

  private void nextLeaf() {
    while (true) {
      if (++leaf < table.index().count()) {
        table.openLeaf(leaf, page);
        if (page.count() > 0) {
          slot = 0;
          prefix();
          show();
          return;
        }
      } else if (ordinal + 1 < run.size()) {
        start(ordinal + 1);
        leaf = -1;
      } else {
        valid = false;
        return;
      }
    }
  }

  private void previousLeaf() {
    while (true) {
      if (--leaf >= 0) {
        table.openLeaf(leaf, page);
        if (page.count() > 0) {
          slot = page.count() - 1;
          prefix();
          show();
          return;
        }
      } else if (ordinal > 0) {
        start(ordinal - 1);
        leaf = table.index().count();
      } else {
        valid = false;
        return;
      }
    }
  }

  private void prefix() {
    reserve(page.prefixLength());
    MemorySegment.copy(page.segment(), page.prefix(), key, 0, page.prefixLength());
  }

  private void show() {
    page.entry(slot);
    int length = page.keyLength();
    reserve(length);
    MemorySegment.copy(
        page.segment(), page.suffix(), key, page.prefixLength(), page.suffixLength());
    keyOffset = 0;
    keyLength = length;
    keyWord = words.of(key, 0, length);
    valueSegment = table.segment();
    valueLength = page.valueLength();
    extent = -1;
    switch (page.kind()) {
      case TableFormat.EXTENT -> {
        tag = Tag.of(rank, Tag.PUT);
        extent = page.extent();
        valueOffset = extent + TableFormat.EXTENT_HEAD_BYTES;
      }
      case TableFormat.INLINE -> {
        tag = Tag.of(rank, Tag.PUT);
        valueOffset = page.inline();
      }
      default -> {
        tag = Tag.of(rank, Tag.DELETE);
        valueOffset = 0;
      }
    }
    valid = true;
  }

  private void reserve(int bytes) {
    if (bytes > key.byteSize()) {
      MemorySegment larger = Arena.ofAuto().allocate(2L * bytes, 8);
      MemorySegment.copy(key, 0, larger, 0, key.byteSize());
      key = larger;
      keySegment = larger.asReadOnly();
    }
  }
}
