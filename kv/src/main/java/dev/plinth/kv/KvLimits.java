package dev.plinth.kv;

import dev.plinth.kv.KvException.Kind;

/// What a node takes at most. A node may have smaller limits than another; the largest ones are
/// those of the format, and every engine in a group must be able to keep what they allow.
///
/// @param keyBytesMax the longest key
/// @param valueBytesMax the longest value
/// @param requestBytesMax the largest request, keys and values and all
/// @param scanEntriesMax the most entries of a page of a scan
/// @param scanBytesMax about the most bytes of keys and values of a page; one entry always fits
/// @param connectionsMax the most client connections of a port
/// @param pendingMax the most writes that may be under way
public record KvLimits(
    int keyBytesMax,
    int valueBytesMax,
    int requestBytesMax,
    int scanEntriesMax,
    int scanBytesMax,
    int connectionsMax,
    int pendingMax) {

  /// The longest key that any node may take: what fits into a page of every engine.
  public static final int KEY_BYTES_LIMIT = 896;

  /// The longest value that any node may take.
  public static final int VALUE_BYTES_LIMIT = 4 << 20;

  /// The largest request that any node may take.
  public static final int REQUEST_BYTES_LIMIT = 8 << 20;

  /// How many answers a session keeps until its client says that they arrived; part of the format.
  public static final int SESSION_ANSWERS_MAX = 256;

  /// Refuses a key that is empty or too long.
  public void requireKey(int length) {
    if (length < 1 || length > keyBytesMax) {
      throw new KvException(
          Kind.INVALID,
          "a key of "
              + length
              + " bytes: keys have 1 to "
              + keyBytesMax
              + " bytes (key.bytes.max)");
    }
  }

  /// Refuses a value that is too long.
  public void requireValue(int length) {
    if (length > valueBytesMax) {
      throw new KvException(
          Kind.INVALID,
          "a value of "
              + length
              + " bytes: values have at most "
              + valueBytesMax
              + " bytes (value.bytes.max)");
    }
  }

  /// Refuses a request that is too large.
  public void requireRequest(long bytes) {
    if (bytes > requestBytesMax) {
      throw new KvException(
          Kind.INVALID,
          "a request of "
              + bytes
              + " bytes: requests have at most "
              + requestBytesMax
              + " bytes (request.bytes.max); split it");
    }
  }
}
