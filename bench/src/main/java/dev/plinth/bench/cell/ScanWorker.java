package dev.plinth.bench.cell;

import dev.plinth.spi.Cursor;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import java.lang.foreign.ValueLayout;

/// Walks over all entries in order, touches each key and value, and starts again at the end.
final class ScanWorker extends Worker {
  private final long keys;
  private final Cursor cursor;
  private long entries;
  private long bytesReturned;
  private long touched;

  /// @param keys how many entries there must be; -1 when that is not known
  ScanWorker(Engine engine, long keys, long operations) {
    super(operations, 1);
    this.keys = keys;
    this.cursor = engine.cursor(KeyRange.all());
  }

  @Override
  void step() {
    if (!cursor.next()) {
      if ((keys >= 0 && entries != keys) || !cursor.first()) {
        throw new WrongAnswerException(
            keys + " entries were written, a scan found " + entries + " of them");
      }
      entries = 0;
    }
    entries++;
    int length = cursor.valueLength();
    bytesReturned += length;
    touched += cursor.keySegment().get(ValueLayout.JAVA_BYTE, cursor.keyOffset());
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
