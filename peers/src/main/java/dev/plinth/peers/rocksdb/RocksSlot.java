package dev.plinth.peers.rocksdb;

import dev.plinth.peers.PeerSlot;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.rocksdb.WriteBatch;

/// The buffers of one running operation: keys and values cross to native code in direct buffers
/// that are used again, so that a call allocates nothing and JNI copies no array.
final class RocksSlot extends PeerSlot {
  private static final int KEY_BYTES = 64 << 10;
  private static final int VALUE_BYTES = 16 << 10;
  private static final int KEPT_BYTES_MAX = 1 << 20;

  private final MemorySegment keySegment = Arena.ofAuto().allocate(KEY_BYTES, 8);
  private final ByteBuffer key = keySegment.asByteBuffer();
  private MemorySegment valueSegment = MemorySegment.NULL;
  private MemorySegment valueShown = MemorySegment.NULL;
  private ByteBuffer value = ByteBuffer.allocate(0);
  private final WriteBatch batch = new WriteBatch();

  RocksSlot() {
    makeRoom(VALUE_BYTES);
  }

  /// A key in a direct buffer.
  ByteBuffer key(MemorySegment segment, long offset, int length) {
    MemorySegment.copy(segment, offset, keySegment, 0, length);
    return key.limit(length).position(0);
  }

  /// A value in a direct buffer: a small one is copied, a large native one is only wrapped.
  ByteBuffer value(MemorySegment segment, long offset, int length) {
    if (length > VALUE_BYTES && segment.isNative()) {
      return segment.asSlice(offset, length).asByteBuffer();
    }
    makeRoom(length);
    MemorySegment.copy(segment, offset, valueSegment, 0, length);
    return value.limit(length).position(0);
  }

  /// A direct buffer to read a value into, with at least as much room as asked for.
  ByteBuffer room(int bytes) {
    makeRoom(bytes);
    return value.clear();
  }

  /// What was read into [#room].
  MemorySegment shown() {
    return valueShown;
  }

  /// The memory of [#room] to be filled.
  MemorySegment writable() {
    return valueSegment;
  }

  /// An empty native batch.
  WriteBatch batch() {
    batch.clear();
    return batch;
  }

  void read() {
    countRead();
  }

  void written(long bytes) {
    countWritten(bytes);
  }

  /// Lets go of a buffer too large to keep.
  void trim() {
    if (value.capacity() > KEPT_BYTES_MAX) {
      valueSegment = MemorySegment.NULL;
      makeRoom(VALUE_BYTES);
    }
  }

  @Override
  protected void free() {
    batch.close();
  }

  private void makeRoom(int bytes) {
    if (valueSegment.byteSize() < bytes) {
      valueSegment = Arena.ofAuto().allocate(Math.max(bytes, VALUE_BYTES), 8);
      valueShown = valueSegment.asReadOnly();
      value = valueSegment.asByteBuffer();
    }
  }
}
