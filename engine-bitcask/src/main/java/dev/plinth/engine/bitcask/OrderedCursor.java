package dev.plinth.engine.bitcask;

import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.memory.Keys;
import dev.plinth.spi.KeyRange;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Walks a range of an [OrderedView].
final class OrderedCursor extends RecordCursor {
  private final OrderedKeys keys;
  private final @Nullable MemorySegment from;
  private final @Nullable MemorySegment to;
  private final OrderedPosition low;
  private final OrderedPosition high;
  private final OrderedPosition at;
  private boolean standing;

  /// Made inside an epoch.
  ///
  /// @param lease keeps the records of the view
  /// @param release run once when it is closed
  OrderedCursor(
      Epochs epochs,
      Records records,
      Snapshots.Lease lease,
      OrderedView view,
      KeyRange range,
      Runnable release) {
    super(epochs, records, lease, release);
    this.keys = view.keys();
    byte[] first = range.from();
    byte[] end = range.to();
    this.from = first == null ? null : MemorySegment.ofArray(first);
    this.to = end == null ? null : MemorySegment.ofArray(end);
    this.at = view.position();
    this.low = view.low(range);
    this.high = range.isEmpty() ? view.low(range) : view.high(range);
  }

  @Override
  public boolean first() {
    standing = false;
    return next();
  }

  @Override
  public boolean last() {
    standing = false;
    return previous();
  }

  @Override
  public boolean seek(MemorySegment key, long offset, int length) {
    long token = enter();
    try {
      walkAnew();
      lowerBound(key, offset, length);
      return showHere();
    } finally {
      exit(token);
    }
  }

  @Override
  public boolean seekAtOrBefore(MemorySegment key, long offset, int length) {
    long token = enter();
    try {
      lowerBound(key, offset, length);
      if (!at.isAt(high) && show(at.word()) && hasKey(key, offset, length)) {
        standing = true;
        return true;
      }
      return showBefore();
    } finally {
      exit(token);
    }
  }

  @Override
  public boolean next() {
    long token = enter();
    try {
      if (standing) {
        at.next();
        fetchAhead();
      } else {
        walkAnew();
        at.moveTo(low);
      }
      return showHere();
    } finally {
      exit(token);
    }
  }

  @Override
  public boolean previous() {
    long token = enter();
    try {
      if (!standing) {
        at.moveTo(high);
      }
      return showBefore();
    } finally {
      exit(token);
    }
  }

  @Override
  long wordAhead(int distance) {
    return at.wordAhead(distance, high);
  }

  /// Moves to the first entry of the range at or behind a key, or to its end.
  private void lowerBound(MemorySegment key, long offset, int length) {
    MemorySegment first = from;
    MemorySegment end = to;
    if (first != null && Keys.compare(key, offset, length, first, 0, (int) first.byteSize()) <= 0) {
      at.moveTo(low);
    } else if (end != null
        && Keys.compare(key, offset, length, end, 0, (int) end.byteSize()) >= 0) {
      at.moveTo(high);
    } else {
      at.lowerBound(keys, key, offset, length);
    }
  }

  private boolean showHere() {
    standing = !at.isAt(high);
    return standing ? show(at.word()) : showNone();
  }

  private boolean showBefore() {
    walkAnew();
    standing = !at.isAt(low) && at.previous();
    return standing ? show(at.word()) : showNone();
  }
}
