package dev.plinth.conformance.lab;

import dev.plinth.conformance.model.Violation;

/// Records what several threads see at a time and looks for an order of it; in every other history
/// the disk begins to fail among them.
///
/// A point is how often a history is run again to be seen, since its schedule is not the same each
/// time.
final class ConcurrentLayer implements LayerRunner {
  /// What is counted.
  static final String HISTORIES = "concurrent histories";

  /// What is counted of them.
  static final String CALLS = "concurrent calls";

  private static final int TRIES = 500;

  @Override
  public Layer layer() {
    return Layer.CONCURRENT;
  }

  @Override
  public void round(Round round, long seed) {
    try {
      RecordedCalls counts = run(round, seed);
      round.tally().add(HISTORIES, 1);
      round.tally().add(CALLS, counts.calls());
      round.tally().add("writes of unknown outcome", counts.unknown());
    } catch (Violation e) {
      round.fail(Layer.CONCURRENT, seed, Integer.toString(TRIES), e);
    }
  }

  private static RecordedCalls run(Round round, long seed) {
    round.pulse().beat("concurrent seed " + seed);
    return round.subject().concurrent(seed, round.background(), round.pulse()::beat);
  }

  @Override
  public void replay(Round round, long seed, String point) {
    int tries = Integer.parseInt(point);
    for (int i = 0; i < tries; i++) {
      run(round, seed);
    }
  }
}
