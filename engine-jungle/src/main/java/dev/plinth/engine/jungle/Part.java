package dev.plinth.engine.jungle;

import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.kit.merge.Tag;
import dev.plinth.kit.tree.LogPlace;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A part of a batch and the table that takes it.
///
/// @param target null when it becomes tables of its own
/// @param from its first key, empty for the first of all
/// @param to the first key behind it, null for none
@SuppressWarnings("ArrayRecordComponent") // Never changed nor compared.
record Part(@Nullable TableHandle target, byte[] from, byte @Nullable [] to) {

  /// Divides a batch among the tables it meets: a table takes the keys within its bounds, what lies
  /// in a gap becomes a table of its own when it is long enough, or when the table beside is full,
  /// and else goes to the table beside.
  ///
  /// @param targets sorted, apart from one another
  /// @param gapBytesMin a gap with fewer bytes of entries goes to a table beside it
  /// @param fullBytes so many live bytes make a table full for keys in front of or behind its own
  static List<Part> plan(
      BatchSource source, List<TableHandle> targets, long gapBytesMin, long fullBytes) {
    List<Part> parts = new ArrayList<>();
    byte[] from = source.bounds().from();
    byte @Nullable [] end = source.bounds().limit();
    if (targets.isEmpty()) {
      parts.add(new Part(null, from, end));
      return parts;
    }
    for (TableHandle target : targets) {
      KeyBounds own = target.meta().bounds();
      byte[] start = own.from();
      boolean gap = compare(from, start) < 0;
      TableHandle beside = parts.isEmpty() ? target : parts.getLast().target;
      if (gap && (isFull(beside, fullBytes) || isLong(source, from, start, gapBytesMin))) {
        parts.add(new Part(null, from, start));
        parts.add(new Part(target, start, own.limit()));
      } else if (gap && !parts.isEmpty()) {
        Part before = parts.removeLast();
        parts.add(new Part(before.target, before.from, start));
        parts.add(new Part(target, start, own.limit()));
      } else {
        parts.add(new Part(target, gap ? from : start, own.limit()));
      }
      byte[] limit = own.limit();
      if (limit == null) {
        return parts;
      }
      from = limit;
    }
    if (KeyBounds.compareLimits(from, end) < 0) {
      if (isFull(parts.getLast().target, fullBytes) || isLong(source, from, end, gapBytesMin)) {
        parts.add(new Part(null, from, end));
      } else {
        Part before = parts.removeLast();
        parts.add(new Part(before.target, before.from, end));
      }
    }
    return parts;
  }

  /// Its bounds.
  KeyBounds bounds() {
    return new KeyBounds(from, to);
  }

  private static boolean isFull(@Nullable TableHandle table, long fullBytes) {
    return table != null && table.meta().liveBytes() >= fullBytes;
  }

  /// Whether the batch has at least so many bytes of entries between two keys.
  private static boolean isLong(
      BatchSource source, byte[] from, byte @Nullable [] to, long bytesMin) {
    EntryCursor cursor = source.cursor();
    long bytes = 0;
    cursor.seek(MemorySegment.ofArray(from), 0, from.length, Tag.FIRST);
    MemorySegment limit = to == null ? MemorySegment.NULL : MemorySegment.ofArray(to);
    while (cursor.isValid() && bytes < bytesMin) {
      if (to != null
          && Keys.compare(
                  cursor.keySegment(), cursor.keyOffset(), cursor.keyLength(), limit, 0, to.length)
              >= 0) {
        return false;
      }
      bytes += cursor.keyLength() + (long) valueBytes(cursor);
      cursor.next();
    }
    return bytes >= bytesMin;
  }

  private static int valueBytes(EntryCursor cursor) {
    return cursor.valueElsewhere()
        ? LogPlace.length(cursor.valueSegment(), cursor.valueOffset())
        : cursor.valueLength();
  }

  private static int compare(byte[] a, byte[] b) {
    return java.util.Arrays.compareUnsigned(a, b);
  }
}
