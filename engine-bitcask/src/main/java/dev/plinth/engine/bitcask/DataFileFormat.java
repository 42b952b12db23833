package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The head of a data file `N.data`, in front of its records ([RecordFormat]).
///
/// ```
/// +----------+---------+--------+----------+--------+--------+
/// | PLBCDATA | version | number | identity | zeros  | crc32c |
/// +----------+---------+--------+----------+--------+--------+
///      8          4        4         8         4        4
/// ```
///
/// Numbers are little-endian; the checksum covers the 28 bytes before it with the identity mixed
/// in. These offsets are on disks: version 1; version 2 has records with packed values.
final class DataFileFormat {
  static final int HEADER_BYTES = 32;
  static final int VERSION = 2;

  private static final long MAGIC = 0x415441444342_4c50L;
  private static final int NUMBER = 12;
  private static final int IDENTITY = 16;
  private static final int CHECKSUM = 28;
  private static final Pattern NAME = Pattern.compile("(\\d{8,10})\\.(data|hint)");

  private DataFileFormat() {}

  static String dataName(int number) {
    return String.format(Locale.ROOT, "%08d.data", number);
  }

  static String hintName(int number) {
    return String.format(Locale.ROOT, "%08d.hint", number);
  }

  /// The number in the name of a data or hint file; -1 when it is no such name.
  static int number(String name) {
    Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      return -1;
    }
    long number = Long.parseLong(matcher.group(1));
    return number < 1 || number > Integer.MAX_VALUE ? -1 : (int) number;
  }

  static void write(MemorySegment target, long at, int number, long identity) {
    target.set(Layouts.LONG, at, MAGIC);
    target.set(Layouts.INT, at + 8, VERSION);
    target.set(Layouts.INT, at + NUMBER, number);
    target.set(Layouts.LONG, at + IDENTITY, identity);
    target.set(Layouts.INT, at + 24, 0);
    target.set(Layouts.INT, at + CHECKSUM, Crc32c.of(identity, target, at, CHECKSUM));
  }

  /// Refuses a head that is not the one written for this file.
  static void check(MemorySegment source, long bytes, Path path, int number, long identity) {
    if (bytes < HEADER_BYTES) {
      throw new StorageException.Corrupt(
          path, bytes, "the file has " + bytes + " bytes, less than its head of " + HEADER_BYTES);
    }
    if (source.get(Layouts.LONG, 0) == MAGIC && source.get(Layouts.INT, 8) > VERSION) {
      throw new StorageException.UnsupportedFormat(
          path
              + ": data file version "
              + source.get(Layouts.INT, 8)
              + " is newer than "
              + VERSION
              + "; open it with a newer release");
    }
    boolean right =
        source.get(Layouts.LONG, 0) == MAGIC
            && source.get(Layouts.INT, NUMBER) == number
            && source.get(Layouts.LONG, IDENTITY) == identity
            && source.get(Layouts.INT, CHECKSUM) == Crc32c.of(identity, source, 0, CHECKSUM);
    if (!right) {
      throw new StorageException.Corrupt(
          path, 0, "the head of data file " + number + " is expected");
    }
  }
}
