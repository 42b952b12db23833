package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Loads the file `INDEX` ([IndexFileFormat]) at open, when it is whole and of exactly the data
/// files that the store has, and removes it in any case: what is written from then on is not in it.
/// Used by one thread.
final class IndexFileReader {
  private final Disk disk;
  private final Path directory;
  private final Consumer<EngineEvent> events;
  private long liveBytes;

  IndexFileReader(Disk disk, Path directory, Consumer<EngineEvent> events) {
    this.disk = disk;
    this.directory = directory;
    this.events = events;
  }

  /// Bytes of live keys and values, once loaded.
  long liveBytes() {
    return liveBytes;
  }

  /// Fills an empty index and the counts of the files.
  ///
  /// @return whether it did; nothing was changed otherwise
  boolean load(KeyIndex index, List<DataFile> sealed) {
    delete(IndexFileFormat.UNFINISHED);
    Path path = directory.resolve(IndexFileFormat.NAME);
    if (!disk.exists(path)) {
      return false;
    }
    boolean loaded;
    try (Arena arena = Arena.ofShared();
        DiskFile file = disk.open(path, OpenMode.READ)) {
      MemorySegment memory = file.map(0, file.size(), arena);
      loaded = isGood(memory, path) && load(memory, index, sealed);
    }
    delete(IndexFileFormat.NAME);
    return loaded;
  }

  private void delete(String name) {
    Path path = directory.resolve(name);
    if (disk.exists(path)) {
      disk.delete(path);
    }
  }

  private boolean isGood(MemorySegment memory, Path path) {
    long bytes = memory.byteSize();
    boolean good =
        bytes >= IndexFileFormat.HEADER_BYTES + IndexFileFormat.FOOTER_BYTES
            && memory.get(Layouts.LONG, 0) == IndexFileFormat.MAGIC
            && memory.get(Layouts.INT, 8) == IndexFileFormat.VERSION
            && memory.get(Layouts.INT, bytes - IndexFileFormat.FOOTER_BYTES)
                == Crc32c.of(
                    IndexFileFormat.MAGIC, memory, 0, bytes - IndexFileFormat.FOOTER_BYTES);
    if (!good) {
      events.accept(
          new EngineEvent.Damaged(path, 0, "the index file is not whole; hints are read instead"));
    }
    return good;
  }

  private boolean load(MemorySegment memory, KeyIndex index, List<DataFile> sealed) {
    int count = memory.get(Layouts.INT, IndexFileFormat.FILES);
    if (count != sealed.size()) {
      return false;
    }
    Map<Integer, DataFile> byNumber = new HashMap<>();
    sealed.forEach(file -> byNumber.put(file.number, file));
    int[] slots = new int[Slots.FILES_MAX];
    List<DataFile> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long at = IndexFileFormat.HEADER_BYTES + (long) i * IndexFileFormat.FILE_BYTES;
      DataFile file = byNumber.remove(memory.get(Layouts.INT, at));
      if (file == null
          || file.identity != memory.get(Layouts.LONG, at + 8)
          || file.bytes() != memory.get(Layouts.LONG, at + 16)) {
        return false;
      }
      slots[memory.get(Layouts.INT, at + 4)] = file.slot;
      files.add(file);
    }
    for (int i = 0; i < count; i++) {
      long at = IndexFileFormat.HEADER_BYTES + (long) i * IndexFileFormat.FILE_BYTES;
      files
          .get(i)
          .loaded(
              memory.get(Layouts.LONG, at + 24),
              memory.get(Layouts.LONG, at + 32),
              memory.get(Layouts.LONG, at + 40));
    }
    index.load(parts(memory, count), memory.get(Layouts.LONG, IndexFileFormat.KEYS), slots);
    liveBytes = memory.get(Layouts.LONG, IndexFileFormat.LIVE_BYTES);
    return true;
  }

  /// Where the parts stand.
  private static List<MemorySegment> parts(MemorySegment memory, int files) {
    List<MemorySegment> parts = new ArrayList<>();
    long at = IndexFileFormat.HEADER_BYTES + (long) files * IndexFileFormat.FILE_BYTES;
    int count = memory.get(Layouts.INT, IndexFileFormat.PARTS);
    for (int i = 0; i < count; i++) {
      long bytes =
          IndexFileFormat.PART_BYTES + (long) memory.get(Layouts.INT, at + 8) * UnitPool.UNIT_BYTES;
      parts.add(memory.asSlice(at, bytes));
      at += bytes;
    }
    return parts;
  }
}
