package dev.plinth.kv.state;

import dev.plinth.spi.KeyRange;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The keys of a group's state machine, version 1. These bytes are on disks.
///
/// ```
/// 01 user's key          the user's value
/// 02 session (8, BE)     SessionTable
/// 03 member's name       Raft address and client address, UTF-8, a line break between them
/// ```
final class KeySpace {
  static final byte USER = 1;
  static final byte SESSION = 2;
  static final byte MEMBER = 3;

  static final int SESSION_BYTES = 1 + Long.BYTES;

  private KeySpace() {}

  static byte[] user(byte[] key) {
    return tagged(USER, key);
  }

  static byte[] session(long number) {
    return ByteBuffer.allocate(SESSION_BYTES).put(SESSION).putLong(number).array();
  }

  static byte[] member(byte[] name) {
    return tagged(MEMBER, name);
  }

  /// All keys of a kind.
  static KeyRange all(byte tag) {
    return KeyRange.prefix(new byte[] {tag});
  }

  /// The users' keys from one to another.
  ///
  /// @param from inclusive; null from the first one on
  /// @param to exclusive; null to the last one
  static KeyRange users(byte @Nullable [] from, byte @Nullable [] to) {
    return KeyRange.of(
        from == null ? new byte[] {USER} : user(from),
        to == null ? new byte[] {USER + 1} : user(to));
  }

  static byte[] untagged(byte[] key) {
    return Arrays.copyOfRange(key, 1, key.length);
  }

  private static byte[] tagged(byte tag, byte[] key) {
    byte[] whole = new byte[1 + key.length];
    whole[0] = tag;
    System.arraycopy(key, 0, whole, 1, key.length);
    return whole;
  }
}
