package dev.plinth.lsm.table;

import dev.plinth.kit.compress.Compression;

/// How a table is to be written.
///
/// @param blockBytes the size of a data block before compression; larger blocks compress better and
///   need less index, smaller ones cost less per cold point read
/// @param filterBitsPerKey bits of the filter per key; 0 for none
/// @param fuse whether the filter is a binary fuse filter, which has about 9 bits per key whatever
///   `filterBitsPerKey` says beside 0
/// @param compression how data blocks are compressed
public record TableShape(
    int blockBytes, double filterBitsPerKey, boolean fuse, Compression compression) {
  public TableShape {
    if (blockBytes < 128 || blockBytes > 64 << 10) {
      throw new IllegalArgumentException("blockBytes must be 128..65536");
    }
    if (!(filterBitsPerKey >= 0 && filterBitsPerKey <= 64)) {
      throw new IllegalArgumentException("filterBitsPerKey must be 0..64");
    }
  }

  /// A table with a Bloom filter and no compression.
  public TableShape(int blockBytes, double filterBitsPerKey) {
    this(blockBytes, filterBitsPerKey, false, Compression.NONE);
  }

  /// Blocks start at multiples of 1 shifted left by this: a sixteenth of a block.
  int granuleShift() {
    return Math.max(3, 31 - Integer.numberOfLeadingZeros(blockBytes / 16));
  }
}
