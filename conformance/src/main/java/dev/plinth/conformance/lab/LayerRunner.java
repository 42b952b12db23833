package dev.plinth.conformance.lab;

/// How one layer is run and replayed.
interface LayerRunner {
  /// The layer.
  Layer layer();

  /// Runs every case of one seed, counting, until the round says that it ended. The first violation
  /// is recorded and ends it.
  void round(Round round, long seed);

  /// Runs the one case that a point names.
  ///
  /// @throws AssertionError the violation, when it is still there
  void replay(Round round, long seed, String point);
}
