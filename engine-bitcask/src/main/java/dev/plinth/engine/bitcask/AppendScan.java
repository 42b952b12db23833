package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Layouts;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// What is found in an append file that was not sealed: the batches that are whole and follow one
/// another, and how far later records say it had been synced.
///
/// A batch counts when each of its records has a good checksum, all carry the next sequence number,
/// and the last one says so. Nothing behind the first gap counts, except for watermarks.
final class AppendScan {
  final FileEntry entry;
  final Path path;
  final MemorySegment memory;
  private long end = DataFileFormat.HEADER_BYTES;
  private long lastSequence;
  private long batches;
  private long maxTagEnd;
  private Watermark watermark = Watermark.NONE;

  private AppendScan(FileEntry entry, Path path, MemorySegment memory) {
    this.entry = entry;
    this.path = path;
    this.memory = memory;
  }

  /// Scans the bytes of a file.
  ///
  /// @param memory the whole file, its head checked
  /// @param sequence the sequence of the batch before it
  static AppendScan of(FileEntry entry, Path path, MemorySegment memory, long sequence) {
    AppendScan scan = new AppendScan(entry, path, memory);
    scan.lastSequence = sequence;
    scan.scanBatches();
    scan.scanForWatermarks();
    return scan;
  }

  /// The offset behind the last good batch.
  long end() {
    return end;
  }

  /// The sequence of the last good batch of this file or of those before it.
  long lastSequence() {
    return lastSequence;
  }

  /// How many good batches it has.
  long batches() {
    return batches;
  }

  /// The highest watermark of this file, behind damage or not.
  Watermark watermark() {
    return watermark;
  }

  /// How many bytes follow the last good batch, reserved zeros not counted.
  long restBytes() {
    long at = memory.byteSize();
    while (at > end && memory.get(Layouts.BYTE, at - 1) == 0) {
      at--;
    }
    return at - end;
  }

  /// Where the records stop being good, for the message of an error.
  long stopped() {
    return maxTagEnd;
  }

  private void scanBatches() {
    long size = memory.byteSize();
    long at = end;
    long expected = lastSequence + 1;
    while (true) {
      long parsed = RecordFormat.parse(memory, at, size);
      maxTagEnd = at;
      if (parsed < 0 || !RecordFormat.verify(memory, at, parsed, entry.identity(), at)) {
        return;
      }
      long next = at + RecordFormat.recordBytes(parsed);
      if (RecordFormat.kind(parsed) != RecordFormat.WATERMARK) {
        long sequence = entry.baseSequence() + RecordFormat.sequenceDelta(memory, at, size);
        if (sequence != expected) {
          return;
        }
        if (RecordFormat.last(parsed)) {
          expected++;
          lastSequence = sequence;
          batches++;
          end = next;
        }
      }
      at = next;
    }
  }

  /// Looks at every offset, since damage hides where records begin.
  private void scanForWatermarks() {
    long size = memory.byteSize();
    for (long at = DataFileFormat.HEADER_BYTES; at <= size - RecordFormat.WATERMARK_BYTES; at++) {
      if (memory.get(Layouts.BYTE, at + 4) == RecordFormat.WATERMARK_HEAD
          && RecordFormat.isWatermark(memory, at, size, entry.identity(), at)) {
        Watermark found = RecordFormat.watermark(memory, at);
        watermark = found.compareTo(watermark) > 0 ? found : watermark;
      }
    }
  }
}
