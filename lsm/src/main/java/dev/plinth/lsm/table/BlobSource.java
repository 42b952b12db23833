package dev.plinth.lsm.table;

/// The blob files that tables name. Any thread may ask while it holds what keeps them alive.
public interface BlobSource {
  /// A blob file, open.
  ///
  /// @throws dev.plinth.spi.StorageException.Corrupt when there is none of this number
  BlobFile file(long number);
}
