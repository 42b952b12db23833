package dev.plinth.kv.state;

/// What must hold for a write to be applied. The arrays are not copied and must not be changed.
@SuppressWarnings("ArrayRecordComponent") // Never changed nor compared.
public sealed interface Condition {
  /// Nothing.
  Condition NONE = new Always();

  /// Holds always.
  record Always() implements Condition {}

  /// The key is not there.
  record Absent(byte[] key) implements Condition {}

  /// The key is there, with whatever value.
  record Present(byte[] key) implements Condition {}

  /// The key has this value.
  record Equal(byte[] key, byte[] expected) implements Condition {}
}
