package dev.plinth.spi;

/// The parameters of a workload that cost models need.
///
/// @param liveKeys how many keys are live at the end
/// @param liveKeysBefore how many keys were live before the measured writes
/// @param writes how many puts and deletes were made
/// @param keyBytes bytes per key
/// @param valueBytes bytes per value, on average
/// @param order in which order keys are written
/// @param logged whether the engine's log is on
/// @param commitEvery writes per durable commit; 0 where the engine decides
public record WorkloadShape(
    long liveKeys,
    long liveKeysBefore,
    long writes,
    int keyBytes,
    int valueBytes,
    KeyOrder order,
    boolean logged,
    long commitEvery) {

  /// In which order keys are chosen.
  public enum KeyOrder {
    /// Ascending.
    SEQUENTIAL,
    /// Each key alike.
    UNIFORM,
    /// Few keys often (Gray et al. 1994, as in YCSB).
    ZIPF,
    /// Recently written keys often.
    LATEST
  }
}
