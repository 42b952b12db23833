package dev.plinth.engine.btree;

import dev.plinth.kit.memory.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// Buffers for values that cannot be shown in place: those of pages that are being changed, and
/// those in extents. Any thread, virtual ones too; an idle buffer of the thread's slot is taken, so
/// that nothing is allocated once warm.
final class ValueBuffers {
  private static final int SLOTS = 16;
  private static final int SLOT_STRIDE = 16;

  /// A longer buffer is not kept.
  private static final long KEPT_BYTES_MAX = 256 << 10;

  private final AtomicReferenceArray<@Nullable MemorySegment> idle =
      new AtomicReferenceArray<>(SLOTS * SLOT_STRIDE);
  private final int bytesMin;

  /// @param bytesMin the least bytes of a buffer
  ValueBuffers(int bytesMin) {
    this.bytesMin = bytesMin;
  }

  /// A buffer of at least this many bytes; its content is whatever was in it.
  MemorySegment borrow(long bytes) {
    MemorySegment kept = idle.getAndSet(slot(), null);
    if (kept != null && kept.byteSize() >= bytes) {
      return kept;
    }
    return Arena.ofAuto().allocate(Math.max(bytes, bytesMin), 64);
  }

  /// Gives a buffer back.
  void giveBack(MemorySegment buffer) {
    if (buffer.byteSize() > KEPT_BYTES_MAX) {
      return;
    }
    if (RawMemory.CHECKED) {
      buffer.fill((byte) 0xdd);
    }
    idle.setRelease(slot(), buffer);
  }

  private static int slot() {
    return (int) ((Thread.currentThread().threadId() * 0x9e3779b97f4a7c15L) >>> 60) * SLOT_STRIDE;
  }
}
