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
import org.jspecify.annotations.Nullable;

/// Loads the file `INDEX` ([IndexFileFormat]) at open, when it is whole and of exactly the data
/// files that the store has, and removes it in any case: what is written from then on is not in it.
/// Used by one thread.
final class IndexFileReader {
  private final Disk disk;
  private final Path directory;
  private final Consumer<EngineEvent> events;
  private long liveBytes;
  private boolean orderedLoaded;

  IndexFileReader(Disk disk, Path directory, Consumer<EngineEvent> events) {
    this.disk = disk;
    this.directory = directory;
    this.events = events;
  }

  /// Bytes of live keys and values, once loaded.
  long liveBytes() {
    return liveBytes;
  }

  /// Whether the ordered index was filled too.
  boolean isOrderedLoaded() {
    return orderedLoaded;
  }

  /// Fills empty indexes and the counts of the files.
  ///
  /// @param ordered null where there is none
  /// @return whether it filled the hash index; nothing was changed otherwise
  boolean load(KeyIndex index, @Nullable OrderedIndex ordered, List<DataFile> sealed) {
    delete(IndexFileFormat.UNFINISHED);
    Path path = directory.resolve(IndexFileFormat.NAME);
    if (!disk.exists(path)) {
      return false;
    }
    boolean loaded;
    try (Arena arena = Arena.ofShared();
        DiskFile file = disk.open(path, OpenMode.READ)) {
      MemorySegment memory = file.map(0, file.size(), arena);
      loaded = isGood(memory, path) && load(memory, index, ordered, sealed);
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
            && isKnown(memory.get(Layouts.INT, 8))
            && memory.get(Layouts.INT, bytes - IndexFileFormat.FOOTER_BYTES)
                == Crc32c.of(
                    IndexFileFormat.MAGIC, memory, 0, bytes - IndexFileFormat.FOOTER_BYTES);
    if (!good) {
      events.accept(
          new EngineEvent.Damaged(path, 0, "the index file is not whole; hints are read instead"));
    }
    return good;
  }

  private static boolean isKnown(int version) {
    return version == IndexFileFormat.VERSION || version == IndexFileFormat.VERSION_WITHOUT_LEAVES;
  }

  private boolean load(
      MemorySegment memory, KeyIndex index, @Nullable OrderedIndex ordered, List<DataFile> sealed) {
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
    List<MemorySegment> parts = parts(memory, count);
    index.load(parts, memory.get(Layouts.LONG, IndexFileFormat.KEYS), slots);
    int leafCount = memory.get(Layouts.INT, IndexFileFormat.LEAVES);
    if (ordered != null && leafCount > 0) {
      ordered.load(leaves(memory, count, parts, leafCount), slots);
      orderedLoaded = true;
    }
    liveBytes = memory.get(Layouts.LONG, IndexFileFormat.LIVE_BYTES);
    return true;
  }

  /// Where the leaves stand.
  private static List<MemorySegment> leaves(
      MemorySegment memory, int files, List<MemorySegment> parts, int leafCount) {
    long at = IndexFileFormat.HEADER_BYTES + (long) files * IndexFileFormat.FILE_BYTES;
    at += parts.stream().mapToLong(MemorySegment::byteSize).sum();
    List<MemorySegment> leaves = new ArrayList<>(leafCount);
    for (int i = 0; i < leafCount; i++) {
      long bytes =
          IndexFileFormat.leafBytes(memory.get(Layouts.INT, at), memory.get(Layouts.INT, at + 4));
      leaves.add(memory.asSlice(at, bytes));
      at += bytes;
    }
    return leaves;
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
