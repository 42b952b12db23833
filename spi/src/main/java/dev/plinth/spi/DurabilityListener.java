package dev.plinth.spi;

/// Told how far an engine's writes are durable, so that callers can pipeline: write with
/// [Durability#WRITTEN] or less, call [Engine#requestFlush()], and go on.
///
/// Called on an engine thread, one call at a time, in sequence order. It must return soon and must
/// not call the engine.
public interface DurabilityListener {
  /// Everything up to and with this sequence number is durable now.
  void durable(long sequence);

  /// The engine was poisoned: nothing written after the last durable sequence will become durable.
  void failed(StorageException cause);
}
