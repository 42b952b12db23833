package dev.plinth.kit.disk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// Native memory for one system call: where its error number goes, and a buffer through which heap
/// memory passes. Borrowed for the call and given back, so that no thread owns one and calls
/// allocate nothing as long as the pool has one; at most [#SLOTS] are kept.
final class Scratch {
  /// The bytes of the buffer.
  static final int BUFFER_BYTES = 64 << 10;

  private static final int SLOTS = 32;
  private static final int SLOT_STRIDE = 16;
  private static final int PROBES = 4;
  private static final AtomicReferenceArray<@Nullable Scratch> IDLE =
      new AtomicReferenceArray<>(SLOTS * SLOT_STRIDE);

  private final MemorySegment callState = Arena.ofAuto().allocate(64, 64);
  private @Nullable MemorySegment buffer;

  private Scratch() {}

  /// Takes one; give it back with [#giveBack()].
  static Scratch borrow() {
    int home = home();
    for (int i = 0; i < PROBES; i++) {
      Scratch idle = IDLE.getAndSet((home + i) % SLOTS * SLOT_STRIDE, null);
      if (idle != null) {
        return idle;
      }
    }
    return new Scratch();
  }

  /// Ends the use; what finds no place is left to the garbage collector.
  void giveBack() {
    int home = home();
    for (int i = 0; i < PROBES; i++) {
      if (IDLE.compareAndSet((home + i) % SLOTS * SLOT_STRIDE, null, this)) {
        return;
      }
    }
  }

  /// Where a system call leaves its error number.
  MemorySegment callState() {
    return callState;
  }

  /// The error number of the last call that failed.
  int errno(long offset) {
    return callState.get(ValueLayout.JAVA_INT, offset);
  }

  /// A buffer of [#BUFFER_BYTES].
  MemorySegment buffer() {
    MemorySegment present = buffer;
    if (present == null) {
      present = Arena.ofAuto().allocate(BUFFER_BYTES, 4096);
      buffer = present;
    }
    return present;
  }

  private static int home() {
    return (int) ((Thread.currentThread().threadId() * 0x9e3779b97f4a7c15L) >>> 59);
  }
}
