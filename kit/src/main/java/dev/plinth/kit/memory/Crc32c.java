package dev.plinth.kit.memory;

import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// CRC32C (Castagnoli) over pieces of memory, with the identity of the file mixed in: the checksum
/// of every format on disk.
///
/// The checksum of bytes in a file with identity `i` is CRC32C over the eight little-endian bytes
/// of `i`, followed by the bytes. A block that comes from another file, or from an earlier life of
/// a recycled one, has another identity and fails. These checksums are on disks: version 1.
///
/// The static methods may be called by any thread. An instance belongs to one thread at a time; it
/// chains several pieces and is a little faster. Neither allocates per call: bytes pass through a
/// small array, since the JDK's fast code takes arrays and buffers only.
public final class Crc32c {
  private static final int BUFFER_BYTES = 4 << 10;
  private static final int SLOTS = 64;
  private static final int SLOT_STRIDE = 16;
  private static final AtomicReferenceArray<@Nullable Crc32c> IDLE =
      new AtomicReferenceArray<>(SLOTS * SLOT_STRIDE);

  private static final AtomicReferenceArray<@Nullable Owned> OWNED =
      new AtomicReferenceArray<>(SLOTS);

  private final CRC32C crc = new CRC32C();
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final MemorySegment bufferSegment = MemorySegment.ofArray(buffer);
  private int buffered;

  /// The identity of a file: its number, and how often its space was used before.
  public static long identity(int fileNumber, int generation) {
    return ((long) generation << 32) | (fileNumber & 0xffff_ffffL);
  }

  /// One that a platform thread keeps for itself, so that no atomic instruction stands between its
  /// memory accesses. The thread is not kept from being collected.
  private record Owned(WeakReference<Thread> owner, Crc32c crc) {
    boolean isFree() {
      Thread thread = owner.get();
      return thread == null || !thread.isAlive();
    }
  }

  /// The checksum of a piece of memory in the file with this identity.
  public static int of(long identity, MemorySegment segment, long offset, long length) {
    Thread me = Thread.currentThread();
    int slot = slot(me);
    Owned mine = OWNED.getPlain(slot);
    if (mine != null && mine.owner.refersTo(me)) {
      return mine.crc.start(identity).add(segment, offset, length).value();
    }
    return ofShared(me, slot, identity, segment, offset, length);
  }

  private static int ofShared(
      Thread me, int slot, long identity, MemorySegment segment, long offset, long length) {
    Owned present = OWNED.get(slot);
    if (!me.isVirtual() && (present == null || present.isFree())) {
      OWNED.compareAndSet(slot, present, new Owned(new WeakReference<>(me), new Crc32c()));
    }
    Crc32c idle = IDLE.getAndSet(slot * SLOT_STRIDE, null);
    Crc32c crc = idle == null ? new Crc32c() : idle;
    int value = crc.start(identity).add(segment, offset, length).value();
    IDLE.setRelease(slot * SLOT_STRIDE, crc);
    return value;
  }

  /// Forgets what was added and begins with an identity.
  public Crc32c start(long identity) {
    crc.reset();
    buffered = 0;
    return addLong(identity);
  }

  /// Forgets what was added and begins with nothing: plain CRC32C.
  public Crc32c start() {
    crc.reset();
    buffered = 0;
    return this;
  }

  /// Adds a piece of memory.
  public Crc32c add(MemorySegment segment, long offset, long length) {
    long at = offset;
    long rest = length;
    while (rest > 0) {
      int size = (int) Math.min(rest, room());
      MemorySegment.copy(segment, at, bufferSegment, buffered, size);
      buffered += size;
      at += size;
      rest -= size;
    }
    return this;
  }

  /// Adds a number as eight little-endian bytes.
  public Crc32c addLong(long value) {
    ensureRoom(8);
    bufferSegment.set(Layouts.LONG, buffered, value);
    buffered += 8;
    return this;
  }

  /// Adds a number as four little-endian bytes.
  public Crc32c addInt(int value) {
    ensureRoom(4);
    bufferSegment.set(Layouts.INT, buffered, value);
    buffered += 4;
    return this;
  }

  /// The checksum of what was added since the start; more may be added.
  public int value() {
    drain();
    return (int) crc.getValue();
  }

  private int room() {
    if (buffered == BUFFER_BYTES) {
      drain();
    }
    return BUFFER_BYTES - buffered;
  }

  private void ensureRoom(int bytes) {
    if (buffered + bytes > BUFFER_BYTES) {
      drain();
    }
  }

  private void drain() {
    crc.update(buffer, 0, buffered);
    buffered = 0;
  }

  private static int slot(Thread thread) {
    return (int) ((thread.threadId() * 0x9e3779b97f4a7c15L) >>> 58);
  }
}
