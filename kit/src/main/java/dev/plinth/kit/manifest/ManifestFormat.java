package dev.plinth.kit.manifest;

import dev.plinth.kit.log.LogFormat;
import dev.plinth.kit.memory.Crc32c;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/// The bytes of a manifest, version 1: a file `MANIFEST-` with 16 hexadecimal digits, and the file
/// `CURRENT` that names the one that counts. These bytes are on disks.
///
/// ```
/// MANIFEST-NNNNNNNNNNNNNNNN
/// +------------------+-------------------+-----------+----------------------------+-----+-------+
/// | header, 64 bytes | snapshot records  | watermark | watermark and edits, one   | ... | close |
/// |                  |                   |           | or more, for each commit   |     |       |
/// +------------------+-------------------+-----------+----------------------------+-----+-------+
///
/// CURRENT, 35 bytes of text
/// +---------------------------+-------+----------------------+---------+
/// | MANIFEST-NNNNNNNNNNNNNNNN | space | crc, 8 hex digits    | newline |
/// +---------------------------+-------+----------------------+---------+
/// ```
///
/// Header and records are those of [LogFormat] with another magic; the previous number is 0. User
/// record type 0 is an edit, type 1 a part of the snapshot; their numbers are 0. The crc in
/// `CURRENT` is [Crc32c] over the name with the store's identity.
public final class ManifestFormat {
  /// The first eight bytes of a manifest: `plinthMF`.
  public static final long MAGIC = 0x464d_6874_6e69_6c70L;

  /// The record type of an edit.
  public static final int EDIT = 0;

  /// The record type of a part of a snapshot.
  public static final int SNAPSHOT = 1;

  /// The name of the file that names the manifest.
  public static final String CURRENT = "CURRENT";

  /// The name under which a new [#CURRENT] is written.
  public static final String CURRENT_NEW = "CURRENT.tmp";

  private static final String PREFIX = "MANIFEST-";
  private static final int DIGITS = 16;
  private static final int NAME_BYTES = PREFIX.length() + DIGITS;
  private static final int CURRENT_BYTES = NAME_BYTES + 10;

  private ManifestFormat() {}

  /// The name of a manifest.
  public static String name(long number) {
    return PREFIX + String.format("%016x", number);
  }

  /// The number in a manifest's name, or -1 when it is no such name.
  public static long number(String name) {
    boolean matches =
        name.length() == NAME_BYTES
            && name.startsWith(PREFIX)
            && name.chars().skip(PREFIX.length()).allMatch(c -> "0123456789abcdef".indexOf(c) >= 0)
            && name.charAt(PREFIX.length()) <= '7';
    return matches ? Long.parseLong(name.substring(PREFIX.length()), 16) : -1;
  }

  /// What `CURRENT` holds for a manifest.
  static byte[] current(long store, long number) {
    String name = name(number);
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    int crc = Crc32c.of(store, MemorySegment.ofArray(bytes), 0, bytes.length);
    return (name + String.format(" %08x\n", crc)).getBytes(StandardCharsets.US_ASCII);
  }

  /// The number of the manifest that `CURRENT` names.
  ///
  /// @throws StorageException.Corrupt when it is not exactly what was written for this store
  static long parseCurrent(Path path, long store, byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    long number = text.length() == CURRENT_BYTES ? number(text.substring(0, NAME_BYTES)) : -1;
    if (number < 0) {
      throw new StorageException.Corrupt(
          path, 0, "it names no manifest; " + CURRENT_BYTES + " bytes are expected");
    }
    if (!Arrays.equals(bytes, current(store, number))) {
      throw new StorageException.Corrupt(
          path, NAME_BYTES + 1, "the name does not match its checksum for this store");
    }
    return number;
  }
}
