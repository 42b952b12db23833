package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Keys;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/// Reads records in place by the words of the index. A record is checked before anything of it is
/// believed. Any thread inside an epoch; nothing is allocated.
final class Records implements KeyIndex.Matcher {
  private final FileTable files;
  private final Consumer<StorageException.Corrupt> damage;

  /// @param damage told of damage that is met
  Records(FileTable files, Consumer<StorageException.Corrupt> damage) {
    this.files = files;
    this.damage = damage;
  }

  /// The file that a word names.
  DataFile file(long word) {
    return files.at(Slots.file(word));
  }

  /// The lengths of the record that a word names, by [RecordFormat#parse]. Not checked when it was
  /// matched before.
  long parse(DataFile file, Window window, long offset) {
    long at = offset - window.start();
    long parsed = RecordFormat.parse(window.segment(), at, window.segment().byteSize());
    if (parsed < 0) {
      throw damaged(file, offset, "a record is expected, found bytes that are none");
    }
    return parsed;
  }

  /// As [#parse], with the checksum verified.
  long parseChecked(DataFile file, Window window, long offset) {
    long parsed = parse(file, window, offset);
    if (!isWhole(file, window, offset, parsed)) {
      throw damaged(file, offset, "the checksum of a record does not match its bytes");
    }
    return parsed;
  }

  /// Whether the checksum of a record that was parsed is right.
  static boolean isWhole(DataFile file, Window window, long offset, long parsed) {
    return RecordFormat.verify(
        window.segment(), offset - window.start(), parsed, file.identity, offset);
  }

  /// The sequence of a record that was parsed; to be believed when the record is whole.
  static long sequence(DataFile file, Window window, long offset) {
    MemorySegment segment = window.segment();
    return file.baseSequence
        + RecordFormat.sequenceDelta(segment, offset - window.start(), segment.byteSize());
  }

  @Override
  public boolean matches(long word, MemorySegment key, long keyOffset, int keyLength) {
    DataFile file = file(word);
    long offset = Slots.offset(word);
    Window window = file.window(offset);
    long parsed = parseChecked(file, window, offset);
    return RecordFormat.keyLength(parsed) == keyLength
        && Keys.equal(
            window.segment(),
            offset - window.start() + RecordFormat.headerBytes(parsed),
            keyLength,
            key,
            keyOffset,
            keyLength);
  }

  /// As [#matches], for who wants the place of a record and nothing of its value: a record that has
  /// the key is not checked further, one that has another is.
  boolean hasKey(long word, MemorySegment key, long keyOffset, int keyLength) {
    DataFile file = file(word);
    long offset = Slots.offset(word);
    Window window = file.window(offset);
    long parsed = parse(file, window, offset);
    boolean same =
        RecordFormat.keyLength(parsed) == keyLength
            && Keys.equal(
                window.segment(),
                offset - window.start() + RecordFormat.headerBytes(parsed),
                keyLength,
                key,
                keyOffset,
                keyLength);
    if (!same) {
      parseChecked(file, window, offset);
    }
    return same;
  }

  private StorageException damaged(DataFile file, long offset, String detail) {
    StorageException.Corrupt corrupt = new StorageException.Corrupt(file.path, offset, detail);
    damage.accept(corrupt);
    return corrupt;
  }
}
