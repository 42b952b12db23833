package dev.plinth.engine.jungle;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.merge.KeyBounds;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
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
/// +---------+-------------+------------------+--------------+--------+-------+---------+------+---------+
/// | version | next number | flushed sequence | log position | groups | added | removed | kept | dropped |
/// +---------+-------------+------------------+--------------+--------+-------+---------+------+---------+
///      1
/// groups:  how many, then for each its group and its applied index
/// added:   how many, then for each level, run, number, identity, header, bytes, entries, deletes,
///          range deletes, live bytes, frozen (0 or 1), bytes of from, from, bytes of limit or -1
///          for none, limit
/// removed: how many, then the number of each
/// kept:    how many snapshots that get a name, then for each bytes of its name, name, sequence,
///          groups and added as above
/// dropped: how many names that go, then for each its bytes and itself
/// ```
///
/// @param nextNumber no file has this number or a higher one
/// @param flushedSequence every batch up to this sequence number is in tables
/// @param logPosition records of the log below this position are in tables
/// @param applied the applied index of each Raft group as of `flushedSequence`
/// @param added tables that come
/// @param removed numbers of tables that go; a table that is also added moves or grew
/// @param kept snapshots that get a name
/// @param dropped names of snapshots that go
record VersionEdit(
    long nextNumber,
    long flushedSequence,
    long logPosition,
    Map<Long, Long> applied,
    List<Placed> added,
    List<Long> removed,
    List<Kept> kept,
    List<String> dropped) {
  private static final byte FORMAT = 1;

  VersionEdit {
    applied = Map.copyOf(applied);
    added = List.copyOf(added);
    removed = List.copyOf(removed);
    kept = List.copyOf(kept);
    dropped = List.copyOf(dropped);
  }

  /// A change of tables only.
  VersionEdit(
      long nextNumber,
      long flushedSequence,
      long logPosition,
      Map<Long, Long> applied,
      List<Placed> added,
      List<Long> removed) {
    this(nextNumber, flushedSequence, logPosition, applied, added, removed, List.of(), List.of());
  }

  /// A snapshot with a name.
  record Kept(String name, long sequence, Map<Long, Long> applied, List<Placed> tables) {
    Kept {
      applied = Map.copyOf(applied);
      tables = List.copyOf(tables);
    }
  }

  /// A table and its place.
  record Placed(int level, long run, TableMeta table) {}

  byte[] encode() {
    Writer out = new Writer();
    out.bytes.write(FORMAT);
    out.put(nextNumber).put(flushedSequence).put(logPosition);
    putGroups(out, applied);
    putTables(out, added);
    out.put(removed.size());
    removed.forEach(out::put);
    out.put(kept.size());
    for (Kept one : kept) {
      out.put(one.name().getBytes(StandardCharsets.UTF_8)).put(one.sequence());
      putGroups(out, one.applied());
      putTables(out, one.tables());
    }
    out.put(dropped.size());
    dropped.forEach(name -> out.put(name.getBytes(StandardCharsets.UTF_8)));
    return out.bytes.toByteArray();
  }

  private static void putGroups(Writer out, Map<Long, Long> groups) {
    out.put(groups.size());
    new TreeMap<>(groups).forEach((group, index) -> out.put(group).put(index));
  }

  private static void putTables(Writer out, List<Placed> tables) {
    out.put(tables.size());
    for (Placed placed : tables) {
      TableMeta table = placed.table();
      out.put(placed.level()).put(placed.run()).put(table.number()).put(table.identity());
      out.put(table.header()).put(table.bytes()).put(table.entries()).put(table.deletes());
      out.put(table.rangeDeletes()).put(table.liveBytes()).put(table.frozen() ? 1 : 0);
      out.put(table.bounds().from()).put(table.bounds().limit());
    }
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
    Map<Long, Long> applied = groups(in);
    List<Placed> added = tables(in);
    List<Long> removed = new ArrayList<>();
    for (long i = in.count(); i > 0; i--) {
      removed.add(in.number());
    }
    List<Kept> kept = new ArrayList<>();
    for (long i = in.count(); i > 0; i--) {
      String name = in.text();
      long sequence = in.number();
      Map<Long, Long> groups = groups(in);
      kept.add(new Kept(name, sequence, groups, tables(in)));
    }
    List<String> dropped = new ArrayList<>();
    for (long i = in.count(); i > 0; i--) {
      dropped.add(in.text());
    }
    return in.bad || in.at != length
        ? null
        : new VersionEdit(
            nextNumber, flushedSequence, logPosition, applied, added, removed, kept, dropped);
  }

  private static Map<Long, Long> groups(Source in) {
    Map<Long, Long> groups = new TreeMap<>();
    for (long i = in.count(); i > 0; i--) {
      long group = in.number();
      groups.put(group, in.number());
    }
    return groups;
  }

  private static List<Placed> tables(Source in) {
    List<Placed> tables = new ArrayList<>();
    for (long i = in.count(); i > 0; i--) {
      tables.add(placed(in));
    }
    return tables;
  }

  private static Placed placed(Source in) {
    int level = (int) in.number();
    long run = in.number();
    long number = in.number();
    long identity = in.number();
    long header = in.number();
    long bytes = in.number();
    long entries = in.number();
    long deletes = in.number();
    long rangeDeletes = in.number();
    long liveBytes = in.number();
    boolean frozen = in.number() != 0;
    byte[] from = in.key();
    byte[] limit = in.key();
    KeyBounds bounds = new KeyBounds(from == null ? new byte[0] : from, limit);
    return new Placed(
        level,
        run,
        new TableMeta(
            number,
            identity,
            header,
            bytes,
            bounds,
            entries,
            deletes,
            rangeDeletes,
            liveBytes,
            frozen));
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

    String text() {
      byte[] bytesOfText = key();
      return bytesOfText == null ? "" : new String(bytesOfText, StandardCharsets.UTF_8);
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
