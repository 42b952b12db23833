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

  /// Which of several kinds of operation the last step was, from 0; kinds are timed apart too.
  int kind() {
    return 0;
  }

  /// Called before a step of a worker that works beside others: waits until it may go on. Not
  /// timed.
  void pause() {}

  /// Whether it works beside those that are measured: its operations and times do not count.
  boolean isBeside() {
    return false;
  }

  /// Bytes of keys and values that it has written.
  long bytesWritten() {
    return 0;
  }

  /// Bytes of values that it has read.
  long bytesReturned() {
    return 0;
  }

  @Override
  public void close() {}
}
