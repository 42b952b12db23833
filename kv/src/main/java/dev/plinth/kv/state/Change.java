package dev.plinth.kv.state;

/// What a write does to one key. The arrays are not copied and must not be changed.
@SuppressWarnings("ArrayRecordComponent") // Never changed nor compared.
public sealed interface Change {
  /// The key.
  byte[] key();

  /// The key gets a value, which may be empty.
  record Put(byte[] key, byte[] value) implements Change {}

  /// The key goes.
  record Remove(byte[] key) implements Change {}
}
