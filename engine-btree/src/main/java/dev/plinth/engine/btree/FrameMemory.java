package dev.plinth.engine.btree;

import dev.plinth.kit.memory.HugeMemory;
import dev.plinth.kit.memory.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The memory of the page cache's frames: pieces of equal size, in huge pages where they are large
/// enough, taken one by one up to a limit and given back all at once.
///
/// One thread at a time may call [#grow]; reading is free.
final class FrameMemory implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
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
  @org.jspecify.annotations.Nullable
  MemorySegment grow() {
    if (pieces.segments.length == piecesMax) {
      return null;
    }
    MemorySegment piece = HugeMemory.allocate(pieceBytes, arena);
    RawMemory.declare(piece.address(), pieceBytes);
    return piece;
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
    return count() * pieceBytes;
  }

  @Override
  public void close() {
    for (long address : pieces.addresses) {
      RawMemory.retract(address);
    }
    arena.close();
  }
}
