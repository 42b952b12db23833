package dev.plinth.raft.store;

import dev.plinth.spi.StorageException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Entries that are appended together, encoded as they are stored, in one off-heap buffer that is
/// used again: fill, append, [#clear()].
///
/// Indexes ascend and may leave gaps. Payloads are copied in. Not thread-safe; may be changed as
/// soon as the call that took it returned. The memory is released by the garbage collector.
public final class EntryBatch {
  private static final int INITIAL_BYTES = 4 << 10;

  private final EntryCodec codec;
  private final int bytesMax;
  private final EntryRuns runs = new EntryRuns();
  private MemorySegment segment;
  private int bytes;
  private int count;
  private long first;
  private long last;

  /// A batch of at most 256 MiB, with the standard codec.
  public EntryBatch() {
    this(EntryCodec.standard(), 256 << 20);
  }

  /// A batch.
  ///
  /// @param codec writes the headers
  /// @param bytesMax the most encoded bytes it takes, 1 KiB to 1 GiB
  public EntryBatch(EntryCodec codec, int bytesMax) {
    if (bytesMax < 1 << 10 || bytesMax > 1 << 30) {
      throw new StorageException.InvalidConfiguration(
          "bytesMax = " + bytesMax + ": a size from 1KiB to 1GiB is expected");
    }
    this.codec = codec;
    this.bytesMax = bytesMax;
    this.segment = Arena.ofAuto().allocate(Math.min(INITIAL_BYTES, bytesMax), 8);
  }

  /// Adds an entry.
  ///
  /// @param index higher than that of the entry before; 0 or more
  /// @param term 0 or more
  /// @param type 0 to [EntryTypes#MAX]
  /// @param timestamp milliseconds, 0 or more; 0 for none
  /// @throws StorageException.LimitExceeded when the batch would be longer than its limit; nothing
  ///   was added
  public EntryBatch add(
      long index,
      long term,
      int type,
      long timestamp,
      MemorySegment payload,
      long offset,
      int length) {
    if (index < 0 || term < 0 || timestamp < 0 || type < 0 || type > EntryTypes.MAX) {
      throw new IllegalArgumentException(
          "index, term and timestamp must not be negative, the type 0.." + EntryTypes.MAX);
    }
    if (count > 0 && index <= last) {
      throw new IllegalArgumentException("index " + index + " does not follow " + last);
    }
    ensureRoom((long) EntryCodec.HEADER_BYTES_MAX + length);
    long gap = count == 0 ? 0 : index - last - 1;
    long at = codec.put(segment, bytes, gap, term, type, timestamp, length);
    MemorySegment.copy(payload, offset, segment, at, length);
    runs.add(index, term, type, bytes, at + length);
    bytes = (int) at + length;
    first = count == 0 ? index : first;
    last = index;
    count++;
    return this;
  }

  /// Adds an entry without a timestamp.
  public EntryBatch add(long index, long term, int type, byte[] payload) {
    return add(index, term, type, 0, MemorySegment.ofArray(payload), 0, payload.length);
  }

  /// Makes it empty, keeping its memory.
  public void clear() {
    bytes = 0;
    count = 0;
    runs.clear();
  }

  /// How many entries it holds.
  public int count() {
    return count;
  }

  /// Whether it holds nothing.
  public boolean isEmpty() {
    return count == 0;
  }

  /// The index of its first entry; only when it holds one.
  public long first() {
    return first;
  }

  /// The index of its last entry; only when it holds one.
  public long last() {
    return last;
  }

  /// How many encoded bytes it holds.
  public int bytes() {
    return bytes;
  }

  /// The memory that holds the encoded entries from 0 to [#bytes()]; replaced when it grows.
  public MemorySegment segment() {
    return segment;
  }

  /// Shows its entries.
  public void forEach(EntryVisitor visitor) {
    EntryHeader header = new EntryHeader();
    long at = 0;
    long index = first - 1;
    while (at < bytes) {
      boolean good = codec.get(segment, at, bytes, header);
      assert good : "a batch does not decode at " + at;
      index += header.gap + 1;
      visitor.entry(
          index,
          header.term,
          header.type,
          header.timestamp,
          segment,
          header.payload,
          header.length);
      at = header.end();
    }
  }

  EntryRuns runs() {
    return runs;
  }

  private void ensureRoom(long more) {
    long needed = bytes + more;
    if (needed <= segment.byteSize()) {
      return;
    }
    if (needed > bytesMax) {
      throw new StorageException.LimitExceeded(
          "a batch of " + needed + " bytes goes over its limit of " + bytesMax + "; split it");
    }
    long size = Math.min(bytesMax, Math.max(needed, segment.byteSize() * 2));
    MemorySegment larger = Arena.ofAuto().allocate(size, 8);
    MemorySegment.copy(segment, 0, larger, 0, bytes);
    segment = larger;
  }
}
