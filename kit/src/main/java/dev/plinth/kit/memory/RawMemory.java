package dev.plinth.kit.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/// Off-heap memory by plain addresses: the one class with an unbounded segment, for the inner loops
/// of skip lists and indexes, where the checks of a bounded one cost a quarter of a hop.
///
/// A wrong address crashes the JVM or damages memory. With the system property
/// `plinth.checked=true` every access is checked against the memory that is alive: that of
/// [SlabPool]s, and what was declared with [#declare]. All numbers are in the byte order of the
/// machine and must not go to disk as they are. Ordered accesses need aligned addresses. Any thread
/// may call it; nothing is allocated.
public final class RawMemory {
  /// Whether checked mode is on (system property `plinth.checked`).
  public static final boolean CHECKED = Boolean.getBoolean("plinth.checked");

  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  private static final MemorySegment ALL_READ_ONLY = ALL.asReadOnly();
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final VarHandle ORDERED_INT = ValueLayout.JAVA_INT.varHandle();
  private static final VarHandle ORDERED_LONG = ValueLayout.JAVA_LONG.varHandle();
  private static final LiveRanges LIVE = new LiveRanges();

  private RawMemory() {}

  /// All memory as one read-only segment whose offsets are addresses, to hand (segment, offset,
  /// length) to code that takes segments. Accesses through it are not checked.
  public static MemorySegment all() {
    return ALL_READ_ONLY;
  }

  /// Says that memory is alive; does nothing unless in checked mode.
  public static void declare(long address, long bytes) {
    if (CHECKED) {
      LIVE.add(address, bytes);
    }
  }

  /// Says that memory declared at this address is not alive any more; does nothing unless in
  /// checked mode.
  public static void retract(long address) {
    if (CHECKED) {
      LIVE.remove(address);
    }
  }

  /// Reads a byte.
  public static byte getByte(long address) {
    check(address, 1);
    return ALL.get(BYTE, address);
  }

  /// Writes a byte.
  public static void putByte(long address, byte value) {
    check(address, 1);
    ALL.set(BYTE, address, value);
  }

  /// Reads two bytes.
  public static short getShort(long address) {
    check(address, 2);
    return ALL.get(SHORT, address);
  }

  /// Writes two bytes.
  public static void putShort(long address, short value) {
    check(address, 2);
    ALL.set(SHORT, address, value);
  }

  /// Reads four bytes.
  public static int getInt(long address) {
    check(address, 4);
    return ALL.get(INT, address);
  }

  /// Writes four bytes.
  public static void putInt(long address, int value) {
    check(address, 4);
    ALL.set(INT, address, value);
  }

  /// Reads eight bytes.
  public static long getLong(long address) {
    check(address, 8);
    return ALL.get(LONG, address);
  }

  /// Writes eight bytes.
  public static void putLong(long address, long value) {
    check(address, 8);
    ALL.set(LONG, address, value);
  }

  /// Reads an aligned int; what was written before the release that wrote it is visible.
  public static int getIntAcquire(long address) {
    check(address, 4);
    return (int) ORDERED_INT.getAcquire(ALL, address);
  }

  /// Writes an aligned int; earlier writes are visible to whoever acquires it.
  public static void putIntRelease(long address, int value) {
    check(address, 4);
    ORDERED_INT.setRelease(ALL, address, value);
  }

  /// Reads an aligned int as a volatile.
  public static int getIntVolatile(long address) {
    check(address, 4);
    return (int) ORDERED_INT.getVolatile(ALL, address);
  }

  /// Writes an aligned int as a volatile.
  public static void putIntVolatile(long address, int value) {
    check(address, 4);
    ORDERED_INT.setVolatile(ALL, address, value);
  }

  /// Replaces an aligned int when it has the expected value.
  public static boolean compareAndSetInt(long address, int expected, int value) {
    check(address, 4);
    return ORDERED_INT.compareAndSet(ALL, address, expected, value);
  }

  /// Adds to an aligned int and gives the value before.
  public static int getAndAddInt(long address, int delta) {
    check(address, 4);
    return (int) ORDERED_INT.getAndAdd(ALL, address, delta);
  }

  /// Reads an aligned long; what was written before the release that wrote it is visible.
  public static long getLongAcquire(long address) {
    check(address, 8);
    return (long) ORDERED_LONG.getAcquire(ALL, address);
  }

  /// Writes an aligned long; earlier writes are visible to whoever acquires it.
  public static void putLongRelease(long address, long value) {
    check(address, 8);
    ORDERED_LONG.setRelease(ALL, address, value);
  }

  /// Reads an aligned long as a volatile.
  public static long getLongVolatile(long address) {
    check(address, 8);
    return (long) ORDERED_LONG.getVolatile(ALL, address);
  }

  /// Writes an aligned long as a volatile.
  public static void putLongVolatile(long address, long value) {
    check(address, 8);
    ORDERED_LONG.setVolatile(ALL, address, value);
  }

  /// Replaces an aligned long when it has the expected value.
  public static boolean compareAndSetLong(long address, long expected, long value) {
    check(address, 8);
    return ORDERED_LONG.compareAndSet(ALL, address, expected, value);
  }

  /// Adds to an aligned long and gives the value before.
  public static long getAndAddLong(long address, long delta) {
    check(address, 8);
    return (long) ORDERED_LONG.getAndAdd(ALL, address, delta);
  }

  /// Copies from a segment to an address.
  public static void copyIn(MemorySegment source, long sourceOffset, long address, long length) {
    check(address, length);
    MemorySegment.copy(source, sourceOffset, ALL, address, length);
  }

  /// Copies from an address to a segment.
  public static void copyOut(long address, MemorySegment target, long targetOffset, long length) {
    check(address, length);
    MemorySegment.copy(ALL, address, target, targetOffset, length);
  }

  /// Copies from an address to another; they may overlap.
  public static void copy(long from, long to, long length) {
    check(from, length);
    check(to, length);
    MemorySegment.copy(ALL, from, ALL, to, length);
  }

  /// Sets bytes to zero.
  public static void clear(long address, long length) {
    check(address, length);
    ALL.asSlice(address, length).fill((byte) 0);
  }

  /// Compares a key at an address with one in a segment, in the order of [Keys].
  public static int compare(long address, int length, MemorySegment b, long bOffset, int bLength) {
    check(address, length);
    return Keys.compare(ALL, address, length, b, bOffset, bLength);
  }

  /// Compares keys at two addresses, in the order of [Keys].
  public static int compare(long address, int length, long bAddress, int bLength) {
    check(address, length);
    check(bAddress, bLength);
    return Keys.compare(ALL, address, length, ALL, bAddress, bLength);
  }

  /// As [Keys#prefix(MemorySegment, long, int)].
  public static long prefix(long address, int length) {
    check(address, length);
    return Keys.prefix(ALL, address, length);
  }

  private static void check(long address, long length) {
    if (CHECKED) {
      LIVE.require(address, length);
    }
  }
}
