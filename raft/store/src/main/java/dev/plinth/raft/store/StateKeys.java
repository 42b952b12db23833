package dev.plinth.raft.store;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.KeyRange;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// The keys of state machines on an engine, version 1. These bytes are on disks.
///
/// ```
/// +-----+-------+----------+
/// | tag | group | user key |
/// +-----+-------+----------+
///    1    0 to 8
/// ```
///
/// The tag's upper half is the kind, 1 for what was applied and 2 for the users' keys; its lower
/// half is how many bytes the group takes, big-endian without leading zeros, none for group 0. So
/// the keys of one group stand together, in the order of the users' keys, and cost one byte more in
/// group 0. What was applied has no user key; its value is index and term, 8 bytes each,
/// little-endian.
final class StateKeys {
  static final int PREFIX_BYTES_MAX = 9;
  static final int APPLIED = 1;
  static final int DATA = 2;
  static final int APPLIED_BYTES = 16;

  private StateKeys() {}

  static byte[] prefix(int kind, long group) {
    int bytes = (Long.SIZE - Long.numberOfLeadingZeros(group) + 7) / 8;
    byte[] prefix = new byte[1 + bytes];
    prefix[0] = (byte) (kind << 4 | bytes);
    for (int i = 0; i < bytes; i++) {
      prefix[bytes - i] = (byte) (group >>> (8 * i));
    }
    return prefix;
  }

  /// The group of a key of the kind APPLIED; -1 when it is another key.
  static long appliedGroup(MemorySegment key, long offset, int length) {
    int tag = key.get(Layouts.BYTE, offset) & 0xff;
    if (tag >>> 4 != APPLIED || length != 1 + (tag & 15) || length > PREFIX_BYTES_MAX) {
      return -1;
    }
    long group = 0;
    for (int i = 1; i < length; i++) {
      group = group << 8 | (key.get(Layouts.BYTE, offset + i) & 0xff);
    }
    return group;
  }

  /// The keys of what was applied, of all groups.
  static KeyRange applied() {
    return KeyRange.of(new byte[] {APPLIED << 4}, new byte[] {DATA << 4});
  }

  /// A range of a group's user keys.
  static KeyRange range(long group, KeyRange range) {
    byte[] prefix = prefix(DATA, group);
    byte[] from = range.from();
    byte[] to = range.to();
    KeyRange all = KeyRange.prefix(prefix);
    return KeyRange.of(
        from == null ? all.from() : join(prefix, from), to == null ? all.to() : join(prefix, to));
  }

  /// A user's key as it is stored.
  static byte[] data(long group, byte[] key) {
    return join(prefix(DATA, group), key);
  }

  private static byte[] join(byte[] prefix, byte[] key) {
    byte[] joined = Arrays.copyOf(prefix, prefix.length + key.length);
    System.arraycopy(key, 0, joined, prefix.length, key.length);
    return joined;
  }
}
