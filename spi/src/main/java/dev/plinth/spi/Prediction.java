package dev.plinth.spi;

/// What an engine's cost model expects of a workload; [Double#NaN] where the model says nothing.
///
/// @param write bytes handed to files per byte of key and value accepted, log included, settled
/// @param readBlocks blocks or pages touched per point read that hits
/// @param space bytes on disk per live byte, settled
public record Prediction(double write, double readBlocks, double space) {
  /// A prediction that says nothing.
  public static final Prediction UNKNOWN = new Prediction(Double.NaN, Double.NaN, Double.NaN);
}
