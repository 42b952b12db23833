package dev.plinth.raft.store;

import dev.plinth.spi.ByteLedger;

/// What a log has counted since it was opened, and what it holds.
///
/// @param ledger bytes handed to files, by cause
/// @param payloadBytes encoded bytes of appended entries: the denominator of write amplification
/// @param syncs syncs of the log; 0 where nobody counts them
/// @param syncNanos how long they took together, nanoseconds
/// @param diskBytes bytes of all files in its directory
/// @param liveBytes encoded bytes of the entries it holds; -1 when only a scan could tell
/// @param indexBytes off-heap memory of its index
/// @param movedBytes encoded bytes of entries that were written again so that old segments could go
/// @param groups how many groups it holds
public record RaftLogStats(
    ByteLedger ledger,
    long payloadBytes,
    long syncs,
    long syncNanos,
    long diskBytes,
    long liveBytes,
    long indexBytes,
    long movedBytes,
    int groups) {}
