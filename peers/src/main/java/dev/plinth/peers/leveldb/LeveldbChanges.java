package dev.plinth.peers.leveldb;

import dev.plinth.peers.HeapView;
import dev.plinth.peers.HeapWalk;
import dev.plinth.spi.BatchVisitor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.iq80.leveldb.WriteBatch;

/// What a batch comes to, key by key: LevelDB has no range delete, so the keys that one takes away
/// are looked up and deleted one by one in the same native batch.
final class LeveldbChanges implements BatchVisitor {
  private final NavigableMap<byte[], Optional<byte[]>> changes =
      new TreeMap<>(Arrays::compareUnsigned);
  private final Supplier<HeapView> state;

  LeveldbChanges(Supplier<HeapView> state) {
    this.state = state;
  }

  @Override
  public void put(
      MemorySegment segment, long keyOffset, int keyLength, long valueOffset, int valueLength) {
    changes.put(
        bytes(segment, keyOffset, keyLength),
        Optional.of(bytes(segment, valueOffset, valueLength)));
  }

  @Override
  public void delete(MemorySegment segment, long keyOffset, int keyLength) {
    changes.put(bytes(segment, keyOffset, keyLength), Optional.empty());
  }

  @Override
  public void deleteRange(
      MemorySegment segment, long fromOffset, int fromLength, long toOffset, int toLength) {
    byte[] from = bytes(segment, fromOffset, fromLength);
    byte[] to = bytes(segment, toOffset, toLength);
    NavigableMap<byte[], Optional<byte[]>> earlier = changes.tailMap(from, true);
    if (toLength > 0) {
      earlier = earlier.headMap(to, false);
    }
    earlier.replaceAll((key, value) -> Optional.empty());
    try (HeapView view = state.get();
        HeapWalk walk = view.walk()) {
      for (boolean more = walk.seek(from);
          more && (toLength == 0 || Arrays.compareUnsigned(walk.key(), to) < 0);
          more = walk.next()) {
        changes.put(walk.key(), Optional.empty());
      }
    }
  }

  void addTo(WriteBatch batch) {
    changes.forEach(
        (key, value) -> value.ifPresentOrElse(v -> batch.put(key, v), () -> batch.delete(key)));
  }

  private static byte[] bytes(MemorySegment segment, long offset, int length) {
    return segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }
}
