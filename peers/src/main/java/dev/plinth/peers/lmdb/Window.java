package dev.plinth.peers.lmdb;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// An address and a length: what this module hands to lmdbjava and gets from it in place of a
/// buffer, so that LMDB reads keys where they are and shows values where it keeps them.
final class Window {
  /// All memory; a value shown by LMDB lies at [#address] of it.
  static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  /// The same, not to be written.
  static final MemorySegment SHOWN = MEMORY.asReadOnly();

  private long address;
  private long length;

  /// Points it at memory that must stay where it is while LMDB uses it.
  Window at(long newAddress, long newLength) {
    address = newAddress;
    length = newLength;
    return this;
  }

  long address() {
    return address;
  }

  int length() {
    return (int) length;
  }

  long bytes() {
    return length;
  }

  /// Compares the bytes of two windows as LMDB does: unsigned, a prefix before its extensions.
  int compareTo(Window other) {
    return compare(address, length, other.address, other.length);
  }

  static int compare(long left, long leftLength, long right, long rightLength) {
    long at =
        MemorySegment.mismatch(MEMORY, left, left + leftLength, MEMORY, right, right + rightLength);
    if (at < 0 || at == leftLength || at == rightLength) {
      return Long.compare(leftLength, rightLength);
    }
    return Byte.compareUnsigned(
        MEMORY.get(ValueLayout.JAVA_BYTE, left + at),
        MEMORY.get(ValueLayout.JAVA_BYTE, right + at));
  }
}
