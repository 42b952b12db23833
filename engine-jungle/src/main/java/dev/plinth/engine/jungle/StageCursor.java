package dev.plinth.engine.jungle;

import dev.plinth.engine.jungle.table.LoggedValue;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.memory.KeyCopy;
import dev.plinth.kit.memtable.Memtable;
import dev.plinth.kit.merge.Tag;
import java.lang.foreign.MemorySegment;

/// Walks a layer that points into the log; reads a value when it is asked for. Not thread-safe.
final class StageCursor extends ShownCursor {
  private final LogWriter log;
  private final LoggedValue value = new LoggedValue();

  StageCursor(Memtable memtable, LogWriter log) {
    super(memtable.cursor());
    this.log = log;
  }

  @Override
  public void first() {
    inner.first();
    showStaged();
  }

  @Override
  public void last() {
    inner.last();
    showStaged();
  }

  @Override
  public void seek(MemorySegment key, long offset, int length, long at) {
    inner.seek(key, offset, length, at);
    showStaged();
  }

  @Override
  public void next() {
    inner.next();
    showStaged();
  }

  @Override
  public void previous() {
    inner.previous();
    showStaged();
  }

  @Override
  public long sequenceMax() {
    return inner.sequenceMax();
  }

  @Override
  public void fetchValue() {
    value.read(log, valueSegment, valueOffset);
    valueSegment = value.segment();
    valueOffset = 0;
    valueLength = value.length();
    valueElsewhere = false;
  }

  @Override
  public void readValue(MemorySegment reference, long offset, int length, KeyCopy target) {
    value.read(log, reference, offset);
    target.set(value.segment(), 0, value.length());
  }

  private void showStaged() {
    show();
    valueElsewhere = valid && Tag.kind(tag) == Tag.BLOB;
  }
}
