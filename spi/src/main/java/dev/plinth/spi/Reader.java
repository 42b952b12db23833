package dev.plinth.spi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/// The ways to read, shared by an [Engine] (its newest state) and a [Snapshot] (a frozen one).
///
/// All methods may be called by any thread, platform or virtual. A key is `length` bytes at
/// `offset` of a segment, native or on the heap, used during the call only. Damaged data is
/// [StorageException.Corrupt] with file and offset, never "absent".
public interface Reader {
  /// Reads a value in place. The hot path: nothing is allocated or copied.
  ///
  /// @return whether the key is present; the visitor was called if so
  boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor);

  /// Copies a value into the caller's memory.
  ///
  /// @param target where to, at most `targetLength` bytes from `targetOffset` on
  /// @return the value's length; -1 when the key is absent; `-2 - needed` when the target is too
  ///   small, and then nothing was copied
  long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength);

  /// Opens a cursor over a range. Close it soon: it pins what it reads.
  Cursor cursor(KeyRange range);

  /// A copy of the value on the heap, or null when the key is absent.
  default byte @Nullable [] get(byte[] key) {
    CopyingVisitor copy = new CopyingVisitor();
    read(MemorySegment.ofArray(key), 0, key.length, copy);
    return copy.bytes;
  }

  /// Reads many keys, each as by [#read]; an engine may serve them together.
  ///
  /// @param keys the memory that holds every key; key `i` is `lengths[i]` bytes at `offsets[i]`
  /// @param count how many keys
  /// @return how many are present
  default int readMany(
      MemorySegment keys, long[] offsets, int[] lengths, int count, IndexedValueVisitor visitor) {
    int[] index = new int[1];
    ValueVisitor one =
        (segment, offset, length) -> visitor.value(index[0], segment, offset, length);
    int present = 0;
    for (int i = 0; i < count; i++) {
      index[0] = i;
      if (read(keys, offsets[i], lengths[i], one)) {
        present++;
      }
    }
    return present;
  }

  /// Copies what it visits to the heap.
  final class CopyingVisitor implements ValueVisitor {
    private byte @Nullable [] bytes;

    private CopyingVisitor() {}

    @Override
    public void value(MemorySegment segment, long offset, int length) {
      byte[] copy = new byte[length];
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, copy, 0, length);
      bytes = copy;
    }
  }
}
