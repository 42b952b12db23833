package dev.plinth.peers;

/// Walks all entries of a frozen state. The accessors may be called while the last move returned
/// true. Not thread-safe.
public interface HeapWalk extends AutoCloseable {
  /// Moves to the first entry at or behind a key; an empty key means the first one.
  boolean seek(byte[] key);

  /// Moves to the last entry.
  ///
  /// @throws dev.plinth.spi.StorageException.Unsupported where the store walks forward only
  boolean last();

  /// Moves to the last entry before a key.
  ///
  /// @throws dev.plinth.spi.StorageException.Unsupported where the store walks forward only
  boolean before(byte[] key);

  /// Moves to the next entry.
  boolean next();

  /// Moves to the entry before.
  ///
  /// @throws dev.plinth.spi.StorageException.Unsupported where the store walks forward only
  boolean previous();

  /// The key.
  byte[] key();

  /// The value.
  byte[] value();

  @Override
  void close();
}
