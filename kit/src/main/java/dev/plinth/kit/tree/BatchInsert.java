package dev.plinth.kit.tree;

import dev.plinth.kit.memtable.Memtable;
import dev.plinth.kit.merge.RangeTombstone;
import dev.plinth.kit.merge.Tag;
import dev.plinth.spi.BatchVisitor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Inserts a batch's operations into a memtable. Not thread-safe.
public final class BatchInsert implements BatchVisitor {
  private final LogPlace places = new LogPlace();
  private @Nullable Layer layer;
  private long next;
  private long origin;

  /// Begins a batch.
  ///
  /// @param first the sequence number of its first operation
  /// @param start what the log has for offset 0 of the segment that will be shown, a position;
  ///   anything where there is no log
  public void start(Layer target, long first, long start) {
    layer = target;
    next = first;
    origin = start;
  }

  @Override
  public void put(
      MemorySegment segment, long keyOffset, int keyLength, long valueOffset, int valueLength) {
    Layer target = layer();
    long tag = Tag.of(next++, Tag.PUT);
    if (target.isPointing()) {
      places.add(
          target,
          segment,
          keyOffset,
          keyLength,
          segment,
          valueOffset,
          valueLength,
          tag,
          origin + valueOffset);
      return;
    }
    target
        .memtable()
        .add(
            segment,
            keyOffset,
            keyLength,
            segment,
            valueOffset,
            valueLength,
            tag,
            origin + valueOffset);
  }

  @Override
  public void delete(MemorySegment segment, long keyOffset, int keyLength) {
    memtable().add(segment, keyOffset, keyLength, segment, 0, 0, Tag.of(next++, Tag.DELETE));
  }

  @Override
  public void deleteRange(
      MemorySegment segment, long fromOffset, int fromLength, long toOffset, int toLength) {
    byte[] from = bytes(segment, fromOffset, fromLength);
    byte[] to = toLength == 0 ? null : bytes(segment, toOffset, toLength);
    long sequence = next++;
    if (to == null || Arrays.compareUnsigned(from, to) < 0) {
      memtable().deleteRange(new RangeTombstone(from, to, sequence));
    }
  }

  private static byte[] bytes(MemorySegment segment, long offset, int length) {
    return segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }

  private Memtable memtable() {
    return layer().memtable();
  }

  private Layer layer() {
    return Objects.requireNonNull(layer, "started");
  }
}
