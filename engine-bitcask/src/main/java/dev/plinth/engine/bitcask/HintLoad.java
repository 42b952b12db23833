package dev.plinth.engine.bitcask;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Adds the keys of a stretch of placements to the index: from hints, or from data files where a
/// hint is missing or damaged.
///
/// Files come in any order, since merges mix sequences: of two records of a key the one with the
/// higher sequence wins. Deletes stand in the index like puts until all files are loaded, and are
/// swept out at the end. Of records with the same sequence, that is of one batch, the later one in
/// its file wins; when a merge has parted them the put wins, since only a put that was live was
/// copied. Used by one thread, beside others with other stretches.
final class HintLoad implements KeyIndex.Matcher, AutoCloseable {
  private final Loader loader;
  private final Records records;
  private final KeyIndex.Writer writer;
  private final int bits;
  private final int stretch;
  private final List<Range> ranges = new ArrayList<>();
  private final List<DataFile> files = new ArrayList<>();
  private final long[] liveRecords;
  private final long[] liveRecordBytes;
  private final long[] tombstoneBytes;
  private final LongList tombstones = new LongList();
  private @Nullable DataFile unchecked;
  private long uncheckedOffset;
  private long liveBytes;

  /// A range delete that was met.
  record Range(
      DataFile file, long offset, long sequence, MemorySegment memory, long key, long parsed) {}

  /// @param bits how many upper bits of a placement tell the stretch
  /// @param slots the number behind the highest slot of a file
  HintLoad(Loader loader, Records records, KeyIndex index, int bits, int stretch, int slots) {
    this.loader = loader;
    this.records = records;
    this.writer = index.newWriter();
    this.bits = bits;
    this.stretch = stretch;
    this.liveRecords = new long[slots];
    this.liveRecordBytes = new long[slots];
    this.tombstoneBytes = new long[slots];
  }

  /// Who has added the keys.
  KeyIndex.Writer writer() {
    return writer;
  }

  /// The range deletes, when this is the first stretch.
  List<Range> ranges() {
    return ranges;
  }

  /// Bytes of live keys and values.
  long liveBytes() {
    return liveBytes;
  }

  void add(DataFile file) {
    files.add(file);
    try (Arena arena = Arena.ofShared()) {
      MemorySegment hint = loader.hint(file, arena, stretch == 0);
      if (hint == null) {
        scan(file);
        return;
      }
      HintReader reader = HintReader.of(hint);
      MemorySegment memory = file.window(0).segment();
      while (reader.next()) {
        if (isMine(reader.kind(), reader.hash())) {
          add(
              file,
              memory,
              reader.kind(),
              reader.hash(),
              reader.offset(),
              reader.recordBytes(),
              reader.sequenceDelta(),
              reader.keyLength(),
              reader.valueLength());
        }
      }
    }
  }

  /// Takes the deletes out of the writer.
  void sweep() {
    for (long i = 0; i < tombstones.size(); i += 2) {
      if (writer.probeWord(tombstones.get(i), tombstones.get(i + 1))) {
        writer.remove();
      }
    }
  }

  /// Adds what was counted to the files; by one thread for all stretches.
  void book() {
    for (DataFile file : files) {
      file.addLive(liveRecords[file.slot], liveRecordBytes[file.slot]);
      file.addTombstone(tombstoneBytes[file.slot]);
    }
  }

  @Override
  public void close() {
    tombstones.close();
  }

  /// Range deletes have no placement; the first stretch takes them.
  private boolean isMine(int kind, long hash) {
    int of = bits == 0 || kind == RecordFormat.RANGE ? 0 : (int) hash >>> (32 - bits);
    return of == stretch;
  }

  private void scan(DataFile file) {
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
        long hash = KeyHash.of(memory, key, keyLength);
        if (isMine(kind, hash)) {
          add(
              file,
              memory,
              kind,
              hash,
              at,
              bytes,
              RecordFormat.sequenceDelta(memory, at, end),
              keyLength,
              RecordFormat.valueLength(parsed));
        }
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
      int valueLength) {
    if (kind != RecordFormat.PUT) {
      tombstoneBytes[file.slot] += recordBytes;
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
    long before = writer.probe(hash, this, memory, key, keyLength);
    if (before == Slots.EMPTY) {
      writer.put(word);
    } else if (isNewer(file, offset, kind, file.baseSequence + delta, before)) {
      unbook(before);
      writer.replace(word);
    } else {
      return;
    }
    if (kind == RecordFormat.PUT) {
      liveRecords[file.slot]++;
      liveRecordBytes[file.slot] += recordBytes;
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
      liveRecords[file.slot]--;
      liveRecordBytes[file.slot] -= RecordFormat.recordBytes(parsed);
      liveBytes -= RecordFormat.keyLength(parsed) + (long) RecordFormat.valueLength(parsed);
    }
  }
}
