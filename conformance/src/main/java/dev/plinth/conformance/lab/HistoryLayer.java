package dev.plinth.conformance.lab;

import dev.plinth.conformance.model.Violation;

/// Runs long histories; a failing one is shortened for the report.
///
/// A point is the number of operations.
final class HistoryLayer implements LayerRunner {
  private final int operations;

  HistoryLayer(int operations) {
    this.operations = operations;
  }

  @Override
  public Layer layer() {
    return Layer.HISTORY;
  }

  @Override
  public void round(Round round, long seed) {
    round.pulse().beat("history seed " + seed);
    try {
      long run = round.subject().history(seed, operations, round.background());
      round.tally().add("histories", 1);
      round.tally().add("history operations", run);
    } catch (Violation e) {
      Runnable alive = () -> round.pulse().beat("shortening history seed " + seed);
      String steps = round.subject().shortened(seed, operations, round.background(), alive);
      String text = e.getMessage() + "\n  shortened to:\n" + steps.indent(4).stripTrailing();
      round.fail(
          Layer.HISTORY, seed, Integer.toString(operations), new Violation(e.clause(), text, e));
    }
  }

  @Override
  public void replay(Round round, long seed, String point) {
    round.subject().history(seed, Integer.parseInt(point), round.background());
  }
}
