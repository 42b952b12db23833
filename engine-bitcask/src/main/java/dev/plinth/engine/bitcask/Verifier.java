package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Keys;
import dev.plinth.spi.Engine;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// Reads every record of every file, and every hint, and checks that the live records are as many
/// as the index says. Merges wait meanwhile.
final class Verifier {
  private final Parts parts;
  private long fileCount;
  private long bytes;

  Verifier(Parts parts) {
    this.parts = parts;
  }

  Engine.Verification run() {
    parts.merger.lock().lock();
    try {
      long entries;
      parts.committer.lock().lock();
      try {
        if (!parts.health.isPoisoned()) {
          parts.committer.drain();
        }
        entries = parts.live.index.size();
      } finally {
        parts.committer.lock().unlock();
      }
      for (DataFile file : parts.table.all()) {
        if (!file.isObsolete()) {
          check(file);
        }
      }
      if (parts.live.isOrdered()) {
        checkOrder();
      }
      return new Engine.Verification(fileCount, bytes, entries);
    } finally {
      parts.merger.lock().unlock();
    }
  }

  /// The ordered index must show as many keys as the hash index, in order.
  private void checkOrder() {
    OrderedView view;
    parts.committer.lock().lock();
    try {
      view = parts.live.ordered().freeze();
      if (view.size() != parts.live.index.size()) {
        throw new IllegalStateException(
            view.size()
                + " keys in the ordered index, "
                + parts.live.index.size()
                + " in the other");
      }
    } finally {
      parts.committer.lock().unlock();
    }
    long token = parts.epochs.enter();
    try {
      requireAscending(view);
    } finally {
      parts.epochs.exit(token);
      view.release();
    }
  }

  private static void requireAscending(OrderedView view) {
    OrderedPosition at = view.position();
    at.first();
    long count = 0;
    MemorySegment before = MemorySegment.NULL;
    for (; !at.isEnd(); at.next()) {
      MemorySegment key = view.keys().copyOf(at.word());
      boolean ascends =
          count == 0
              || Keys.compare(before, 0, (int) before.byteSize(), key, 0, (int) key.byteSize()) < 0;
      if (!ascends) {
        throw new IllegalStateException("the ordered index is not in order at entry " + count);
      }
      before = key;
      count++;
    }
    if (count != view.size()) {
      throw new IllegalStateException(
          "a walk over the ordered index shows " + count + " keys of " + view.size());
    }
  }

  private void check(DataFile file) {
    long end = file.bytes();
    long at = DataFileFormat.HEADER_BYTES;
    while (at < end) {
      long token = parts.epochs.enter();
      try {
        Window window = file.window(at);
        long parsed = parts.records.parseChecked(file, window, at);
        at += RecordFormat.recordBytes(parsed);
      } finally {
        parts.epochs.exit(token);
      }
    }
    bytes += end;
    fileCount++;
    if (file.isSealed()) {
      checkHint(file);
    }
  }

  private void checkHint(DataFile file) {
    Path path = parts.files.hintPath(file.number);
    if (!parts.disk.exists(path)) {
      return;
    }
    try (Arena arena = Arena.ofShared();
        DiskFile opened = parts.disk.open(path, OpenMode.READ)) {
      MemorySegment hint = opened.map(0, opened.size(), arena);
      if (!HintReader.isGood(hint, file.entry())) {
        throw new StorageException.Corrupt(
            path, 0, "the hint does not match its checksum or its data file");
      }
      bytes += hint.byteSize();
      fileCount++;
    }
  }
}
