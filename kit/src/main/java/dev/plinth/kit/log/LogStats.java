package dev.plinth.kit.log;

/// What a log has counted since it was opened.
///
/// @param records records appended
/// @param writes calls that wrote records
/// @param writtenBytes bytes of records written, with what surrounds them
/// @param syncs syncs made
/// @param syncNanos how long they took together
/// @param prefilledBytes zeros written ahead of synced writes
public record LogStats(
    long records,
    long writes,
    long writtenBytes,
    long syncs,
    long syncNanos,
    long prefilledBytes) {}
