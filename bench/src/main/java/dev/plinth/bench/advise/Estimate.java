package dev.plinth.bench.advise;

import dev.plinth.spi.Prediction;

/// What one candidate should cost by the models.
///
/// @param candidate the engine and its options
/// @param prediction what its own model says
/// @param nanos what an operation of the mix costs on average, the score; infinite when the
///   candidate is out of the question
/// @param readNanos what a point read costs
/// @param writeNanos what a write costs
/// @param scanNanos what a range read costs
/// @param coldNanos the part of the score that waits for the device because memory is short
/// @param spaceBytes bytes on disk
/// @param memoryBytes memory that index and buffers hold
/// @param obstacle why it is out of the question; empty when it is not
public record Estimate(
    Candidate candidate,
    Prediction prediction,
    double nanos,
    double readNanos,
    double writeNanos,
    double scanNanos,
    double coldNanos,
    double spaceBytes,
    double memoryBytes,
    String obstacle) {

  /// Whether it is in question.
  public boolean fits() {
    return obstacle.isEmpty();
  }
}
