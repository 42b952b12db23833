package dev.plinth.engine.jungle;

import dev.plinth.kit.merge.KeyBounds;

/// One state of a table, as the manifest names it.
///
/// @param number names its file
/// @param identity mixed into its checksums
/// @param header where in the file the header stands that leads to this state
/// @param bytes where its last batch ends: what the file must have at least
/// @param bounds the keys it may hold, deleted ranges included
/// @param entries how many entries, deletes included
/// @param deletes how many of them are deletes
/// @param rangeDeletes how many deleted ranges
/// @param liveBytes how many of its bytes are still needed
/// @param frozen whether the file is shared with another store, so that nothing may be appended
public record TableMeta(
    long number,
    long identity,
    long header,
    long bytes,
    KeyBounds bounds,
    long entries,
    long deletes,
    long rangeDeletes,
    long liveBytes,
    boolean frozen) {

  /// Bytes that nobody needs.
  public long garbageBytes() {
    return bytes - liveBytes;
  }

  /// The space factor: bytes used for a byte that is needed.
  public double spaceFactor() {
    return bytes / (double) Math.max(1, liveBytes);
  }

  /// The same, in a file that another store shares.
  TableMeta asFrozen() {
    return new TableMeta(
        number, identity, header, bytes, bounds, entries, deletes, rangeDeletes, liveBytes, true);
  }
}
