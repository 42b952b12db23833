package dev.plinth.bench.cell;

import dev.plinth.bench.workload.KeyChooser;
import dev.plinth.bench.workload.Keys;
import dev.plinth.bench.workload.Values;
import dev.plinth.spi.Engine;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Copies the values of existing keys into memory of its own, or looks for missing keys. Every
/// answer's length is checked, every timed answer's bytes too.
final class GetWorker extends Worker {
  private final Engine engine;
  private final KeyChooser chooser;
  private final Values values;
  private final boolean present;
  private final boolean lengthChecked;
  private final boolean bytesChecked;
  private final int valueBytes;
  private final MemorySegment key = Arena.ofAuto().allocate(Keys.BYTES, 8);
  private final MemorySegment target;
  private final long expected;
  private long index;
  private long bytesReturned;

  /// @param present whether it looks for existing keys
  /// @param lengthChecked whether it is known what must be found
  /// @param bytesChecked whether values are still those that were loaded
  GetWorker(
      Engine engine,
      KeyChooser chooser,
      Values values,
      long operations,
      boolean present,
      boolean lengthChecked,
      boolean bytesChecked) {
    super(operations, 1);
    this.engine = engine;
    this.chooser = chooser;
    this.values = values;
    this.present = present;
    this.lengthChecked = lengthChecked;
    this.bytesChecked = bytesChecked;
    this.valueBytes = values.valueBytes();
    this.target = Arena.ofAuto().allocate(Math.max(1, valueBytes), 8);
    this.expected = present ? valueBytes : -1;
  }

  @Override
  void step() {
    index = chooser.next();
    if (present) {
      Keys.present(key, 0, index);
    } else {
      Keys.missing(key, 0, index);
    }
    long length = engine.copy(key, 0, Keys.BYTES, target, 0, valueBytes);
    if (length != expected && lengthChecked) {
      throw wrong(length);
    }
    bytesReturned += Math.max(0, length);
  }

  @Override
  void check() {
    if (!present || !bytesChecked) {
      return;
    }
    long start = values.offset(index, 0);
    long difference =
        MemorySegment.mismatch(target, 0, valueBytes, values.segment(), start, start + valueBytes);
    if (difference >= 0) {
      throw new WrongAnswerException(
          "key " + 2 * index + " has a value that was never written (byte " + difference + ")");
    }
  }

  @Override
  long bytesReturned() {
    return bytesReturned;
  }

  private WrongAnswerException wrong(long length) {
    return new WrongAnswerException(
        present
            ? "key "
                + 2 * index
                + " was written with "
                + valueBytes
                + " bytes, a read gave "
                + length
            : "key " + (2 * index + 1) + " was never written, a read gave " + length);
  }
}
