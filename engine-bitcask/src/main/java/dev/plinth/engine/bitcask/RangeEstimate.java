package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Keys;
import dev.plinth.spi.KeyRange;
import java.lang.foreign.MemorySegment;

/// Estimates how many bytes a range takes from a sample of the index: with a hash index any part of
/// it is a fair one.
final class RangeEstimate {
  private static final int SAMPLE = 4096;

  private final Parts parts;
  private long seen;
  private long inside;

  RangeEstimate(Parts parts) {
    this.parts = parts;
  }

  long bytes(KeyRange range) {
    long all = parts.files.bytes();
    if (range.equals(KeyRange.all())) {
      return all;
    }
    if (parts.live.isOrdered()) {
      return ordered(all, range);
    }
    KeyIndex index = parts.live.index;
    for (IndexPart part = index.partAt(0); part != null && seen < SAMPLE; ) {
      long token = parts.epochs.enter();
      try {
        KeyIndex.forEach(part, word -> count(word, range));
        part = index.partAt(KeyIndex.behind(part));
      } finally {
        parts.epochs.exit(token);
      }
    }
    return seen == 0 ? 0 : (long) ((double) all * inside / seen);
  }

  /// Counts keys leaf by leaf.
  private long ordered(long all, KeyRange range) {
    OrderedView view;
    parts.committer.lock().lock();
    try {
      view = parts.live.ordered().freeze();
    } finally {
      parts.committer.lock().unlock();
    }
    long token = parts.epochs.enter();
    try {
      long count = view.low(range).distanceTo(view.high(range));
      return view.size() == 0 ? 0 : (long) ((double) all * count / view.size());
    } finally {
      parts.epochs.exit(token);
      view.release();
    }
  }

  private void count(long word, KeyRange range) {
    DataFile file = parts.records.file(word);
    long offset = Slots.offset(word);
    Window window = file.window(offset);
    long parsed = parts.records.parse(file, window, offset);
    long key = offset - window.start() + RecordFormat.headerBytes(parsed);
    int length = RecordFormat.keyLength(parsed);
    byte[] from = range.from();
    byte[] to = range.to();
    boolean behind =
        from == null
            || Keys.compare(
                    window.segment(), key, length, MemorySegment.ofArray(from), 0, from.length)
                >= 0;
    boolean before =
        to == null
            || Keys.compare(window.segment(), key, length, MemorySegment.ofArray(to), 0, to.length)
                < 0;
    seen++;
    if (behind && before) {
      inside++;
    }
  }
}
