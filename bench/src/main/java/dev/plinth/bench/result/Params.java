package dev.plinth.bench.result;

import java.util.SortedMap;

/// What a cell was asked to do.
///
/// @param keys how many keys the store holds (`fillsync`: how many are written; `ingest`: how many
///   entries the folder gave)
/// @param keyBytes bytes of a key, on average
/// @param valueBytes bytes of a value, on average
/// @param keyOrder in which order keys are chosen: `sequential`, `uniform`, `zipf` or `latest`
/// @param threads how many threads
/// @param virtual whether they are virtual threads
/// @param durability how far a write has come when the call returns
/// @param wal whether the engine's log is on
/// @param batch operations in one atomic write
/// @param commitEvery writes between two calls of `flush()`; 0 for none
/// @param options every option of the engine
public record Params(
    long keys,
    int keyBytes,
    int valueBytes,
    String keyOrder,
    int threads,
    boolean virtual,
    String durability,
    boolean wal,
    int batch,
    long commitEvery,
    SortedMap<String, String> options) {}
