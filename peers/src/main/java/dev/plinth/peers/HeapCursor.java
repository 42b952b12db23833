package dev.plinth.peers;

import dev.plinth.spi.KeyRange;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A cursor on a [HeapWalk], within bounds.
final class HeapCursor extends PeerCursor {
  private static final byte[] FIRST = {};

  private final HeapWalk walk;
  private final Runnable release;
  private final byte @Nullable [] from;
  private final byte @Nullable [] to;
  private byte @Nullable [] key;
  private byte @Nullable [] value;

  HeapCursor(PeerEngine<?> engine, KeyRange range, HeapWalk walk, Runnable release) {
    super(engine);
    this.walk = walk;
    this.release = release;
    this.from = range.from();
    this.to = range.to();
  }

  @Override
  public boolean seek(MemorySegment key, long offset, int length) {
    requireOpen();
    byte[] target = HeapEngine.bytes(key, offset, length);
    byte[] start = from != null && Arrays.compareUnsigned(target, from) < 0 ? from : target;
    return landed(arrived(walk.seek(start)) && notAbove());
  }

  @Override
  public boolean seekAtOrBefore(MemorySegment key, long offset, int length) {
    requireOpen();
    byte[] target = HeapEngine.bytes(key, offset, length);
    if (to != null && Arrays.compareUnsigned(target, to) >= 0) {
      return landed(arrived(walk.before(to)) && notBelow());
    }
    boolean at = arrived(walk.seek(target)) && Arrays.equals(currentKey(), target);
    return landed((at || arrived(walk.before(target))) && notBelow());
  }

  @Override
  public MemorySegment keySegment() {
    requireEntry();
    return MemorySegment.ofArray(currentKey()).asReadOnly();
  }

  @Override
  public long keyOffset() {
    return 0;
  }

  @Override
  public int keyLength() {
    requireEntry();
    return currentKey().length;
  }

  @Override
  public MemorySegment valueSegment() {
    requireEntry();
    return MemorySegment.ofArray(currentValue()).asReadOnly();
  }

  @Override
  public long valueOffset() {
    return 0;
  }

  @Override
  public int valueLength() {
    requireEntry();
    return currentValue().length;
  }

  @Override
  protected boolean moveFirst() {
    return arrived(walk.seek(from == null ? FIRST : from)) && notAbove();
  }

  @Override
  protected boolean moveLast() {
    return arrived(to == null ? walk.last() : walk.before(to)) && notBelow();
  }

  @Override
  protected boolean moveNext() {
    return arrived(walk.next()) && notAbove();
  }

  @Override
  protected boolean movePrevious() {
    return arrived(walk.previous()) && notBelow();
  }

  @Override
  protected void free() {
    walk.close();
    release.run();
  }

  private boolean arrived(boolean onEntry) {
    key = null;
    value = null;
    return onEntry;
  }

  private byte[] currentKey() {
    byte[] current = key;
    if (current == null) {
      current = walk.key();
      key = current;
    }
    return current;
  }

  private byte[] currentValue() {
    byte[] current = value;
    if (current == null) {
      current = walk.value();
      value = current;
    }
    return current;
  }

  private boolean notAbove() {
    return to == null || Arrays.compareUnsigned(currentKey(), to) < 0;
  }

  private boolean notBelow() {
    return from == null || Arrays.compareUnsigned(currentKey(), from) >= 0;
  }
}
