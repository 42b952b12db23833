package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.memory.Layouts;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// What the records written so far add up to: the index, the counts of what is live, the applied
/// indexes, and the versions that snapshots still need.
///
/// Changed by one thread at a time (the commit lock, or recovery before anyone else is there). The
/// index and the old versions are read by anyone.
final class LiveState {
  final KeyIndex index;
  private final @Nullable OrderedIndex ordered;
  final OldVersions old;
  final GroupIndexes applied = new GroupIndexes();
  private final Records records;
  private final KeyIndex.Matcher keys;
  private final Snapshots snapshots;
  private long liveBytes;

  /// @param ordered the ordered index beside the other, or null
  LiveState(
      KeyIndex index,
      @Nullable OrderedIndex ordered,
      OldVersions old,
      Records records,
      Snapshots snapshots) {
    this.index = index;
    this.ordered = ordered;
    this.old = old;
    this.records = records;
    this.keys = records::hasKey;
    this.snapshots = snapshots;
  }

  boolean isOrdered() {
    return ordered != null;
  }

  /// The ordered index, where there is one.
  OrderedIndex ordered() {
    OrderedIndex present = ordered;
    if (present == null) {
      throw new IllegalStateException("index = hash");
    }
    return present;
  }

  /// Bytes of live keys and values.
  long liveBytes() {
    return liveBytes;
  }

  /// What was loaded at open, beside the index.
  void loaded(long bytes) {
    liveBytes = bytes;
  }

  /// Applies a put of an ingested file, whose counts are known already.
  void applyIngested(DataFile file, MemorySegment segment, long at, long parsed) {
    long sequence = file.baseSequence + RecordFormat.sequenceDelta(segment, at, segment.byteSize());
    put(file, segment, at + RecordFormat.headerBytes(parsed), at, parsed, sequence);
  }

  /// Applies a record that stands in a window of its file, parsed and known to be good.
  void apply(DataFile file, MemorySegment segment, long at, long fileOffset, long parsed) {
    int kind = RecordFormat.kind(parsed);
    if (kind == RecordFormat.WATERMARK) {
      return;
    }
    long sequence = file.baseSequence + RecordFormat.sequenceDelta(segment, at, segment.byteSize());
    file.tally.add(kind, sequence);
    if (kind == RecordFormat.DELETE || kind == RecordFormat.RANGE) {
      file.addTombstone(RecordFormat.recordBytes(parsed));
    }
    long key = at + RecordFormat.headerBytes(parsed);
    int keyLength = RecordFormat.keyLength(parsed);
    int valueLength = RecordFormat.valueLength(parsed);
    switch (kind) {
      case RecordFormat.PUT -> put(file, segment, key, fileOffset, parsed, sequence);
      case RecordFormat.DELETE -> delete(segment, key, keyLength, sequence);
      case RecordFormat.RANGE ->
          deleteRange(segment, key, keyLength, key + keyLength, valueLength, sequence);
      default -> {
        long group = segment.get(Layouts.LONG, key);
        long applies = segment.get(Layouts.LONG, key + keyLength);
        applied.put(group, applies);
        file.applied().put(group, applies);
      }
    }
  }

  private void put(
      DataFile file, MemorySegment segment, long key, long offset, long parsed, long sequence) {
    int keyLength = RecordFormat.keyLength(parsed);
    long hash = KeyHash.of(segment, key, keyLength);
    long word = Slots.word(hash, file.slot, offset);
    long before = index.writer().probe(hash, keys, segment, key, keyLength);
    if (before == Slots.EMPTY) {
      index.writer().put(word);
      if (ordered != null) {
        ordered.insert(segment, key, keyLength, word);
      }
    } else {
      replaced(hash, before, sequence);
      index.writer().replace(word);
      if (ordered != null) {
        ordered.replace(segment, key, keyLength, before, word);
        limitPinned(ordered);
      }
    }
    file.addLive(RecordFormat.recordBytes(parsed));
    liveBytes += keyLength + (long) RecordFormat.valueLength(parsed);
  }

  private void delete(MemorySegment segment, long key, int keyLength, long sequence) {
    long hash = KeyHash.of(segment, key, keyLength);
    long before = index.writer().probe(hash, keys, segment, key, keyLength);
    if (before != Slots.EMPTY) {
      replaced(hash, before, sequence);
      index.writer().remove();
      if (ordered != null) {
        ordered.remove(segment, key, keyLength, before);
        limitPinned(ordered);
      }
    }
  }

  /// Names the place where a merge has put a record; whatever names the old place still is told.
  ///
  /// @return false when the record is not live any more
  boolean move(long hash, long before, long after) {
    if (!index.writer().probeWord(hash, before)) {
      return false;
    }
    index.writer().replace(after);
    if (ordered != null) {
      DataFile file = records.file(before);
      long offset = Slots.offset(before);
      Window window = file.window(offset);
      long parsed = records.parse(file, window, offset);
      long key = offset - window.start() + RecordFormat.headerBytes(parsed);
      ordered.replace(window.segment(), key, RecordFormat.keyLength(parsed), before, after);
      limitPinned(ordered);
    }
    return true;
  }

  /// Gives old snapshots and cursors up when they keep too much of the ordered index.
  private void limitPinned(OrderedIndex of) {
    boolean more = true;
    while (more && of.pinnedBytes() > old.bytesMax()) {
      more = snapshots.expireOldest();
    }
  }

  /// Removes the keys of a range; with `index = hash` by a walk over the whole index.
  private void deleteRange(
      MemorySegment segment, long from, int fromLength, long to, int toLength, long sequence) {
    if (ordered != null) {
      ordered.removeRange(
          segment, from, fromLength, to, toLength, word -> removeFromHash(word, sequence));
      limitPinned(ordered);
      return;
    }
    index.removeIf(
        word -> {
          DataFile file = records.file(word);
          long offset = Slots.offset(word);
          Window window = file.window(offset);
          long parsed = records.parseChecked(file, window, offset);
          MemorySegment memory = window.segment();
          long key = offset - window.start() + RecordFormat.headerBytes(parsed);
          int keyLength = RecordFormat.keyLength(parsed);
          boolean inside =
              Keys.compare(memory, key, keyLength, segment, from, fromLength) >= 0
                  && (toLength == 0
                      || Keys.compare(memory, key, keyLength, segment, to, toLength) < 0)
                  && Records.sequence(file, window, offset) <= sequence;
          if (inside) {
            replaced(KeyHash.of(memory, key, keyLength), word, sequence);
          }
          return inside;
        });
  }

  private void removeFromHash(long word, long sequence) {
    DataFile file = records.file(word);
    long offset = Slots.offset(word);
    Window window = file.window(offset);
    long parsed = records.parse(file, window, offset);
    long hash =
        KeyHash.of(
            window.segment(),
            offset - window.start() + RecordFormat.headerBytes(parsed),
            RecordFormat.keyLength(parsed));
    if (!index.writer().probeWord(hash, word)) {
      throw new IllegalStateException("the hash index lacks a key that the ordered index has");
    }
    replaced(hash, word, sequence);
    index.writer().remove();
  }

  /// Books a version that is not the newest any more; before the index forgets it. A damaged one is
  /// kept for every snapshot, so that those who need it are told.
  private void replaced(long hash, long word, long sequence) {
    DataFile file = records.file(word);
    long offset = Slots.offset(word);
    Window window = file.window(offset);
    long parsed = records.parse(file, window, offset);
    if (ordered == null && snapshots.any()) {
      boolean whole = Records.isWhole(file, window, offset, parsed);
      keep(hash, word, whole ? Records.sequence(file, window, offset) : 0, sequence);
    }
    file.removeLive(RecordFormat.recordBytes(parsed));
    liveBytes -= RecordFormat.keyLength(parsed) + (long) RecordFormat.valueLength(parsed);
  }

  private void keep(long hash, long word, long from, long until) {
    if (from == until) {
      return;
    }
    while (old.isFull()) {
      long before = old.bytes();
      old.compact(snapshots::needs);
      boolean freed = old.bytes() < before;
      if (!freed && !snapshots.expireOldest()) {
        return;
      }
    }
    old.add(hash, word, from, until);
  }
}
