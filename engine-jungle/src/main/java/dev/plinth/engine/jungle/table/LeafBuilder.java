package dev.plinth.engine.jungle.table;

import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.Varint;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Collects the entries of one leaf in the order of their keys and writes them without what their
/// keys have in common at the front. Not thread-safe.
final class LeafBuilder {
  private static final int HEAD = 20;
  private static final int KEY_LENGTH = 0;
  private static final int VALUE_FIELD = 4;
  private static final int POINTER = 8;
  private static final int INLINE_LENGTH = 16;

  private MemorySegment scratch = Arena.ofAuto().allocate(32 << 10, 8);
  private long used;
  private int count;
  private int shared;
  private int keyLengthMax;
  private long keyBytes;
  private long restBytes;
  private long lastKey;
  private int lastKeyLength;

  void clear() {
    used = 0;
    count = 0;
    shared = 0;
    keyLengthMax = 0;
    keyBytes = 0;
    restBytes = 0;
  }

  int count() {
    return count;
  }

  /// How many bytes the leaf takes as it is.
  long bytes() {
    return bytes(count, shared, keyLengthMax, keyBytes, restBytes);
  }

  /// How many bytes the leaf would take with another entry.
  long bytesWith(MemorySegment key, long offset, int length, int valueField, int inlineLength) {
    int common =
        count == 0
            ? length
            : Math.min(shared, Keys.sharedLength(scratch, HEAD, shared, key, offset, length));
    return bytes(
        count + 1,
        common,
        Math.max(keyLengthMax, length),
        keyBytes + length,
        restBytes + rest(valueField, inlineLength));
  }

  /// Adds an entry behind all others.
  ///
  /// @param valueField value length << 2 | kind
  /// @param pointer the extent's position
  void add(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      int valueField,
      long pointer,
      MemorySegment inline,
      long inlineOffset,
      int inlineLength) {
    long size = (HEAD + (long) keyLength + inlineLength + 7) & ~7L;
    if (used + size > scratch.byteSize()) {
      MemorySegment larger = Arena.ofAuto().allocate(2 * (used + size), 8);
      MemorySegment.copy(scratch, 0, larger, 0, used);
      scratch = larger;
    }
    shared =
        count == 0
            ? keyLength
            : Math.min(shared, Keys.sharedLength(scratch, HEAD, shared, key, keyOffset, keyLength));
    scratch.set(Layouts.INT, used + KEY_LENGTH, keyLength);
    scratch.set(Layouts.INT, used + VALUE_FIELD, valueField);
    scratch.set(Layouts.LONG, used + POINTER, pointer);
    scratch.set(Layouts.INT, used + INLINE_LENGTH, inlineLength);
    MemorySegment.copy(key, keyOffset, scratch, used + HEAD, keyLength);
    MemorySegment.copy(inline, inlineOffset, scratch, used + HEAD + keyLength, inlineLength);
    lastKey = used + HEAD;
    lastKeyLength = keyLength;
    used += size;
    count++;
    keyLengthMax = Math.max(keyLengthMax, keyLength);
    keyBytes += keyLength;
    restBytes += rest(valueField, inlineLength);
  }

  /// The memory that holds [#lastKey].
  MemorySegment keys() {
    return scratch;
  }

  long lastKey() {
    return lastKey;
  }

  int lastKeyLength() {
    return lastKeyLength;
  }

  /// Writes the leaf without its checksum.
  ///
  /// @param size a multiple of a page, at least [#bytes()]
  void encode(MemorySegment target, long start, int size) {
    target.asSlice(start, size).fill((byte) 0);
    target.set(Layouts.INT, start + TableFormat.LEAF_BYTES, size);
    target.set(Layouts.SHORT, start + TableFormat.LEAF_COUNT, (short) count);
    target.set(Layouts.SHORT, start + TableFormat.LEAF_PREFIX, (short) shared);
    long slot = start + TableFormat.LEAF_HEAD_BYTES;
    long at = slot + 2L * count;
    MemorySegment.copy(scratch, HEAD, target, at, shared);
    at += shared;
    long entry = 0;
    for (int i = 0; i < count; i++) {
      target.set(Layouts.SHORT, slot + 2L * i, (short) (at - start));
      int keyLength = scratch.get(Layouts.INT, entry + KEY_LENGTH);
      int field = scratch.get(Layouts.INT, entry + VALUE_FIELD);
      int inlineLength = scratch.get(Layouts.INT, entry + INLINE_LENGTH);
      int suffix = keyLength - shared;
      at = Varint.put(target, at, suffix);
      MemorySegment.copy(scratch, entry + HEAD + shared, target, at, suffix);
      at = Varint.put(target, at + suffix, field);
      if ((field & 3) == TableFormat.EXTENT) {
        long pointer = scratch.get(Layouts.LONG, entry + POINTER);
        target.set(Layouts.INT, at, (int) pointer);
        target.set(Layouts.BYTE, at + 4, (byte) (pointer >>> 32));
        at += TableFormat.EXTENT_POINTER_BYTES;
      } else {
        MemorySegment.copy(scratch, entry + HEAD + keyLength, target, at, inlineLength);
        at += inlineLength;
      }
      entry += (HEAD + (long) keyLength + inlineLength + 7) & ~7L;
    }
    assert at - start <= size : "a leaf of " + (at - start) + " bytes in " + size;
  }

  private static int rest(int valueField, int inlineLength) {
    boolean apart = (valueField & 3) == TableFormat.EXTENT;
    return Varint.size(valueField) + (apart ? TableFormat.EXTENT_POINTER_BYTES : inlineLength);
  }

  private static long bytes(
      int count, int shared, int keyLengthMax, long keyBytes, long restBytes) {
    int lengthBytes = keyLengthMax < 128 ? 1 : keyLengthMax < 16384 ? 2 : 3;
    return TableFormat.LEAF_HEAD_BYTES
        + shared
        + count * (2L + lengthBytes - shared)
        + keyBytes
        + restBytes;
  }
}
