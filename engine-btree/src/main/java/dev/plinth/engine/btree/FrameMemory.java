package dev.plinth.engine.btree;

import dev.plinth.kit.memory.HugeMemory;
import dev.plinth.kit.memory.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The memory of the page cache's frames: pieces of equal size, in huge pages where they are large
/// enough, taken one by one up to a limit and given back all at once.
///
/// The system takes its time over memory that was never touched, above all where it is itself a
/// guest: so a background task touches a few pieces ahead of need ([#prepareAhead]).
///
/// One thread at a time may call [#grow]; reading is free.
final class FrameMemory implements AutoCloseable {
  private static final int PIECES_AHEAD = 16;
  private static final int TOUCH_BYTES = 4096;
  private static final long PARK_NANOS = 100_000;

  private final Arena arena = Arena.ofShared();
  private final ConcurrentLinkedQueue<MemorySegment> ready = new ConcurrentLinkedQueue<>();
  private final AtomicInteger taken = new AtomicInteger();
  private final AtomicBoolean preparing = new AtomicBoolean();
  private volatile @Nullable Consumer<Runnable> background;
  private final int piecesMax;
  private final long pieceBytes;
  private volatile Pieces pieces = new Pieces(new MemorySegment[0], new long[0]);

  /// Pieces and where they begin; never changed.
  private static final class Pieces {
    final MemorySegment[] segments;
    final long[] addresses;

    Pieces(MemorySegment[] segments, long[] addresses) {
      this.segments = segments;
      this.addresses = addresses;
    }
  }

  /// @param piecesMax how many pieces there may be
  /// @param pieceBytes the bytes of each
  FrameMemory(int piecesMax, long pieceBytes) {
    this.piecesMax = piecesMax;
    this.pieceBytes = pieceBytes;
  }

  /// Takes one more piece. It counts in [#count] from the next [#publish] on.
  ///
  /// @return its memory, or null when the limit is reached
  @Nullable MemorySegment grow() {
    if (pieces.segments.length == piecesMax) {
      return null;
    }
    MemorySegment piece = take();
    while (piece == null) {
      // All that is left is being prepared.
      LockSupport.parkNanos(PARK_NANOS);
      piece = take();
    }
    RawMemory.declare(piece.address(), pieceBytes);
    prepareMore();
    return piece;
  }

  /// Has pieces touched ahead of need from now on, when they are large.
  ///
  /// @param work runs a task in the background
  void prepareAhead(Consumer<Runnable> work) {
    if (pieceBytes >= HugeMemory.PAGE_BYTES) {
      background = work;
    }
  }

  private @Nullable MemorySegment take() {
    MemorySegment piece = ready.poll();
    return piece != null ? piece : claim();
  }

  private @Nullable MemorySegment claim() {
    boolean good = false;
    int number = taken.incrementAndGet();
    try {
      MemorySegment piece = number > piecesMax ? null : HugeMemory.allocate(pieceBytes, arena);
      good = piece != null;
      return piece;
    } finally {
      if (!good) {
        taken.decrementAndGet();
      }
    }
  }

  private void prepareMore() {
    Consumer<Runnable> work = background;
    if (work != null && ready.size() < PIECES_AHEAD / 2 && preparing.compareAndSet(false, true)) {
      work.accept(this::prepare);
    }
  }

  private void prepare() {
    try {
      for (int i = ready.size(); i < PIECES_AHEAD; i++) {
        MemorySegment piece = claim();
        if (piece == null) {
          return;
        }
        for (long at = 0; at < pieceBytes; at += TOUCH_BYTES) {
          piece.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
        }
        ready.add(piece);
      }
    } finally {
      preparing.set(false);
    }
  }

  /// Adds a piece that [#grow] gave and that is ready.
  void publish(MemorySegment piece) {
    Pieces old = pieces;
    int count = old.segments.length;
    MemorySegment[] segments = Arrays.copyOf(old.segments, count + 1);
    long[] addresses = Arrays.copyOf(old.addresses, count + 1);
    segments[count] = piece;
    addresses[count] = piece.address();
    pieces = new Pieces(segments, addresses);
  }

  /// How many pieces there are.
  int count() {
    return pieces.addresses.length;
  }

  long address(int index) {
    return pieces.addresses[index];
  }

  MemorySegment segment(int index) {
    return pieces.segments[index];
  }

  long bytesAllocated() {
    return taken.get() * pieceBytes;
  }

  @Override
  public void close() {
    for (long address : pieces.addresses) {
      RawMemory.retract(address);
    }
    arena.close();
  }
}
