package dev.plinth.bench.cell;

import dev.plinth.bench.workload.Keys;
import dev.plinth.bench.workload.Mix.Action;
import dev.plinth.bench.workload.Values;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Carries out the operations of a mixed workload. Every read must find a value of the right
/// length.
final class MixWorker extends Worker {
  private final Engine engine;
  private final MixScript script;
  private final Values values;
  private final Durability durability;
  private final boolean checked;
  private final int valueBytes;
  private final MemorySegment key = Arena.ofAuto().allocate(Keys.BYTES, 8);
  private final MemorySegment target;
  private long bytesReturned;
  private long bytesWritten;
  private long touched;

  /// @param checked whether the engine keeps data at all
  MixWorker(
      Engine engine,
      MixScript script,
      Values values,
      Durability durability,
      long operations,
      boolean checked) {
    super(operations, 1);
    this.engine = engine;
    this.script = script;
    this.values = values;
    this.durability = durability;
    this.checked = checked;
    this.valueBytes = values.valueBytes();
    this.target = Arena.ofAuto().allocate(Math.max(1, valueBytes), 8);
  }

  @Override
  void step() {
    script.next();
    script.key(key);
    Action action = script.action();
    if (action == Action.READ || action == Action.MODIFY) {
      read();
    }
    if (action == Action.SCAN) {
      scan();
    } else if (action != Action.READ) {
      write();
    }
  }

  @Override
  int kind() {
    return script.action().ordinal();
  }

  private void read() {
    long length = engine.copy(key, 0, Keys.BYTES, target, 0, valueBytes);
    if (length != valueBytes && checked) {
      throw new WrongAnswerException(
          "key "
              + (2 * script.index() + (script.isInserted() ? 1 : 0))
              + " was written with "
              + valueBytes
              + " bytes, a read gave "
              + length);
    }
    bytesReturned += Math.max(0, length);
  }

  private void write() {
    long valueKey = script.isInserted() ? ~script.index() : script.index();
    long value = values.offset(valueKey, script.version());
    engine.put(key, 0, Keys.BYTES, values.segment(), value, valueBytes, durability);
    bytesWritten += Keys.BYTES + (long) valueBytes;
  }

  /// A cursor of its own for each scan, since it shows the state of its making.
  private void scan() {
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      boolean found = cursor.seek(key, 0, Keys.BYTES);
      if (!found && checked) {
        throw new WrongAnswerException(
            "key " + 2 * script.index() + " was written, a seek found nothing from there on");
      }
      for (int i = 0; found && i < script.entries(); i++) {
        int length = cursor.valueLength();
        bytesReturned += length;
        if (length > 0) {
          touched += cursor.valueSegment().get(ValueLayout.JAVA_BYTE, cursor.valueOffset());
        }
        found = cursor.next();
      }
    }
  }

  @Override
  long bytesReturned() {
    return touched == Long.MIN_VALUE ? -1 : bytesReturned;
  }

  @Override
  long bytesWritten() {
    return bytesWritten;
  }
}
