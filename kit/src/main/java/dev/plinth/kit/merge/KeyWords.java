package dev.plinth.kit.merge;

import dev.plinth.kit.memory.Keys;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Eight bytes of a key that decide most comparisons: those behind what most keys have in common,
/// so that keys with a long common start, such as numbers with leading zeros, are told apart as
/// fast as others.
///
/// When the words of two keys differ, their unsigned order is the order of the keys; when they are
/// equal it takes [Keys#compare] to tell. That holds for every key: one that has not the common
/// start gets the lowest or the highest word. Immutable; any thread may use it, nothing is
/// allocated.
public final class KeyWords {
  /// The first eight bytes.
  public static final KeyWords FIRST = new KeyWords(new byte[0]);

  private final MemorySegment common;
  private final int skip;

  private KeyWords(byte[] common) {
    this.skip = common.length;
    this.common = Arena.ofAuto().allocate(Math.max(8, skip), 8);
    MemorySegment.copy(common, 0, this.common, ValueLayout.JAVA_BYTE, 0, skip);
  }

  /// Words for keys that mostly lie between two others.
  ///
  /// @param to null for no end
  public static KeyWords between(byte[] from, byte @Nullable [] to) {
    int shared = 0;
    if (to != null) {
      int most = Math.min(from.length, to.length);
      while (shared < most && from[shared] == to[shared]) {
        shared++;
      }
    }
    return shared == 0 ? FIRST : new KeyWords(Arrays.copyOf(from, shared));
  }

  /// Whether the words of two makers are the same for every key.
  public boolean isSame(KeyWords other) {
    return this == other
        || (skip == other.skip
            && MemorySegment.mismatch(common, 0, skip, other.common, 0, skip) < 0);
  }

  /// The word of a key.
  public long of(MemorySegment key, long offset, int length) {
    if (skip == 0) {
      return Keys.prefix(key, offset, length);
    }
    int order = Keys.compare(key, offset, Math.min(length, skip), common, 0, skip);
    if (order != 0) {
      return order < 0 ? 0 : -1;
    }
    return Keys.prefix(key, offset + skip, length - skip);
  }

  /// The word of a key that lies between the two that these words were made for.
  public long ofInner(MemorySegment key, long offset, int length) {
    assert length >= skip
        && of(key, offset, length) == Keys.prefix(key, offset + skip, length - skip);
    return Keys.prefix(key, offset + skip, length - skip);
  }
}
