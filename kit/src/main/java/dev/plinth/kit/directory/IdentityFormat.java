package dev.plinth.kit.directory;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.UUID;

/// The file `IDENTITY`: which engine a directory belongs to. Numbers are little-endian.
///
/// ```
/// +-------+---------+---------------+----------+-------------+-------------+----------+--------+
/// | magic | version | engine format | store id | name length | engine name | reserved | CRC32C |
/// +-------+---------+---------------+----------+-------------+-------------+----------+--------+
/// 0       8         12              16         32            33            56         60       64
/// ```
///
/// `magic` is `PLINTHID`. `version` is that of this file: 1. `engine format` is the version of the
/// engine's own files. `store id` is random, high half first. `engine name` is ASCII, zeros behind
/// it, as is `reserved`. The checksum covers bytes 0 to 59. Later versions keep the size, and the
/// places of magic, version and checksum. These offsets are on disks.
final class IdentityFormat {
  static final int BYTES = 64;
  static final int VERSION = 1;
  static final int NAME_BYTES_MAX = 23;

  private static final byte[] MAGIC = "PLINTHID".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION_OFFSET = 8;
  private static final int ENGINE_FORMAT_OFFSET = 12;
  private static final int STORE_ID_OFFSET = 16;
  private static final int NAME_LENGTH_OFFSET = 32;
  private static final int NAME_OFFSET = 33;
  private static final int CRC_OFFSET = 60;

  private IdentityFormat() {}

  /// What the file says.
  record Identity(String engine, int formatVersion, UUID storeId) {}

  static byte[] encode(Identity identity) {
    byte[] bytes = new byte[BYTES];
    MemorySegment segment = MemorySegment.ofArray(bytes);
    byte[] name = identity.engine.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(MAGIC, 0, bytes, 0, MAGIC.length);
    segment.set(Layouts.INT, VERSION_OFFSET, VERSION);
    segment.set(Layouts.INT, ENGINE_FORMAT_OFFSET, identity.formatVersion);
    segment.set(Layouts.LONG, STORE_ID_OFFSET, identity.storeId.getMostSignificantBits());
    segment.set(Layouts.LONG, STORE_ID_OFFSET + 8, identity.storeId.getLeastSignificantBits());
    bytes[NAME_LENGTH_OFFSET] = (byte) name.length;
    System.arraycopy(name, 0, bytes, NAME_OFFSET, name.length);
    segment.set(Layouts.INT, CRC_OFFSET, checksum(segment));
    return bytes;
  }

  /// @throws StorageException.Corrupt when the bytes are not what was written
  /// @throws StorageException.UnsupportedFormat when another program or a newer version wrote them
  static Identity decode(Path file, byte[] bytes) {
    MemorySegment segment = MemorySegment.ofArray(bytes);
    if (bytes.length != BYTES) {
      if (!startsLikeMagic(bytes)) {
        throw new StorageException.UnsupportedFormat(
            file + ": this is not an identity of Plinth; open another directory");
      }
      throw new StorageException.Corrupt(
          file, 0, "an identity has " + BYTES + " bytes, this one " + bytes.length);
    }
    int expected = checksum(segment);
    int found = segment.get(Layouts.INT, CRC_OFFSET);
    if (expected != found || !startsLikeMagic(bytes)) {
      throw new StorageException.Corrupt(
          file,
          0,
          String.format("the checksum of the identity is %08x, stored %08x", expected, found));
    }
    int version = segment.get(Layouts.INT, VERSION_OFFSET);
    if (version != VERSION) {
      throw new StorageException.UnsupportedFormat(
          file
              + ": the identity has version "
              + version
              + ", this release knows "
              + VERSION
              + "; open it with the release that wrote it, or a newer one");
    }
    int nameLength = bytes[NAME_LENGTH_OFFSET];
    if (nameLength < 1 || nameLength > NAME_BYTES_MAX) {
      throw new StorageException.Corrupt(
          file, NAME_LENGTH_OFFSET, "an engine's name of " + nameLength + " bytes");
    }
    return new Identity(
        new String(bytes, NAME_OFFSET, nameLength, StandardCharsets.US_ASCII),
        segment.get(Layouts.INT, ENGINE_FORMAT_OFFSET),
        new UUID(
            segment.get(Layouts.LONG, STORE_ID_OFFSET),
            segment.get(Layouts.LONG, STORE_ID_OFFSET + 8)));
  }

  private static boolean startsLikeMagic(byte[] bytes) {
    for (int i = 0; i < MAGIC.length && i < bytes.length; i++) {
      if (bytes[i] != MAGIC[i]) {
        return false;
      }
    }
    return true;
  }

  private static int checksum(MemorySegment segment) {
    return new Crc32c().start().add(segment, 0, CRC_OFFSET).value();
  }
}
