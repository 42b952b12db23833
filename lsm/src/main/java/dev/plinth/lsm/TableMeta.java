package dev.plinth.lsm;

import dev.plinth.kit.merge.KeyBounds;
import java.util.List;

/// What the tree knows of a table without opening it.
///
/// @param number names its file
/// @param identity mixed into its checksums
/// @param bytes the size of its file
/// @param bounds the keys it may hold, deleted ranges included
/// @param entries how many entries
/// @param deletes how many of them are deletes
/// @param rangeDeletes how many deleted ranges
/// @param userBytes bytes of keys and values
/// @param sequenceMin the lowest sequence number in it, base included
/// @param sequenceMax the highest one, base included
/// @param sequenceBase added to every sequence number in the file: not 0 for an ingested table
/// @param blobs how much of which blob files it refers to
public record TableMeta(
    long number,
    long identity,
    long bytes,
    KeyBounds bounds,
    long entries,
    long deletes,
    long rangeDeletes,
    long userBytes,
    long sequenceMin,
    long sequenceMax,
    long sequenceBase,
    List<BlobShare> blobs) {
  public TableMeta {
    blobs = List.copyOf(blobs);
  }

  /// A table that holds all of its values.
  public TableMeta(
      long number,
      long identity,
      long bytes,
      KeyBounds bounds,
      long entries,
      long deletes,
      long rangeDeletes,
      long userBytes,
      long sequenceMin,
      long sequenceMax,
      long sequenceBase) {
    this(
        number,
        identity,
        bytes,
        bounds,
        entries,
        deletes,
        rangeDeletes,
        userBytes,
        sequenceMin,
        sequenceMax,
        sequenceBase,
        List.of());
  }

  /// The bytes of its file and of what it refers to in blob files: what it would weigh if it held
  /// its values itself. Levels are measured by this, since garbage is.
  public long weight() {
    return bytes + blobBytes();
  }

  /// The bytes that it refers to in blob files.
  long blobBytes() {
    long sum = 0;
    for (BlobShare share : blobs) {
      sum += share.bytes();
    }
    return sum;
  }

  /// The same table with a sequence number for all of its entries.
  TableMeta numbered(long sequence) {
    return new TableMeta(
        number,
        identity,
        bytes,
        bounds,
        entries,
        deletes,
        rangeDeletes,
        userBytes,
        sequence,
        sequence,
        sequence,
        blobs);
  }
}
