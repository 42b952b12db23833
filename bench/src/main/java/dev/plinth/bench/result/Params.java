package dev.plinth.bench.result;

import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

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
/// @param ratePerSecond operations that were due in a second over all threads; 0 for a closed loop
/// @param phase which of a list of phases on one store this is, such as `2/4`; empty for none
/// @param mix the shares of the workload `mix`; empty for others
/// @param operations how many operations; 0 in results from before it was told
/// @param memoryLimitBytes how much memory and page cache the process might take; 0 for no limit
/// @param memoryLimitBy how that was brought about; empty without a limit
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
    long ratePerSecond,
    String phase,
    String mix,
    long operations,
    long memoryLimitBytes,
    String memoryLimitBy,
    SortedMap<String, String> options) {
  public Params {
    phase = Objects.requireNonNullElse(phase, "");
    mix = Objects.requireNonNullElse(mix, "");
    memoryLimitBy = Objects.requireNonNullElse(memoryLimitBy, "");
  }

  /// What a workload without shares of its own was asked to do.
  public Params(
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
      long ratePerSecond,
      String phase,
      long operations,
      long memoryLimitBytes,
      String memoryLimitBy,
      SortedMap<String, String> options) {
    this(
        keys,
        keyBytes,
        valueBytes,
        keyOrder,
        threads,
        virtual,
        durability,
        wal,
        batch,
        commitEvery,
        ratePerSecond,
        phase,
        "",
        operations,
        memoryLimitBytes,
        memoryLimitBy,
        options);
  }

  /// What engines were asked to do alike: the same without what belongs to one engine, and without
  /// how its memory was limited.
  public Params task() {
    return new Params(
        keys,
        keyBytes,
        valueBytes,
        keyOrder,
        threads,
        virtual,
        durability,
        true,
        batch,
        commitEvery,
        ratePerSecond,
        phase,
        mix,
        operations,
        memoryLimitBytes,
        "",
        new TreeMap<>());
  }

  /// The same with another durability.
  public Params with(String otherDurability) {
    return new Params(
        keys,
        keyBytes,
        valueBytes,
        keyOrder,
        threads,
        virtual,
        otherDurability,
        wal,
        batch,
        commitEvery,
        ratePerSecond,
        phase,
        mix,
        operations,
        memoryLimitBytes,
        memoryLimitBy,
        options);
  }
}
