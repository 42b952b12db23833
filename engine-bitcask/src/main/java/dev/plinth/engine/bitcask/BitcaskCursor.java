package dev.plinth.engine.bitcask;

import dev.plinth.kit.epoch.Epochs;
import dev.plinth.spi.KeyRange;
import java.lang.foreign.MemorySegment;

/// Walks a range of a [SortedView].
final class BitcaskCursor extends RecordCursor {
  private static final int NONE = -1;

  private final SortedView view;
  private final long low;
  private final long high;
  private long at = NONE;

  /// @param lease keeps the records of the view
  /// @param release run once when it is closed
  BitcaskCursor(
      Epochs epochs,
      Records records,
      Snapshots.Lease lease,
      SortedView view,
      KeyRange range,
      Runnable release) {
    super(epochs, records, lease, release);
    this.view = view;
    byte[] from = range.from();
    byte[] to = range.to();
    this.low = from == null ? 0 : view.lowerBound(MemorySegment.ofArray(from), 0, from.length);
    long end = to == null ? view.count() : view.lowerBound(MemorySegment.ofArray(to), 0, to.length);
    this.high = Math.max(low, end);
  }

  @Override
  public boolean first() {
    return showAt(low);
  }

  @Override
  public boolean last() {
    return showAt(high - 1);
  }

  @Override
  public boolean seek(MemorySegment key, long offset, int length) {
    exit(enter());
    return showAt(Math.max(low, view.lowerBound(key, offset, length)));
  }

  @Override
  public boolean seekAtOrBefore(MemorySegment key, long offset, int length) {
    exit(enter());
    long behind = view.lowerBound(key, offset, length);
    if (behind >= low && behind < high && showAt(behind) && hasKey(key, offset, length)) {
      return true;
    }
    return showAt(Math.min(behind, high) - 1);
  }

  @Override
  public boolean next() {
    return showAt(at == NONE ? low : at + 1);
  }

  @Override
  long wordAhead(int distance) {
    long ahead = at + distance;
    return ahead < high ? view.word(ahead) : Slots.EMPTY;
  }

  @Override
  public boolean previous() {
    return showAt(at == NONE ? high - 1 : at - 1);
  }

  private boolean showAt(long index) {
    long token = enter();
    try {
      boolean inside = index >= low && index < high;
      boolean onward = inside && at != NONE && index == at + 1;
      at = inside ? index : NONE;
      if (onward) {
        fetchAhead();
      } else {
        walkAnew();
      }
      return inside ? show(view.word(index)) : showNone();
    } finally {
      exit(token);
    }
  }
}
