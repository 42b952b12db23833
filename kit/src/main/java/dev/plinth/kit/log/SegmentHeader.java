package dev.plinth.kit.log;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// The checked header of a segment or manifest.
///
/// @param number the number in its name
/// @param salt random for every life of the file
/// @param previous the number of the one before, 0 for none
/// @param seed what it mixes into the checksums of its records
public record SegmentHeader(long number, long salt, long previous, long seed) {

  /// Checks the header at the start of a piece of memory.
  ///
  /// @param memory `NULL` when the file is too short to hold one
  static SegmentHeader parse(Path path, MemorySegment memory, long magic, long store, long number) {
    if (memory.byteSize() < LogFormat.HEADER_BYTES) {
      throw new StorageException.Corrupt(
          path, 0, "the file is too short for its header of " + LogFormat.HEADER_BYTES + " bytes");
    }
    long foundMagic = memory.get(Layouts.LONG, LogFormat.MAGIC_OFFSET);
    int version = memory.get(Layouts.INT, LogFormat.VERSION_OFFSET);
    if (memory.get(Layouts.INT, LogFormat.CRC_OFFSET) != LogFormat.headerCrc(memory)) {
      throw new StorageException.Corrupt(path, 0, "the header does not match its checksum");
    }
    if (foundMagic != magic) {
      throw new StorageException.Corrupt(
          path, 0, "the first bytes are not those of this kind of file");
    }
    if (version != LogFormat.VERSION) {
      throw new StorageException.UnsupportedFormat(
          path
              + ": has format version "
              + version
              + ", this program reads version "
              + LogFormat.VERSION
              + "; open it with the program that wrote it");
    }
    long foundStore = memory.get(Layouts.LONG, LogFormat.STORE_OFFSET);
    if (foundStore != store) {
      throw new StorageException.Corrupt(
          path,
          LogFormat.STORE_OFFSET,
          String.format("the file belongs to store %016x, this is store %016x", foundStore, store));
    }
    long foundNumber = memory.get(Layouts.LONG, LogFormat.NUMBER_OFFSET);
    if (foundNumber != number) {
      throw new StorageException.Corrupt(
          path,
          LogFormat.NUMBER_OFFSET,
          "the file is number " + foundNumber + " by its header and " + number + " by its name");
    }
    long salt = memory.get(Layouts.LONG, LogFormat.SALT_OFFSET);
    return new SegmentHeader(
        number,
        salt,
        memory.get(Layouts.LONG, LogFormat.PREVIOUS_OFFSET),
        LogFormat.seed(store, number, salt));
  }
}
