package dev.plinth.bench.cell;

import dev.plinth.bench.workload.KeyChooser;
import dev.plinth.bench.workload.Keys;
import dev.plinth.bench.workload.Values;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Writes values, one by one or in batches.
final class PutWorker extends Worker {
  private final Engine engine;
  private final KeyChooser chooser;
  private final Values values;
  private final MemorySegment valueSegment;
  private final Durability durability;
  private final MemorySegment key = Arena.ofAuto().allocate(Keys.BYTES, 8);
  private final int batchCount;
  private final WriteBatch batch = new WriteBatch();
  private final long commitEvery;
  private final long versionStep;
  private long version;
  private long uncommitted;
  private long left;

  /// @param versioned whether each write has a version of its own; false for the version of loads
  /// @param firstVersion versions begin behind it
  PutWorker(
      Engine engine,
      CellSpec spec,
      KeyChooser chooser,
      Values values,
      long operations,
      boolean versioned,
      long firstVersion) {
    super(operations, spec.batch());
    this.engine = engine;
    this.chooser = chooser;
    this.values = values;
    this.valueSegment = values.segment();
    this.durability = spec.durability();
    this.batchCount = spec.batch();
    this.left = operations;
    this.commitEvery = spec.commitEvery();
    this.versionStep = versioned ? 1 : 0;
    this.version = versioned ? firstVersion : 0;
  }

  @Override
  void step() {
    if (batchCount == 1) {
      long value = next();
      engine.put(key, 0, Keys.BYTES, valueSegment, value, values.valueBytes(), durability);
      left--;
    } else {
      batch.clear();
      long count = Math.min(batchCount, left);
      for (long i = 0; i < count; i++) {
        long value = next();
        batch.put(key, 0, Keys.BYTES, valueSegment, value, values.valueBytes());
      }
      engine.write(batch, durability);
      left -= count;
    }
    if (commitEvery > 0) {
      uncommitted += batchCount;
      if (uncommitted >= commitEvery) {
        engine.flush();
        uncommitted = 0;
      }
    }
  }

  @Override
  void finish() {
    if (uncommitted > 0) {
      engine.flush();
    }
  }

  @Override
  long bytesWritten() {
    return (operations() - left) * (Keys.BYTES + (long) values.valueBytes());
  }

  /// Sets the key and gives the place of its value.
  private long next() {
    long index = chooser.next();
    version += versionStep;
    Keys.present(key, 0, index);
    return values.offset(index, version);
  }
}
