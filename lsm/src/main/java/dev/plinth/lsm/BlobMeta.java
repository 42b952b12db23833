package dev.plinth.lsm;

/// What the tree knows of a blob file without opening it.
///
/// @param number names its file; tables and blob files are numbered together
/// @param identity mixed into its checksums
/// @param bytes the size of its file
/// @param recordBytes how many of them are records
record BlobMeta(long number, long identity, long bytes, long recordBytes) {}
