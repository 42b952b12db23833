package dev.plinth.engine.jungle.table;

import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.RangeTombstones;
import dev.plinth.kit.merge.Tag;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Merges newer entries into a table: by appending the leaves that they change, or by writing
/// everything that is live to new tables. Used once, by one thread.
public final class TableMerge {
  private static final int ENTRIES_PER_CHECK = 4096;

  /// A leaf that is less full than this takes its neighbour in before that is kept as it is.
  private static final int LEAF_BYTES_MIN = TableFormat.PAGE_BYTES / 2;

  private final EntryCursor source;
  private final byte @Nullable [] limit;
  private final RangeTombstones hidden;
  private final boolean bottom;
  private final BooleanSupplier cancelled;
  private int count;

  /// Thrown when the work was given up because the engine is being closed.
  public static final class Cancelled extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /// Where entries of new tables go.
  public interface Output {
    /// The table for an entry; entries come in the order of their keys.
    BatchWriter writer(MemorySegment key, long offset, int length);
  }

  /// A merge.
  ///
  /// @param source stands on the first newer entry; has one entry for a key
  /// @param limit newer entries from here on stay; null for none
  /// @param hidden ranges that the newer batch deletes from the table
  /// @param bottom whether nothing older lies below, so that deletes may go
  /// @param cancelled asked now and then whether to give up
  public TableMerge(
      EntryCursor source,
      byte @Nullable [] limit,
      RangeTombstones hidden,
      boolean bottom,
      BooleanSupplier cancelled) {
    this.source = source;
    this.limit = limit;
    this.hidden = hidden;
    this.bottom = bottom;
    this.cancelled = cancelled;
  }

  /// Appends to the table.
  public void append(Table old, BatchWriter out) {
    LeafIndex index = old.index();
    TableCursor cursor = new TableCursor(new OneTable(old));
    for (int leaf = 0; leaf < index.count(); leaf++) {
      byte[] from = index.fences().fence(leaf);
      byte[] upper = leaf + 1 < index.count() ? index.fences().fence(leaf + 1) : null;
      boolean touched = !hidden.isEmpty() && hidden.touches(from, upper);
      if (touched && hidden.covers(from, upper)) {
        appendSource(upper, out);
      } else if (touched || isSourceBefore(upper)) {
        mergeLeaf(cursor, leaf, upper, out);
      } else if (out.leafBytes() > 0 && out.leafBytes() < LEAF_BYTES_MIN) {
        mergeLeaf(cursor, leaf, upper, out);
      } else {
        out.keepLeaf(index, leaf);
      }
    }
    appendSource(null, out);
  }

  /// Writes the live entries of the table, if there is one, and the newer ones to new tables.
  public void rewrite(@Nullable Table old, Output outputs) {
    if (old == null) {
      writeSource(outputs);
      return;
    }
    TableCursor cursor = new TableCursor(new OneTable(old));
    cursor.first();
    while (true) {
      boolean newer = isSourceBefore(null);
      boolean older = cursor.isValid();
      if (!newer && !older) {
        return;
      }
      int order = !older ? 1 : !newer ? -1 : compare(cursor, source);
      if (order < 0) {
        copy(cursor, outputs);
      } else {
        writeEntry(outputs);
      }
      if (order <= 0) {
        cursor.next();
      }
    }
  }

  private void writeSource(Output outputs) {
    while (isSourceBefore(null)) {
      writeEntry(outputs);
    }
  }

  private void writeEntry(Output outputs) {
    if (!isDropped(source)) {
      put(
          source,
          outputs.writer(source.keySegment(), source.keyOffset(), source.keyLength()),
          true);
    }
    advance();
  }

  private void copy(TableCursor entry, Output outputs) {
    if (!isHidden(entry) && !isDropped(entry)) {
      put(entry, outputs.writer(entry.keySegment(), entry.keyOffset(), entry.keyLength()), true);
    }
    check();
  }

  private void mergeLeaf(TableCursor cursor, int leaf, byte @Nullable [] upper, BatchWriter out) {
    boolean older = cursor.startLeaf(leaf);
    while (true) {
      boolean newer = isSourceBefore(upper);
      if (!newer && !older) {
        return;
      }
      int order = !older ? 1 : !newer ? -1 : compare(cursor, source);
      if (order < 0) {
        if (!isHidden(cursor) && !isDropped(cursor)) {
          keep(cursor, out);
        }
      } else {
        if (!isDropped(source)) {
          put(source, out, order > 0);
        }
        advance();
      }
      if (order <= 0) {
        older = cursor.nextInLeaf();
      }
    }
  }

  private void appendSource(byte @Nullable [] upper, BatchWriter out) {
    while (isSourceBefore(upper)) {
      if (!isDropped(source)) {
        put(source, out, true);
      }
      advance();
    }
  }

  private void advance() {
    source.next();
    check();
  }

  private void check() {
    if (++count % ENTRIES_PER_CHECK == 0 && cancelled.getAsBoolean()) {
      throw new Cancelled();
    }
  }

  private static void put(EntryCursor entry, BatchWriter out, boolean fresh) {
    if (Tag.kind(entry.tag()) == Tag.DELETE) {
      out.delete(entry.keySegment(), entry.keyOffset(), entry.keyLength(), fresh);
      return;
    }
    entry.checkValue();
    if (entry.valueElsewhere()) {
      entry.fetchValue();
    }
    out.put(
        entry.keySegment(),
        entry.keyOffset(),
        entry.keyLength(),
        entry.valueSegment(),
        entry.valueOffset(),
        entry.valueLength(),
        fresh);
  }

  private static void keep(TableCursor entry, BatchWriter out) {
    if (Tag.kind(entry.tag()) == Tag.DELETE) {
      out.delete(entry.keySegment(), entry.keyOffset(), entry.keyLength(), false);
    } else if (entry.extent() >= 0) {
      out.keep(
          entry.keySegment(),
          entry.keyOffset(),
          entry.keyLength(),
          entry.extent(),
          entry.valueLength());
    } else {
      out.keepInline(
          entry.keySegment(),
          entry.keyOffset(),
          entry.keyLength(),
          entry.valueSegment(),
          entry.valueOffset(),
          entry.valueLength());
    }
  }

  private boolean isDropped(EntryCursor entry) {
    return bottom && Tag.kind(entry.tag()) == Tag.DELETE;
  }

  private boolean isHidden(EntryCursor entry) {
    return !hidden.isEmpty()
        && hidden.covering(
                entry.keySegment(), entry.keyOffset(), entry.keyLength(), Tag.SEQUENCE_MAX)
            != RangeTombstones.NONE;
  }

  private boolean isSourceBefore(byte @Nullable [] upper) {
    return source.isValid() && isBefore(upper) && isBefore(limit);
  }

  private boolean isBefore(byte @Nullable [] bound) {
    return bound == null
        || Keys.compare(
                source.keySegment(),
                source.keyOffset(),
                source.keyLength(),
                MemorySegment.ofArray(bound),
                0,
                bound.length)
            < 0;
  }

  private static int compare(EntryCursor a, EntryCursor b) {
    if (a.keyWord() != b.keyWord()) {
      return Long.compareUnsigned(a.keyWord(), b.keyWord());
    }
    return Keys.compare(
        a.keySegment(), a.keyOffset(), a.keyLength(), b.keySegment(), b.keyOffset(), b.keyLength());
  }

  /// A run of one table.
  public record OneTable(Table only) implements TableCursor.Run {
    @Override
    public int size() {
      return 1;
    }

    @Override
    public Table table(int ordinal) {
      return only;
    }

    @Override
    public int tableOf(MemorySegment key, long offset, int length) {
      return 0;
    }

    @Override
    public long rank() {
      return -1;
    }
  }
}
