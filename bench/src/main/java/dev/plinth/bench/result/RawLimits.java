package dev.plinth.bench.result;

import org.jspecify.annotations.Nullable;

/// What this machine can do at best, measured in the same run without any engine.
///
/// @param syncGrowingMicrosP50 the median time to append 4 KiB to a file and sync it
/// @param syncGrowingMicrosP99 its 99th percentile
/// @param syncPreallocatedMicrosP50 the same into blocks that were written before
/// @param syncPreallocatedMicrosP99 its 99th percentile
/// @param sequentialWriteBytesPerSecond large writes one after the other, with a sync at the end
/// @param hashCopyOperationsPerSecond one thread: a probe of an off-heap hash table and a copy of
///   128 bytes from a mapped file, each free to begin while others are under way
/// @param hashCopyChainedOperationsPerSecond the same where each looks up what the one before has
///   copied, so that none begins before the last one has ended; null where an old run has not
///   measured it
/// @param hashCopyKeys how many keys that table holds
/// @param clockReadNanos what one reading of the clock costs
/// @param deviceReadMicrosP50 the median time to read 4 KiB from the device past the page cache;
///   null where that is not possible or an old run has not measured it
public record RawLimits(
    double syncGrowingMicrosP50,
    double syncGrowingMicrosP99,
    double syncPreallocatedMicrosP50,
    double syncPreallocatedMicrosP99,
    double sequentialWriteBytesPerSecond,
    double hashCopyOperationsPerSecond,
    @Nullable Double hashCopyChainedOperationsPerSecond,
    long hashCopyKeys,
    double clockReadNanos,
    @Nullable Double deviceReadMicrosP50) {}
