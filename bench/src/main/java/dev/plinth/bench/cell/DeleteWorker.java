package dev.plinth.bench.cell;

import dev.plinth.bench.workload.KeyChooser;
import dev.plinth.bench.workload.Keys;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Deletes keys, one by one or in batches.
final class DeleteWorker extends Worker {
  private final Engine engine;
  private final KeyChooser chooser;
  private final Durability durability;
  private final int batchCount;
  private final WriteBatch batch = new WriteBatch();
  private final MemorySegment key = Arena.ofAuto().allocate(Keys.BYTES, 8);
  private long left;

  DeleteWorker(Engine engine, CellSpec spec, KeyChooser chooser, long operations) {
    super(operations, spec.batch());
    this.engine = engine;
    this.chooser = chooser;
    this.durability = spec.durability();
    this.batchCount = spec.batch();
    this.left = operations;
  }

  @Override
  void step() {
    if (batchCount == 1) {
      Keys.present(key, 0, chooser.next());
      engine.delete(key, 0, Keys.BYTES, durability);
      left--;
      return;
    }
    batch.clear();
    long count = Math.min(batchCount, left);
    for (long i = 0; i < count; i++) {
      Keys.present(key, 0, chooser.next());
      batch.delete(key, 0, Keys.BYTES);
    }
    engine.write(batch, durability);
    left -= count;
  }

  @Override
  long bytesWritten() {
    return (operations() - left) * Keys.BYTES;
  }
}
