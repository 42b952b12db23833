package dev.plinth.lsm;

import dev.plinth.kit.compress.Compression;
import dev.plinth.lsm.table.TableShape;

/// How the tables of a tree are written, by their place in it.
///
/// Filters follow Monkey (Dayan et al., SIGMOD 2017): where look-ups go through runs of different
/// sizes, the memory does most when a run's share of false positives is proportional to its size,
/// so smaller runs take more bits per key. The lowest run takes a binary fuse filter.
///
/// @param blockBytes the size of a data block before compression
/// @param filterBitsPerKey bits per key in the largest run; 0 for no filters
/// @param level0 how what is flushed is compressed
/// @param middle how runs between are compressed
/// @param bottom how the lowest run is compressed
public record TableShapes(
    int blockBytes,
    double filterBitsPerKey,
    Compression level0,
    Compression middle,
    Compression bottom) {
  private static final double BITS_MAX = 22;
  private static final double BITS_PER_E_FOLD = 1 / (Math.log(2) * Math.log(2));

  /// Checks the sizes.
  public TableShapes {
    new TableShape(blockBytes, filterBitsPerKey);
  }

  /// Whether any table is compressed.
  public boolean compresses() {
    return level0 != Compression.NONE || middle != Compression.NONE || bottom != Compression.NONE;
  }

  /// The shape of what is flushed or ingested.
  ///
  /// @param runBytes the size of the run that it makes
  /// @param largestRunBytes the size of the largest run
  TableShape flushed(long runBytes, long largestRunBytes) {
    return new TableShape(blockBytes, bits(runBytes, largestRunBytes), false, level0);
  }

  /// The shape of what is merged.
  ///
  /// @param isBottom whether nothing lies below
  TableShape merged(boolean isBottom, long runBytes, long largestRunBytes) {
    return isBottom
        ? new TableShape(blockBytes, filterBitsPerKey, filterBitsPerKey > 0, bottom)
        : new TableShape(blockBytes, bits(runBytes, largestRunBytes), false, middle);
  }

  private double bits(long runBytes, long largestRunBytes) {
    if (filterBitsPerKey == 0) {
      return 0;
    }
    double ratio = Math.max(1, largestRunBytes / (double) Math.max(1, runBytes));
    return Math.min(
        Math.max(BITS_MAX, filterBitsPerKey), filterBitsPerKey + Math.log(ratio) * BITS_PER_E_FOLD);
  }
}
