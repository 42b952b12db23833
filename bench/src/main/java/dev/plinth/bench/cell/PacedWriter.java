package dev.plinth.bench.cell;

import dev.plinth.bench.workload.KeyChooser;
import dev.plinth.bench.workload.Keys;
import dev.plinth.bench.workload.Values;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.LockSupport;

/// Overwrites keys beside readers, in step with them: never a larger share of its writes than they
/// have made of their reads. When it is slower than that it goes on alone afterwards, so that the
/// state at the end is decided by the seed.
final class PacedWriter extends Worker {
  private static final long NAP_NANOS = 50_000;

  private final Engine engine;
  private final KeyChooser chooser;
  private final Values values;
  private final Durability durability;
  private final Progress progress;
  private final long reads;
  private final long firstVersion;
  private final MemorySegment key = Arena.ofAuto().allocate(Keys.BYTES, 8);
  private long written;

  /// @param progress that of the readers
  /// @param reads how many reads they make in all
  /// @param firstVersion versions of values begin behind it
  PacedWriter(
      Engine engine,
      KeyChooser chooser,
      Values values,
      Durability durability,
      long operations,
      Progress progress,
      long reads,
      long firstVersion) {
    super(operations, 1);
    this.engine = engine;
    this.chooser = chooser;
    this.values = values;
    this.durability = durability;
    this.progress = progress;
    this.reads = reads;
    this.firstVersion = firstVersion;
  }

  @Override
  void pause() {
    while ((double) written * reads > (double) progress.operations() * operations()
        && progress.operations() < reads
        && progress.isRunning()) {
      LockSupport.parkNanos(NAP_NANOS);
    }
  }

  @Override
  void step() {
    long index = chooser.next();
    written++;
    Keys.present(key, 0, index);
    long value = values.offset(index, firstVersion + written);
    engine.put(key, 0, Keys.BYTES, values.segment(), value, values.valueBytes(), durability);
  }

  @Override
  boolean isBeside() {
    return true;
  }

  @Override
  long bytesWritten() {
    return written * (Keys.BYTES + (long) values.valueBytes());
  }
}
