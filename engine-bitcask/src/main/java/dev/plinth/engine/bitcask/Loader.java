package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Keys;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Fills the index from sealed files at open: from their hints, or from the files where a hint is
/// missing or damaged.
///
/// Files come in any order, since merges mix sequences: of two records of a key the one with the
/// higher sequence wins. Deletes stand in the index like puts until all files are loaded, and are
/// swept out at the end. Of records with the same sequence, that is of one batch, the later one in
/// its file wins; when a merge has parted them the put wins, since only a put that was live was
/// copied. Used by one thread before the engine is open.
final class Loader implements KeyIndex.Matcher {
  private final Disk disk;
  private final DataFiles files;
  private final Records records;
  private final KeyIndex index;
  private final Consumer<EngineEvent> events;
  private final List<Range> ranges = new ArrayList<>();
  private @Nullable DataFile unchecked;
  private long uncheckedOffset;
  private long liveBytes;

  /// A range delete that was met.
  private record Range(
      DataFile file, long offset, long sequence, MemorySegment memory, long key, long parsed) {}

  Loader(
      Disk disk, DataFiles files, Records records, KeyIndex index, Consumer<EngineEvent> events) {
    this.disk = disk;
    this.files = files;
    this.records = records;
    this.index = index;
    this.events = events;
  }

  /// Bytes of live keys and values, once loaded.
  long liveBytes() {
    return liveBytes;
  }

  void load(List<DataFile> sealed) {
    index.presize(sealed.stream().mapToLong(file -> file.entry().puts()).sum());
    try (LongList tombstones = new LongList()) {
      for (DataFile file : sealed) {
        loadFile(file, tombstones);
      }
      for (long i = 0; i < tombstones.size(); i += 2) {
        if (index.probeWord(tombstones.get(i), tombstones.get(i + 1))) {
          index.remove();
        }
      }
    }
    if (!ranges.isEmpty()) {
      index.removeIf(this::isCovered);
    }
  }

  private void loadFile(DataFile file, LongList tombstones) {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment hint = hint(file, arena);
      if (hint == null) {
        scan(file, tombstones);
        return;
      }
      HintReader reader = HintReader.of(hint);
      MemorySegment memory = file.window(0).segment();
      while (reader.next()) {
        add(
            file,
            memory,
            reader.kind(),
            reader.hash(),
            reader.offset(),
            reader.recordBytes(),
            reader.sequenceDelta(),
            reader.keyLength(),
            reader.valueLength(),
            tombstones);
      }
    }
  }

  private @Nullable MemorySegment hint(DataFile file, Arena arena) {
    Path path = files.hintPath(file.number);
    if (!disk.exists(path)) {
      return null;
    }
    try (DiskFile opened = disk.open(path, OpenMode.READ)) {
      MemorySegment hint = opened.map(0, opened.size(), arena);
      if (HintReader.isGood(hint, file.entry())) {
        return hint;
      }
    }
    events.accept(
        new EngineEvent.Damaged(path, 0, "the hint is not whole; its data file is read instead"));
    return null;
  }

  private void scan(DataFile file, LongList tombstones) {
    Window window = file.window(0);
    MemorySegment memory = window.segment();
    long end = file.entry().bytes();
    long at = DataFileFormat.HEADER_BYTES;
    while (at < end) {
      long parsed = records.parseChecked(file, window, at);
      int kind = RecordFormat.kind(parsed);
      long bytes = RecordFormat.recordBytes(parsed);
      if (kind <= RecordFormat.RANGE) {
        int keyLength = RecordFormat.keyLength(parsed);
        long key = at + RecordFormat.headerBytes(parsed);
        add(
            file,
            memory,
            kind,
            KeyHash.of(memory, key, keyLength),
            at,
            bytes,
            RecordFormat.sequenceDelta(memory, at, end),
            keyLength,
            RecordFormat.valueLength(parsed),
            tombstones);
      }
      at += bytes;
    }
  }

  private void add(
      DataFile file,
      MemorySegment memory,
      int kind,
      long hash,
      long offset,
      long recordBytes,
      long delta,
      int keyLength,
      int valueLength,
      LongList tombstones) {
    if (kind != RecordFormat.PUT) {
      file.addTombstone(recordBytes);
    }
    if (kind == RecordFormat.RANGE) {
      Window window = file.window(offset);
      long parsed = records.parseChecked(file, window, offset);
      long key = offset + RecordFormat.headerBytes(parsed);
      ranges.add(new Range(file, offset, file.baseSequence + delta, memory, key, parsed));
      return;
    }
    long key = offset + recordBytes - keyLength - valueLength;
    long word = Slots.word(hash, file.slot, offset);
    unchecked = file;
    uncheckedOffset = offset;
    long before = index.probe(hash, this, memory, key, keyLength);
    if (before == Slots.EMPTY) {
      index.put(word);
    } else if (isNewer(file, offset, kind, file.baseSequence + delta, before)) {
      unbook(before);
      index.replace(word);
    } else {
      return;
    }
    if (kind == RecordFormat.PUT) {
      file.addLive(recordBytes);
      liveBytes += keyLength + (long) valueLength;
    } else {
      tombstones.add(hash);
      tombstones.add(word);
    }
  }

  /// Compares keys, that of the entry being added only when its record is good: a hint does not
  /// hold keys, and a damaged one must not pass for another.
  @Override
  public boolean matches(long word, MemorySegment key, long offset, int length) {
    DataFile file = unchecked;
    if (file != null) {
      records.parseChecked(file, file.window(uncheckedOffset), uncheckedOffset);
      unchecked = null;
    }
    return records.matches(word, key, offset, length);
  }

  private boolean isNewer(DataFile file, long offset, int kind, long sequence, long before) {
    DataFile other = records.file(before);
    long otherOffset = Slots.offset(before);
    long otherSequence = Records.sequence(other, other.window(otherOffset), otherOffset);
    if (sequence != otherSequence) {
      return sequence > otherSequence;
    }
    return file == other ? offset > otherOffset : kind == RecordFormat.PUT;
  }

  /// Takes a record that is not live out of the counts, when it is a put.
  private void unbook(long word) {
    DataFile file = records.file(word);
    long offset = Slots.offset(word);
    long parsed = records.parse(file, file.window(offset), offset);
    if (RecordFormat.kind(parsed) == RecordFormat.PUT) {
      file.removeLive(RecordFormat.recordBytes(parsed));
      liveBytes -= RecordFormat.keyLength(parsed) + (long) RecordFormat.valueLength(parsed);
    }
  }

  private boolean isCovered(long word) {
    DataFile file = records.file(word);
    long offset = Slots.offset(word);
    Window window = file.window(offset);
    long parsed = -1;
    for (Range range : ranges) {
      if (file.entry().minSequence() > range.sequence) {
        continue;
      }
      if (parsed < 0) {
        parsed = records.parseChecked(file, window, offset);
      }
      if (covers(range, file, window, offset, parsed)) {
        unbook(word);
        return true;
      }
    }
    return false;
  }

  private static boolean covers(
      Range range, DataFile file, Window window, long offset, long parsed) {
    long sequence = Records.sequence(file, window, offset);
    boolean older =
        sequence < range.sequence
            || (sequence == range.sequence && file == range.file && offset < range.offset);
    if (!older) {
      return false;
    }
    MemorySegment memory = window.segment();
    long key = offset - window.start() + RecordFormat.headerBytes(parsed);
    int keyLength = RecordFormat.keyLength(parsed);
    int fromLength = RecordFormat.keyLength(range.parsed);
    int toLength = RecordFormat.valueLength(range.parsed);
    return Keys.compare(memory, key, keyLength, range.memory, range.key, fromLength) >= 0
        && (toLength == 0
            || Keys.compare(memory, key, keyLength, range.memory, range.key + fromLength, toLength)
                < 0);
  }
}
