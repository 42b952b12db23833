package dev.plinth.bench.cell;

import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;

/// Compacts the whole store, as often as it has operations: once.
final class CompactWorker extends Worker {
  private final Engine engine;

  CompactWorker(Engine engine, long operations) {
    super(operations, 1);
    this.engine = engine;
  }

  @Override
  void step() {
    engine.compact(KeyRange.all());
  }
}
