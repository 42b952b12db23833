package dev.plinth.raft.store;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/// Entries of a log in one checked piece of memory, to send to another member as they are (NuRaft's
/// `pack` and `apply_pack`). The bytes are the same on every store.
///
/// ```
/// +-------+-----+-------+-------+---------+
/// | magic | crc | count | first | entries |
/// +-------+-----+-------+-------+---------+
///     8      4      4       8
/// ```
///
/// Little-endian; `entries` as in a record of [RaftLogFormat]; the crc is plain CRC32C over what
/// follows it.
public final class EntryPack {
  /// The first eight bytes: `plinthEP`.
  public static final long MAGIC = 0x5045_6874_6e69_6c70L;

  private static final int CRC_OFFSET = 8;
  private static final int COUNT_OFFSET = 12;
  private static final int FIRST_OFFSET = 16;
  private static final int HEADER_BYTES = 24;

  private EntryPack() {}

  /// Packs entries, as many as [RaftLogStore#read] shows.
  ///
  /// @param arena owns the memory
  /// @return the pack; empty when none of the entries is there
  public static Optional<MemorySegment> pack(
      RaftLogStore store, long from, long to, long bytesMax, Arena arena) {
    EntryBatch batch = new EntryBatch(StopBitCodec.INSTANCE, 1 << 30);
    store.read(from, to, bytesMax, batch::add);
    if (batch.isEmpty()) {
      return Optional.empty();
    }
    MemorySegment pack = arena.allocate(HEADER_BYTES + (long) batch.bytes());
    pack.set(Layouts.LONG, 0, MAGIC);
    pack.set(Layouts.INT, COUNT_OFFSET, batch.count());
    pack.set(Layouts.LONG, FIRST_OFFSET, batch.first());
    MemorySegment.copy(batch.segment(), 0, pack, HEADER_BYTES, batch.bytes());
    pack.set(Layouts.INT, CRC_OFFSET, crc(pack, 0, pack.byteSize()));
    return Optional.of(pack);
  }

  /// Puts packed entries in place of everything from the first of them on.
  ///
  /// @return the last index
  /// @throws IllegalArgumentException when it is not a pack or was changed on its way; nothing was
  ///   changed
  public static long apply(RaftLogStore store, MemorySegment pack, long offset, long length) {
    boolean whole =
        length > HEADER_BYTES
            && pack.get(Layouts.LONG, offset) == MAGIC
            && pack.get(Layouts.INT, offset + CRC_OFFSET) == crc(pack, offset, length);
    if (!whole) {
      throw new IllegalArgumentException("these " + length + " bytes are no pack of entries");
    }
    EntryBatch batch = new EntryBatch(StopBitCodec.INSTANCE, 1 << 30);
    EntryHeader header = new EntryHeader();
    long at = offset + HEADER_BYTES;
    long index = pack.get(Layouts.LONG, offset + FIRST_OFFSET) - 1;
    while (at < offset + length) {
      if (!StopBitCodec.INSTANCE.get(pack, at, offset + length, header)) {
        throw new IllegalArgumentException("the pack holds an entry that is not well formed");
      }
      index += header.gap + 1;
      batch.add(
          index, header.term, header.type, header.timestamp, pack, header.payload, header.length);
      at = header.end();
    }
    return store.overwriteFrom(batch.first(), batch);
  }

  private static int crc(MemorySegment pack, long offset, long length) {
    return new Crc32c().start().add(pack, offset + COUNT_OFFSET, length - COUNT_OFFSET).value();
  }
}
