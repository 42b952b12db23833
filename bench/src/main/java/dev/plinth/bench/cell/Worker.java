package dev.plinth.bench.cell;

/// What one thread of a cell does, one step after the other. Not thread-safe; a step allocates
/// nothing of its own.
abstract class Worker implements AutoCloseable {
  private final long operations;
  private final int operationsPerStep;

  /// @param operations how many operations this worker makes
  /// @param operationsPerStep how many of them one step makes; the last step may make fewer
  Worker(long operations, int operationsPerStep) {
    this.operations = operations;
    this.operationsPerStep = operationsPerStep;
  }

  /// How many operations it makes.
  final long operations() {
    return operations;
  }

  /// How many steps it makes.
  final long steps() {
    return (operations + operationsPerStep - 1) / operationsPerStep;
  }

  /// Does one step.
  abstract void step();

  /// Looks whether the last step, which was timed, did what it should. Not timed.
  void check() {}

  /// Called once when all steps are done, within the measured time.
  void finish() {}

  /// Bytes of values that it has read.
  long bytesReturned() {
    return 0;
  }

  @Override
  public void close() {}
}
