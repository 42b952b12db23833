package dev.plinth.spi;

/// What one engine, opened with certain options, can do: its limits and its choices.
///
/// @param keyBytesMax the longest key in bytes (keys have at least one byte)
/// @param valueBytesMax the longest value in bytes
/// @param batchBytesMax the largest [WriteBatch] in encoded bytes
/// @param ordered whether cursors and range deletes run on an ordered index; false means they work
///   by a sorted view made on demand within a memory limit
/// @param checkpoint how [Engine#checkpoint] makes its copy
/// @param logOff what `wal = off` means to this engine
/// @param persistentSnapshots whether [Engine#keepSnapshot(String)] and its kin work
public record EngineTraits(
    int keyBytesMax,
    int valueBytesMax,
    int batchBytesMax,
    boolean ordered,
    CheckpointKind checkpoint,
    LogOff logOff,
    boolean persistentSnapshots) {

  /// The longest key any engine may accept, in bytes.
  public static final int KEY_BYTES_LIMIT = 64 << 10;

  /// The longest value any engine may accept, in bytes.
  public static final int VALUE_BYTES_LIMIT = 64 << 20;

  public EngineTraits {
    if (keyBytesMax < 1 || keyBytesMax > KEY_BYTES_LIMIT) {
      throw new IllegalArgumentException("keyBytesMax must be 1.." + KEY_BYTES_LIMIT);
    }
    if (valueBytesMax < 0 || valueBytesMax > VALUE_BYTES_LIMIT) {
      throw new IllegalArgumentException("valueBytesMax must be 0.." + VALUE_BYTES_LIMIT);
    }
    if (batchBytesMax < 1) {
      throw new IllegalArgumentException("batchBytesMax must be positive");
    }
  }

  /// Refuses a key that is empty or too long.
  public void requireKey(int length) {
    if (length < 1 || length > keyBytesMax) {
      throw new StorageException.LimitExceeded(
          "a key of " + length + " bytes: keys have 1 to " + keyBytesMax + " bytes");
    }
  }

  /// Refuses a value that is too long.
  public void requireValue(int length) {
    if (length < 0 || length > valueBytesMax) {
      throw new StorageException.LimitExceeded(
          "a value of " + length + " bytes: values have at most " + valueBytesMax + " bytes");
    }
  }

  /// Refuses a batch that is too large.
  public void requireBatch(long bytes) {
    if (bytes > batchBytesMax) {
      throw new StorageException.LimitExceeded(
          "a batch of " + bytes + " bytes: batches have at most " + batchBytesMax + " bytes");
    }
  }

  /// How a checkpoint is made.
  public enum CheckpointKind {
    /// Immutable files are hard-linked: cheap in time and space.
    LINKED,
    /// A pinned state is copied while writes go on.
    COPIED
  }

  /// What opening with `wal = off` means.
  public enum LogOff {
    /// There is no log: writes are durable after [Engine#flush()] only, a [Durability#SYNCED] write
    /// is [StorageException.Unsupported], and recovery gives a prefix of the batches.
    NO_LOG,
    /// The data is the log; the option is accepted and changes nothing.
    IGNORED
  }
}
