package dev.plinth.kit.memtable;

import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.Tag;
import java.lang.foreign.MemorySegment;

/// Walks a [Memtable]. Entries inserted meanwhile may show; sequence numbers tell them apart.
public final class MemtableCursor extends EntryCursor {
  private final Memtable memtable;
  private long node;

  MemtableCursor(Memtable memtable) {
    this.memtable = memtable;
    this.keySegment = memtable.segment();
    this.valueSegment = memtable.segment();
    words(memtable.words());
  }

  @Override
  public void first() {
    show(memtable.firstNode());
  }

  @Override
  public void last() {
    show(memtable.lastNode());
  }

  @Override
  public void seek(MemorySegment key, long offset, int length, long tag) {
    show(memtable.seek(key, offset, length, tag));
  }

  @Override
  public void next() {
    show(memtable.nextNode(node));
  }

  @Override
  public void previous() {
    show(memtable.seekBefore(keySegment, keyOffset, keyLength, tag));
  }

  /// Where the log has the entry; 0 when the memtable keeps no places. Only while valid.
  public long place() {
    return memtable.place(node);
  }

  @Override
  public long sequenceMax() {
    return Tag.SEQUENCE_MAX;
  }

  @Override
  public void close() {
    valid = false;
  }

  private void show(long found) {
    node = found;
    valid = found != 0;
    if (valid) {
      keyOffset = Memtable.keyAddress(found) - memtable.base();
      keyLength = Memtable.keyLength(found);
      keyWord = words.of(keySegment, keyOffset, keyLength);
      tag = memtable.tag(found);
      valueOffset = keyOffset + keyLength;
      valueLength = memtable.valueLength(found);
    }
  }
}
