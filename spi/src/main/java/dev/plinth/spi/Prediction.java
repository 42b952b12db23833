package dev.plinth.spi;

/// What an engine's cost model expects of a workload; [Double#NaN] where the model says nothing.
///
/// @param write bytes handed to files per byte of key and value accepted, log included, settled
/// @param readBlocks blocks or pages touched per point read that hits
/// @param space bytes on disk per live byte, settled
/// @param writeBlocks blocks or pages that a put itself touches before it returns; 0 where it only
///   appends
/// @param seekBlocks blocks or pages touched to put a cursor to a key and read its entry
/// @param nextBlocks blocks or pages touched for each further entry of a cursor, less than 1 where
///   neighbours lie together
/// @param indexBytesPerKey memory that each live key takes for as long as the store is open, not
///   counting what the operating system may take away
public record Prediction(
    double write,
    double readBlocks,
    double space,
    double writeBlocks,
    double seekBlocks,
    double nextBlocks,
    double indexBytesPerKey) {
  /// A prediction that says nothing.
  public static final Prediction UNKNOWN = new Prediction(Double.NaN, Double.NaN, Double.NaN);

  /// A prediction of amplification alone.
  public Prediction(double write, double readBlocks, double space) {
    this(write, readBlocks, space, Double.NaN, Double.NaN, Double.NaN, Double.NaN);
  }
}
