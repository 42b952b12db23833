package dev.plinth.bench.cell;

import dev.plinth.bench.workload.KeyChooser;
import dev.plinth.bench.workload.Keys;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Seeks to existing keys with one cursor, goes ten entries on each time, and touches each value.
final class SeekWorker extends Worker {
  private static final int ENTRIES = 10;

  private final KeyChooser chooser;
  private final boolean checked;
  private final Cursor cursor;
  private final MemorySegment key = Arena.ofAuto().allocate(Keys.BYTES, 8);
  private long index;
  private long bytesReturned;
  private long touched;

  /// @param checked whether every key that is looked for must be found
  SeekWorker(Engine engine, KeyChooser chooser, long operations, boolean checked) {
    super(operations, 1);
    this.checked = checked;
    this.chooser = chooser;
    this.cursor = engine.cursor(KeyRange.all());
  }

  @Override
  void step() {
    index = chooser.next();
    Keys.present(key, 0, index);
    boolean found = cursor.seek(key, 0, Keys.BYTES);
    if (checked && !(found && standsOnKey())) {
      throw new WrongAnswerException("key " + 2 * index + " was written, a seek did not find it");
    }
    for (int i = 0; found && i < ENTRIES && cursor.next(); i++) {
      touch();
    }
  }

  private boolean standsOnKey() {
    long at = cursor.keyOffset();
    return cursor.keyLength() == Keys.BYTES
        && MemorySegment.mismatch(cursor.keySegment(), at, at + Keys.BYTES, key, 0, Keys.BYTES) < 0;
  }

  private void touch() {
    int length = cursor.valueLength();
    bytesReturned += length;
    if (length > 0) {
      touched += cursor.valueSegment().get(ValueLayout.JAVA_BYTE, cursor.valueOffset());
    }
  }

  @Override
  long bytesReturned() {
    return touched == Long.MIN_VALUE ? -1 : bytesReturned;
  }

  @Override
  public void close() {
    cursor.close();
  }
}
