package dev.plinth.raft.store.chronicle;

import dev.plinth.kit.memory.Varint;
import dev.plinth.raft.store.EntryCodec;
import dev.plinth.raft.store.EntryHeader;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import net.openhft.chronicle.bytes.Bytes;
import net.openhft.chronicle.bytes.PointerBytesStore;

/// The codec on Chronicle Bytes: stop-bit numbers written straight into the segment's own memory.
///
/// It keeps the address of the segment it worked on last without checking that it is alive, so each
/// call names a living native segment. One thread at a time, and not always the same: that callers
/// take turns is their word, so the library's own check of threads is off.
public final class ChronicleEntryCodec implements EntryCodec {
  private final PointerBytesStore store = new PointerBytesStore();
  private final Bytes<Void> bytes;

  /// A codec for one thread at a time.
  public ChronicleEntryCodec() {
    bytes = store.bytesForWrite();
    bytes.singleThreadedCheckDisabled(true);
  }

  @Override
  public long put(
      MemorySegment target,
      long offset,
      long gap,
      long term,
      int type,
      long timestamp,
      int length) {
    try {
      aim(target, offset, Math.min(HEADER_BYTES_MAX, target.byteSize() - offset));
      bytes.writeStopBit(gap);
      bytes.writeStopBit(term);
      bytes.writeUnsignedByte(type);
      bytes.writeStopBit(timestamp);
      bytes.writeStopBit(length);
      return offset + bytes.writePosition();
    } finally {
      Reference.reachabilityFence(target);
    }
  }

  @Override
  public boolean get(MemorySegment source, long offset, long end, EntryHeader into) {
    long room = Math.min(HEADER_BYTES_MAX, end - offset);
    if (room < 5) {
      return false;
    }
    aim(source, offset, room);
    bytes.writePosition(room);
    long gap;
    long term;
    int type;
    long timestamp;
    long length;
    try {
      gap = bytes.readStopBit();
      term = bytes.readStopBit();
      type = bytes.readUnsignedByte();
      timestamp = bytes.readStopBit();
      length = bytes.readStopBit();
    } catch (RuntimeException e) {
      // Whatever it says, these bytes are not an entry.
      return false;
    } finally {
      Reference.reachabilityFence(source);
    }
    if (gap < 0 || term < 0 || type < 0 || timestamp < 0 || length != (int) length || length < 0) {
      return false;
    }
    long shortest =
        1L + Varint.size(gap) + Varint.size(term) + Varint.size(timestamp) + Varint.size(length);
    long payload = offset + bytes.readPosition();
    into.set(gap, term, type, timestamp, (int) length, payload);
    return bytes.readPosition() == shortest && length <= end - payload;
  }

  private void aim(MemorySegment segment, long offset, long room) {
    store.set(segment.address() + offset, room);
    bytes.clear();
  }
}
