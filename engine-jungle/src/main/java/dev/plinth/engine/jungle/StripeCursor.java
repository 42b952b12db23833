package dev.plinth.engine.jungle;

import dev.plinth.kit.memory.KeyCopy;
import dev.plinth.kit.memtable.Memtable;
import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.RangeTombstone;
import dev.plinth.kit.merge.RangeTombstones;
import dev.plinth.kit.merge.Tag;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Walks what a reader of one sequence number sees of a full memtable, without what was there at
/// another, earlier one: of each key the newest entry in between, deletes included. Forward only;
/// not thread-safe.
final class StripeCursor extends ShownCursor {
  private final RangeTombstones ranges;
  private final long after;
  private final long upTo;
  private final KeyCopy last = new KeyCopy();
  private boolean hasLast;

  /// @param inner over the memtable
  /// @param after entries up to this sequence number do not count
  /// @param upTo entries behind this sequence number do not count
  StripeCursor(EntryCursor inner, Memtable memtable, long after, long upTo) {
    super(inner);
    this.after = after;
    this.upTo = upTo;
    this.ranges = RangeTombstones.of(ranges(memtable, after, upTo));
  }

  /// The ranges deleted in between.
  static List<RangeTombstone> ranges(Memtable memtable, long after, long upTo) {
    return memtable.tombstones().ranges().stream()
        .filter(range -> range.sequence() > after && range.sequence() <= upTo)
        .toList();
  }

  @Override
  public void first() {
    hasLast = false;
    inner.first();
    forward();
  }

  @Override
  public void seek(MemorySegment key, long offset, int length, long ignored) {
    hasLast = false;
    inner.seek(key, offset, length, Tag.FIRST);
    forward();
  }

  @Override
  public void next() {
    inner.next();
    forward();
  }

  @Override
  public void last() {
    throw new UnsupportedOperationException("forward only");
  }

  @Override
  public void previous() {
    throw new UnsupportedOperationException("forward only");
  }

  @Override
  public long sequenceMax() {
    return upTo;
  }

  @Override
  public void fetchValue() {
    inner.fetchValue();
    showValue();
  }

  private void forward() {
    for (; inner.isValid(); inner.next()) {
      long sequence = Tag.sequence(inner.tag());
      if (sequence <= after || sequence > upTo) {
        continue;
      }
      MemorySegment segment = inner.keySegment();
      if (hasLast && last.isEqual(segment, inner.keyOffset(), inner.keyLength())) {
        continue;
      }
      last.set(segment, inner.keyOffset(), inner.keyLength());
      hasLast = true;
      boolean covered =
          !ranges.isEmpty()
              && ranges.covering(segment, inner.keyOffset(), inner.keyLength(), upTo) > sequence;
      if (!covered) {
        show();
        return;
      }
    }
    valid = false;
  }
}
