package dev.plinth.raft.store;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.Varint;
import java.lang.foreign.MemorySegment;

/// The codec on plain memory segments: the one that every store uses unless told otherwise.
public final class StopBitCodec implements EntryCodec {
  /// The one instance.
  public static final EntryCodec INSTANCE = new StopBitCodec();

  private StopBitCodec() {}

  @Override
  public long put(
      MemorySegment target,
      long offset,
      long gap,
      long term,
      int type,
      long timestamp,
      int length) {
    long at = Varint.put(target, offset, gap);
    at = Varint.put(target, at, term);
    target.set(Layouts.BYTE, at, (byte) type);
    at = Varint.put(target, at + 1, timestamp);
    return Varint.put(target, at, length);
  }

  @Override
  public boolean get(MemorySegment source, long offset, long end, EntryHeader into) {
    long gap = Varint.get(source, offset, end);
    if (gap < 0) {
      return false;
    }
    long at = offset + Varint.size(gap);
    long term = Varint.get(source, at, end);
    if (term < 0) {
      return false;
    }
    at += Varint.size(term);
    if (at >= end) {
      return false;
    }
    int type = source.get(Layouts.BYTE, at++) & 0xff;
    long timestamp = Varint.get(source, at, end);
    if (timestamp < 0) {
      return false;
    }
    at += Varint.size(timestamp);
    int length = Varint.getInt(source, at, end);
    if (length < 0) {
      return false;
    }
    at += Varint.size(length);
    into.set(gap, term, type, timestamp, length, at);
    return length <= end - at;
  }
}
