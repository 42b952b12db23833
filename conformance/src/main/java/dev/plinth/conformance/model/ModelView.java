package dev.plinth.conformance.model;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.ValueVisitor;
import java.lang.foreign.MemorySegment;
import java.util.NavigableMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// A frozen state of a [ModelEngine].
final class ModelView implements Snapshot {
  private final NavigableMap<byte[], byte[]> entries;
  private final long sequence;
  private final EngineTraits traits;
  private final Runnable release;
  private final AtomicBoolean closed = new AtomicBoolean();

  ModelView(
      NavigableMap<byte[], byte[]> entries, long sequence, EngineTraits traits, Runnable release) {
    this.entries = entries;
    this.sequence = sequence;
    this.traits = traits;
    this.release = release;
  }

  static boolean show(byte @Nullable [] value, ValueVisitor visitor) {
    if (value == null) {
      return false;
    }
    visitor.value(MemorySegment.ofArray(value).asReadOnly(), 0, value.length);
    return true;
  }

  static long copy(
      byte @Nullable [] value, MemorySegment target, long targetOffset, long targetLength) {
    if (value == null) {
      return -1;
    }
    if (value.length > targetLength) {
      return -2L - value.length;
    }
    MemorySegment.copy(MemorySegment.ofArray(value), 0, target, targetOffset, value.length);
    return value.length;
  }

  @Override
  public long sequence() {
    return sequence;
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    requireOpen();
    traits.requireKey(length);
    return show(entries.get(ModelEngine.bytes(key, offset, length)), visitor);
  }

  @Override
  public long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    requireOpen();
    traits.requireKey(length);
    byte[] value = entries.get(ModelEngine.bytes(key, offset, length));
    return copy(value, target, targetOffset, targetLength);
  }

  @Override
  public Cursor cursor(KeyRange range) {
    requireOpen();
    return new ModelCursor(entries, range, () -> {});
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      release.run();
    }
  }

  private void requireOpen() {
    if (closed.get()) {
      throw new StorageException.Closed("the snapshot was closed");
    }
  }
}
