package dev.plinth.raft.store;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import java.lang.foreign.MemorySegment;

/// A chunk of a snapshot, version 1: the same bytes whatever the engine. Chunks are numbered from 0
/// and may arrive in any order.
///
/// ```
/// +-------+-----+--------+------+-----------------+
/// | magic | crc | number | last | put, put, put.. |
/// +-------+-----+--------+------+-----------------+
///     4      4      8       1
/// ```
///
/// Little-endian; `last` is 1 in the last chunk. The entries are encoded as puts of a
/// [dev.plinth.spi.WriteBatch], with the keys of [StateKeys]. The crc is plain CRC32C over what
/// follows it.
final class StateChunkFormat {
  static final int MAGIC = 0x3143_5350;
  static final int CRC_OFFSET = 4;
  static final int NUMBER_OFFSET = 8;
  static final int LAST_OFFSET = 16;
  static final int HEADER_BYTES = 17;

  private StateChunkFormat() {}

  static int crc(MemorySegment chunk, long offset, long length) {
    return new Crc32c().start().add(chunk, offset + NUMBER_OFFSET, length - NUMBER_OFFSET).value();
  }

  static boolean isGood(MemorySegment chunk, long offset, long length) {
    return length >= HEADER_BYTES
        && chunk.get(Layouts.INT, offset) == MAGIC
        && chunk.get(Layouts.INT, offset + CRC_OFFSET) == crc(chunk, offset, length);
  }
}
