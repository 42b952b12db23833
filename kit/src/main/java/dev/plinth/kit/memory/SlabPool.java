package dev.plinth.kit.memory;

import dev.plinth.spi.StorageException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A bounded store of equal pieces of native memory that are used again and again, so that nothing
/// is mapped, zeroed or unmapped while an engine runs. Slabs of some size are of [HugeMemory].
///
/// A released slab keeps its place, since giving that back (closing a shared arena) halts all
/// threads for some 30 microseconds: that happens only when a large piece needs the room, and when
/// the pool is closed. It keeps its pages too, unless it is released by [#releaseEmpty]. A slab's
/// content is whatever its last user left, or zeros. Any thread may call it.
public final class SlabPool implements AutoCloseable {
  private static final byte RELEASED = (byte) 0xdd;

  private final long bytesMax;
  private final int slabBytes;
  private final ArrayDeque<Slab> free = new ArrayDeque<>();
  private final Set<Slab> used = new HashSet<>();
  private long bytesInUse;
  private long bytesAllocated;
  private long bytesEmpty;
  private boolean closed;

  /// A pool; no memory is taken yet.
  ///
  /// @param bytesMax the most bytes of all slabs together
  /// @param slabBytes the bytes of a slab, a multiple of 64
  public SlabPool(long bytesMax, int slabBytes) {
    if (slabBytes < 64 || slabBytes % 64 != 0) {
      throw new IllegalArgumentException("slabBytes must be a positive multiple of 64");
    }
    if (bytesMax < slabBytes) {
      throw new IllegalArgumentException("bytesMax must be at least slabBytes, " + slabBytes);
    }
    this.bytesMax = bytesMax;
    this.slabBytes = slabBytes;
  }

  /// The bytes of a slab.
  public int slabBytes() {
    return slabBytes;
  }

  /// The most bytes of all slabs together.
  public long bytesMax() {
    return bytesMax;
  }

  /// The bytes of slabs that are acquired now.
  public synchronized long bytesInUse() {
    return bytesInUse;
  }

  /// The bytes taken from the operating system, in use or ready for it.
  public synchronized long bytesAllocated() {
    return bytesAllocated;
  }

  /// The bytes of slabs that may have pages: all but those that were given back.
  public synchronized long bytesHeld() {
    return bytesAllocated - bytesEmpty;
  }

  /// Takes a slab.
  ///
  /// @throws StorageException.LimitExceeded when all are in use
  public Slab acquire() {
    Slab slab = tryAcquire();
    if (slab == null) {
      throw exhausted(slabBytes);
    }
    return slab;
  }

  /// Takes a slab, or null when all are in use.
  public synchronized @Nullable Slab tryAcquire() {
    requireOpen();
    Slab slab = free.pollLast();
    if (slab == null) {
      if (bytesAllocated + slabBytes > bytesMax) {
        return null;
      }
      slab = allocate(slabBytes);
    }
    return lend(slab);
  }

  /// Takes a piece of any size, for what does not fit a slab. Its memory goes back to the operating
  /// system when it is released.
  ///
  /// @throws StorageException.LimitExceeded when the pool's limit does not allow it
  public synchronized Slab acquireLarge(long bytes) {
    requireOpen();
    if (bytes < 1) {
      throw new IllegalArgumentException("bytes must be positive");
    }
    if (bytes > bytesMax - bytesInUse) {
      throw exhausted(bytes);
    }
    while (bytes > bytesMax - bytesAllocated) {
      discard(free.removeLast());
    }
    return lend(allocate(bytes));
  }

  /// Gives a slab back; nobody may use it any more. Does nothing when the pool was closed.
  public void release(Slab slab) {
    release(slab, false);
  }

  /// The same, and its pages go back to the system until it is used again, where there is a way:
  /// for what comes seldom beside the time it takes to fill a slab.
  public void releaseEmpty(Slab slab) {
    release(slab, true);
  }

  private synchronized void release(Slab slab, boolean emptied) {
    if (closed) {
      return;
    }
    if (!used.remove(slab)) {
      throw new IllegalStateException("the slab is not acquired from this pool");
    }
    bytesInUse -= slab.bytes();
    RawMemory.retract(slab.address());
    if (RawMemory.CHECKED) {
      slab.segment().fill(RELEASED);
    }
    if (slab.bytes() == slabBytes) {
      slab.empty = emptied && HugeMemory.giveBack(slab.segment());
      bytesEmpty += slab.empty ? slabBytes : 0;
      free.addLast(slab);
    } else {
      discard(slab);
    }
  }

  /// Frees all memory, acquired or not; a second call does nothing.
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    for (Slab slab : used) {
      RawMemory.retract(slab.address());
      discard(slab);
    }
    free.forEach(this::discard);
    used.clear();
    free.clear();
    bytesInUse = 0;
  }

  private Slab allocate(long bytes) {
    Arena arena = Arena.ofShared();
    Slab slab = new Slab(HugeMemory.allocate(bytes, arena), arena);
    bytesAllocated += bytes;
    return slab;
  }

  private void discard(Slab slab) {
    bytesAllocated -= slab.bytes();
    bytesEmpty -= slab.empty ? slab.bytes() : 0;
    slab.arena.close();
  }

  private Slab lend(Slab slab) {
    used.add(slab);
    bytesEmpty -= slab.empty ? slab.bytes() : 0;
    slab.empty = false;
    bytesInUse += slab.bytes();
    RawMemory.declare(slab.address(), slab.bytes());
    return slab;
  }

  private void requireOpen() {
    if (closed) {
      throw new StorageException.Closed("the slab pool was closed");
    }
  }

  private StorageException exhausted(long bytes) {
    return new StorageException.LimitExceeded(
        bytes
            + " more bytes of off-heap memory go over the limit of "
            + bytesMax
            + "; wait until memory is written out, or raise the limit");
  }

  /// A piece of native memory of a pool, aligned to 64 bytes.
  public static final class Slab {
    private final MemorySegment segment;
    private final Arena arena;
    private boolean empty;

    private Slab(MemorySegment segment, Arena arena) {
      this.segment = segment;
      this.arena = arena;
    }

    /// The memory.
    public MemorySegment segment() {
      return segment;
    }

    /// Where it starts, for [RawMemory].
    public long address() {
      return segment.address();
    }

    /// How many bytes it has.
    public long bytes() {
      return segment.byteSize();
    }
  }
}
