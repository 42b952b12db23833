package dev.plinth.lsm;

/// How much of a blob file a table refers to.
///
/// @param blob the number of the blob file
/// @param bytes bytes of its records
public record BlobShare(long blob, long bytes) {}
