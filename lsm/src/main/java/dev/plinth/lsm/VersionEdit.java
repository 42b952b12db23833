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
/// edit, versions 1 and 2: numbers are little-endian, 8 bytes each unless said otherwise
/// +---------+-------------+------------------+--------------+--------+-------+---------+-------+
/// | version | next number | flushed sequence | log position | groups | added | removed | blobs |
/// +---------+-------------+------------------+--------------+--------+-------+---------+-------+
///      1                                                                              version 2
/// groups: how many, then for each its group and its applied index
/// added:  how many, then for each level, run, number, identity, bytes, entries, deletes, range deletes,
///         user bytes, lowest sequence, highest sequence, sequence base, bytes of from, from,
///         bytes of limit or -1 for none, limit; in version 2 then how many blob files it refers to, and
///         for each its number and the bytes of its records that it refers to
/// removed: how many, then the number of each
/// blobs:  how many, then for each number, identity, bytes, bytes of records
/// ```
///
/// An edit is written in version 1 when neither it nor its tables have to do with blob files.
///
/// @param nextNumber no file has this number or a higher one
/// @param flushedSequence every batch up to this sequence number is in tables
/// @param logPosition records of the log below this position are in tables
/// @param applied the applied index of each Raft group as of `flushedSequence`
/// @param added tables that come
/// @param removed numbers of tables that go; a table that is also added moves
/// @param blobs blob files that come; they go with the last table that refers to them
record VersionEdit(
    long nextNumber,
    long flushedSequence,
    long logPosition,
    Map<Long, Long> applied,
    List<Placed> added,
    List<Long> removed,
    List<BlobMeta> blobs) {
  private static final byte FORMAT = 1;
  private static final byte FORMAT_BLOBS = 2;

  VersionEdit {
    applied = Map.copyOf(applied);
    added = List.copyOf(added);
    removed = List.copyOf(removed);
    blobs = List.copyOf(blobs);
  }

  /// A table and its place.
  record Placed(int level, long run, TableMeta table) {}

  byte[] encode() {
    Writer out = new Writer();
    boolean hasBlobs =
        !blobs.isEmpty() || added.stream().anyMatch(placed -> !placed.table().blobs().isEmpty());
    out.bytes.write(hasBlobs ? FORMAT_BLOBS : FORMAT);
    out.put(nextNumber).put(flushedSequence).put(logPosition).put(applied.size());
    new TreeMap<>(applied).forEach((group, index) -> out.put(group).put(index));
    out.put(added.size());
    for (Placed placed : added) {
      TableMeta table = placed.table();
      out.put(placed.level()).put(placed.run()).put(table.number()).put(table.identity());
      out.put(table.bytes()).put(table.entries()).put(table.deletes()).put(table.rangeDeletes());
      out.put(table.userBytes()).put(table.sequenceMin()).put(table.sequenceMax());
      out.put(table.sequenceBase()).put(table.bounds().from()).put(table.bounds().limit());
      if (hasBlobs) {
        out.put(table.blobs().size());
        table.blobs().forEach(share -> out.put(share.blob()).put(share.bytes()));
      }
    }
    out.put(removed.size());
    removed.forEach(out::put);
    if (hasBlobs) {
      out.put(blobs.size());
      for (BlobMeta blob : blobs) {
        out.put(blob.number()).put(blob.identity()).put(blob.bytes()).put(blob.recordBytes());
      }
    }
    return out.bytes.toByteArray();
  }

  /// Whether it has a version that this program does not know.
  static boolean isUnknown(MemorySegment segment, long offset, int length) {
    return length > 0 && segment.get(Layouts.BYTE, offset) > FORMAT_BLOBS;
  }

  /// Reads an edit; null when the bytes have not its form.
  static @Nullable VersionEdit decode(MemorySegment segment, long offset, int length) {
    Source in = new Source(segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
    if (length < 1 || in.bytes[0] < FORMAT || in.bytes[0] > FORMAT_BLOBS) {
      return null;
    }
    boolean hasBlobs = in.bytes[0] == FORMAT_BLOBS;
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
      added.add(placed(in, hasBlobs));
    }
    List<Long> removed = new ArrayList<>();
    for (long i = in.count(); i > 0; i--) {
      removed.add(in.number());
    }
    List<BlobMeta> blobs = new ArrayList<>();
    for (long i = hasBlobs ? in.count() : 0; i > 0; i--) {
      blobs.add(new BlobMeta(in.number(), in.number(), in.number(), in.number()));
    }
    return in.bad || in.at != length
        ? null
        : new VersionEdit(nextNumber, flushedSequence, logPosition, applied, added, removed, blobs);
  }

  private static Placed placed(Source in, boolean hasBlobs) {
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
    List<BlobShare> blobs = new ArrayList<>();
    for (long i = hasBlobs ? in.count() : 0; i > 0; i--) {
      blobs.add(new BlobShare(in.number(), in.number()));
    }
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
            sequenceBase,
            blobs));
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
