package dev.plinth.engine.jungle;

import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.Tag;
import java.lang.foreign.MemorySegment;

/// A cursor over nothing.
final class NoEntries extends EntryCursor {
  static final NoEntries INSTANCE = new NoEntries();

  private NoEntries() {}

  @Override
  public void first() {}

  @Override
  public void last() {}

  @Override
  public void seek(MemorySegment key, long offset, int length, long tag) {}

  @Override
  public void next() {}

  @Override
  public void previous() {}

  @Override
  public long sequenceMax() {
    return Tag.BEHIND;
  }

  @Override
  public void close() {}
}
