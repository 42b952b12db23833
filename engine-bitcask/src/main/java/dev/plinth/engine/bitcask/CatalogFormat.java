package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.Varint;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Catalog edits as bytes of a manifest record: one after the other, all of them or none take
/// effect.
///
/// ```
/// file:    1 | number | kind | sealed | identity (8 bytes) | base sequence | bytes
///            | min sequence | max sequence | puts | tombstones | ranges
/// drop:    2 | number
/// applied: 3 | group | index
/// taken:   4 | number | sequence
/// synced:  5 | number | offset
/// ```
///
/// All numbers but the identity are varints; kinds: 0 append, 1 merged, 2 ingested; sealed is 0 or
/// 1. The checksum is the manifest's. These bytes are on disks: version 1.
final class CatalogFormat {
  private static final int FILE = 1;
  private static final int DROP = 2;
  private static final int APPLIED = 3;
  private static final int TAKEN = 4;
  private static final int SYNCED = 5;
  private static final int EDIT_BYTES_MAX = 112;

  private CatalogFormat() {}

  static byte[] encode(List<CatalogEdit> edits) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(Math.max(1L, (long) edits.size() * EDIT_BYTES_MAX));
      long at = 0;
      for (CatalogEdit edit : edits) {
        at = write(target, at, edit);
      }
      return target.asSlice(0, at).toArray(Layouts.BYTE);
    }
  }

  /// Reads edits; null when the bytes are not well formed.
  static @Nullable List<CatalogEdit> decode(MemorySegment source, long offset, long length) {
    List<CatalogEdit> edits = new ArrayList<>();
    Cursor cursor = new Cursor(source, offset, offset + length);
    while (cursor.at < cursor.end && cursor.good) {
      CatalogEdit edit = read(cursor);
      if (edit == null) {
        return null;
      }
      edits.add(edit);
    }
    return cursor.good ? edits : null;
  }

  private static long write(MemorySegment target, long at, CatalogEdit edit) {
    return switch (edit) {
      case CatalogEdit.File(FileEntry entry) -> writeFile(target, at, entry);
      case CatalogEdit.Drop(int number) -> Varint.put(target, Varint.put(target, at, DROP), number);
      case CatalogEdit.Applied(long group, long index) ->
          Varint.put(target, Varint.put(target, Varint.put(target, at, APPLIED), group), index);
      case CatalogEdit.Taken(int number, long sequence) ->
          Varint.put(target, Varint.put(target, Varint.put(target, at, TAKEN), number), sequence);
      case CatalogEdit.Synced(Watermark mark) ->
          Varint.put(
              target,
              Varint.put(target, Varint.put(target, at, SYNCED), mark.file()),
              mark.offset());
    };
  }

  private static long writeFile(MemorySegment target, long at, FileEntry entry) {
    long next = Varint.put(target, at, FILE);
    next = Varint.put(target, next, entry.number());
    next = Varint.put(target, next, entry.kind().ordinal());
    next = Varint.put(target, next, entry.sealed() ? 1 : 0);
    target.set(Layouts.LONG, next, entry.identity());
    next = Varint.put(target, next + 8, entry.baseSequence());
    next = Varint.put(target, next, entry.bytes());
    next = Varint.put(target, next, entry.minSequence());
    next = Varint.put(target, next, entry.maxSequence());
    next = Varint.put(target, next, entry.puts());
    next = Varint.put(target, next, entry.tombstones());
    return Varint.put(target, next, entry.ranges());
  }

  private static @Nullable CatalogEdit read(Cursor cursor) {
    return switch ((int) cursor.number()) {
      case FILE -> readFile(cursor);
      case DROP -> new CatalogEdit.Drop((int) cursor.number());
      case APPLIED -> new CatalogEdit.Applied(cursor.number(), cursor.number());
      case TAKEN -> new CatalogEdit.Taken((int) cursor.number(), cursor.number());
      case SYNCED -> new CatalogEdit.Synced(new Watermark((int) cursor.number(), cursor.number()));
      default -> null;
    };
  }

  private static @Nullable CatalogEdit readFile(Cursor cursor) {
    int number = (int) cursor.number();
    int kind = (int) cursor.number();
    boolean sealed = cursor.number() == 1;
    long identity = cursor.word();
    if (kind < 0 || kind >= FileEntry.Kind.values().length) {
      return null;
    }
    return new CatalogEdit.File(
        new FileEntry(
            number,
            FileEntry.Kind.values()[kind],
            identity,
            cursor.number(),
            sealed,
            cursor.number(),
            cursor.number(),
            cursor.number(),
            cursor.number(),
            cursor.number(),
            cursor.number()));
  }

  /// Reads numbers one after the other; not good any more once one was cut off.
  private static final class Cursor {
    private final MemorySegment source;
    private final long end;
    private long at;
    private boolean good = true;

    Cursor(MemorySegment source, long at, long end) {
      this.source = source;
      this.at = at;
      this.end = end;
    }

    long number() {
      long value = good ? Varint.get(source, at, end) : -1;
      if (value < 0) {
        good = false;
        return 0;
      }
      at += Varint.size(value);
      return value;
    }

    long word() {
      if (!good || end - at < 8) {
        good = false;
        return 0;
      }
      at += 8;
      return source.get(Layouts.LONG, at - 8);
    }
  }
}
