package dev.plinth.lsm;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.merge.KeyBounds;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A change of the tree, as the manifest holds it: all of it takes effect or nothing.
///
/// ```
/// edit, version 1: numbers are little-endian, 8 bytes each unless said otherwise
/// +---------+-------------+------------------+--------------+--------+-------+---------+--------+
/// | version | next number | flushed sequence | log position | groups | added | removed | number |...
/// +---------+-------------+------------------+--------------+--------+-------+---------+--------+
///      1
/// groups: how many, then for each its group and its applied index
/// added:  how many, then for each level, run, number, identity, bytes, entries, deletes, range deletes,
///         user bytes, lowest sequence, highest sequence, sequence base, bytes of from, from,
///         bytes of limit or -1 for none, limit
/// ```
///
/// @param nextNumber no file has this number or a higher one
/// @param flushedSequence every batch up to this sequence number is in tables
/// @param logPosition records of the log below this position are in tables
/// @param applied the applied index of each Raft group as of `flushedSequence`
/// @param added tables that come
/// @param removed numbers of tables that go; a table that is also added moves
record VersionEdit(
    long nextNumber,
    long flushedSequence,
    long logPosition,
    Map<Long, Long> applied,
    List<Placed> added,
    List<Long> removed) {
  private static final byte FORMAT = 1;

  VersionEdit {
    applied = Map.copyOf(applied);
    added = List.copyOf(added);
    removed = List.copyOf(removed);
  }

  /// A table and its place.
  record Placed(int level, long run, TableMeta table) {}

  byte[] encode() {
    Writer out = new Writer();
    out.bytes.write(FORMAT);
    out.put(nextNumber).put(flushedSequence).put(logPosition).put(applied.size());
    new TreeMap<>(applied).forEach((group, index) -> out.put(group).put(index));
    out.put(added.size());
    for (Placed placed : added) {
      TableMeta table = placed.table();
      out.put(placed.level()).put(placed.run()).put(table.number()).put(table.identity());
      out.put(table.bytes()).put(table.entries()).put(table.deletes()).put(table.rangeDeletes());
      out.put(table.userBytes()).put(table.sequenceMin()).put(table.sequenceMax());
      out.put(table.sequenceBase()).put(table.bounds().from()).put(table.bounds().limit());
    }
    out.put(removed.size());
    removed.forEach(out::put);
    return out.bytes.toByteArray();
  }

  /// Reads an edit; null when the bytes have not its form.
  static @Nullable VersionEdit decode(MemorySegment segment, long offset, int length) {
    Source in = new Source(segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
    if (length < 1 || in.bytes[0] != FORMAT) {
      return null;
    }
    in.at = 1;
    long nextNumber = in.number();
    long flushedSequence = in.number();
    long logPosition = in.number();
    Map<Long, Long> applied = new TreeMap<>();
    for (long i = in.count(); i > 0; i--) {
      long group = in.number();
      applied.put(group, in.number());
    }
    List<Placed> added = new ArrayList<>();
    for (long i = in.count(); i > 0; i--) {
      added.add(placed(in));
    }
    List<Long> removed = new ArrayList<>();
    for (long i = in.count(); i > 0; i--) {
      removed.add(in.number());
    }
    return in.bad || in.at != length
        ? null
        : new VersionEdit(nextNumber, flushedSequence, logPosition, applied, added, removed);
  }

  private static Placed placed(Source in) {
    int level = (int) in.number();
    long run = in.number();
    long number = in.number();
    long identity = in.number();
    long bytes = in.number();
    long entries = in.number();
    long deletes = in.number();
    long rangeDeletes = in.number();
    long userBytes = in.number();
    long sequenceMin = in.number();
    long sequenceMax = in.number();
    long sequenceBase = in.number();
    byte[] from = in.key();
    byte[] limit = in.key();
    KeyBounds bounds = new KeyBounds(from == null ? new byte[0] : from, limit);
    return new Placed(
        level,
        run,
        new TableMeta(
            number,
            identity,
            bytes,
            bounds,
            entries,
            deletes,
            rangeDeletes,
            userBytes,
            sequenceMin,
            sequenceMax,
            sequenceBase));
  }

  private static final class Writer {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Writer put(long value) {
      for (int i = 0; i < 8; i++) {
        bytes.write((int) (value >>> (8 * i)));
      }
      return this;
    }

    Writer put(byte @Nullable [] key) {
      put(key == null ? -1L : key.length);
      if (key != null) {
        bytes.writeBytes(key);
      }
      return this;
    }
  }

  /// Reads from a piece of memory; what goes over its end is 0 and makes it bad.
  private static final class Source {
    private final byte[] bytes;
    private int at;
    private boolean bad;

    Source(byte[] bytes) {
      this.bytes = bytes;
    }

    long number() {
      if (at + 8 > bytes.length) {
        bad = true;
        return 0;
      }
      long value = MemorySegment.ofArray(bytes).get(Layouts.LONG, at);
      at += 8;
      return value;
    }

    long count() {
      long count = number();
      if (count < 0 || count > bytes.length) {
        bad = true;
        return 0;
      }
      return count;
    }

    byte @Nullable [] key() {
      long length = number();
      if (length < 0 || length > bytes.length - at) {
        bad |= length != -1;
        return null;
      }
      byte[] key = Arrays.copyOfRange(bytes, at, at + (int) length);
      at += (int) length;
      return key;
    }
  }
}
