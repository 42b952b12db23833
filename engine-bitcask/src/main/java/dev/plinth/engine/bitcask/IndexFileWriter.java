package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes the file `INDEX` ([IndexFileFormat]) at close, when nobody reads or writes any more. Its
/// bytes are not synced: what a loss of power leaves of it is told by its checksum. Not
/// thread-safe.
final class IndexFileWriter {
  private final Disk disk;
  private final Path directory;
  private final Crc32c checksum = new Crc32c();
  private long position;

  IndexFileWriter(Disk disk, Path directory) {
    this.disk = disk;
    this.directory = directory;
  }

  /// The bytes that it takes.
  static long bytes(KeyIndex index, @Nullable OrderedIndex ordered, int files) {
    long bytes = IndexFileFormat.HEADER_BYTES + (long) files * IndexFileFormat.FILE_BYTES;
    for (IndexPart part = index.partAt(0); part != null; ) {
      bytes += IndexFileFormat.PART_BYTES + (long) part.unitCount() * UnitPool.UNIT_BYTES;
      part = index.partAt(KeyIndex.behind(part));
    }
    for (OrderedLeaf leaf : leaves(ordered)) {
      bytes += bytes(leaf);
    }
    return bytes + IndexFileFormat.FOOTER_BYTES;
  }

  /// @param ordered null where there is none
  void write(KeyIndex index, @Nullable OrderedIndex ordered, List<DataFile> files, long liveBytes) {
    Path unfinished = directory.resolve(IndexFileFormat.UNFINISHED);
    try (Arena arena = Arena.ofConfined();
        DiskFile file = disk.open(unfinished, OpenMode.CREATE)) {
      checksum.start(IndexFileFormat.MAGIC);
      List<OrderedLeaf> leaves = leaves(ordered);
      int longest = leaves.stream().mapToInt(IndexFileWriter::bytes).max().orElse(0);
      MemorySegment buffer = arena.allocate(Math.max(UnitPool.UNIT_BYTES, longest), 8);
      head(buffer, index, files.size(), leaves.size(), liveBytes);
      put(file, buffer, IndexFileFormat.HEADER_BYTES);
      for (DataFile data : files) {
        describe(buffer, data);
        put(file, buffer, IndexFileFormat.FILE_BYTES);
      }
      for (IndexPart part = index.partAt(0); part != null; ) {
        part(file, buffer, part);
        part = index.partAt(KeyIndex.behind(part));
      }
      for (OrderedLeaf leaf : leaves) {
        put(file, buffer, leaf(buffer, leaf));
      }
      buffer.set(Layouts.INT, 0, checksum.value());
      file.write(position, buffer, 0, IndexFileFormat.FOOTER_BYTES, ByteCause.INDEX);
    }
    disk.rename(unfinished, directory.resolve(IndexFileFormat.NAME));
  }

  private static void head(
      MemorySegment buffer, KeyIndex index, int files, int leaves, long liveBytes) {
    buffer.asSlice(0, IndexFileFormat.HEADER_BYTES).fill((byte) 0);
    buffer.set(Layouts.LONG, 0, IndexFileFormat.MAGIC);
    buffer.set(Layouts.INT, 8, IndexFileFormat.VERSION);
    buffer.set(Layouts.INT, IndexFileFormat.FILES, files);
    int parts = 0;
    for (IndexPart part = index.partAt(0); part != null; parts++) {
      part = index.partAt(KeyIndex.behind(part));
    }
    buffer.set(Layouts.INT, IndexFileFormat.PARTS, parts);
    buffer.set(Layouts.INT, IndexFileFormat.LEAVES, leaves);
    buffer.set(Layouts.LONG, IndexFileFormat.KEYS, index.size());
    buffer.set(Layouts.LONG, IndexFileFormat.LIVE_BYTES, liveBytes);
  }

  private static void describe(MemorySegment buffer, DataFile data) {
    buffer.set(Layouts.INT, 0, data.number);
    buffer.set(Layouts.INT, 4, data.slot);
    buffer.set(Layouts.LONG, 8, data.identity);
    buffer.set(Layouts.LONG, 16, data.bytes());
    buffer.set(Layouts.LONG, 24, data.liveRecords());
    buffer.set(Layouts.LONG, 32, data.liveRecordBytes());
    buffer.set(Layouts.LONG, 40, data.tombstoneBytes());
  }

  /// The words go out as little-endian numbers, whatever the machine's order is.
  private void part(DiskFile file, MemorySegment buffer, IndexPart part) {
    buffer.set(Layouts.INT, 0, part.depth);
    buffer.set(Layouts.INT, 4, part.prefix);
    buffer.set(Layouts.INT, 8, part.unitCount());
    buffer.set(Layouts.INT, 12, 0);
    put(file, buffer, IndexFileFormat.PART_BYTES);
    for (int unit = 0; unit < part.unitCount(); unit++) {
      for (int i = 0; i < UnitPool.SLOTS; i++) {
        buffer.set(Layouts.LONG, 8L * i, part.word(unit, i));
        buffer.set(Layouts.INT, 8L * UnitPool.SLOTS + 4L * i, part.placement(unit, i));
      }
      put(file, buffer, UnitPool.UNIT_BYTES);
    }
  }

  private static List<OrderedLeaf> leaves(@Nullable OrderedIndex ordered) {
    return ordered == null ? List.of() : ordered.leaves();
  }

  private static int bytes(OrderedLeaf leaf) {
    return IndexFileFormat.leafBytes(leaf.count(), (int) leaf.shared().byteSize());
  }

  /// @return its bytes
  private static int leaf(MemorySegment buffer, OrderedLeaf leaf) {
    int bytes = bytes(leaf);
    MemorySegment shared = leaf.shared();
    long prefixes = bytes - 16L * leaf.count();
    buffer.asSlice(0, prefixes).fill((byte) 0);
    buffer.set(Layouts.INT, 0, leaf.count());
    buffer.set(Layouts.INT, 4, (int) shared.byteSize());
    MemorySegment.copy(shared, 0, buffer, IndexFileFormat.LEAF_HEADER_BYTES, shared.byteSize());
    for (int i = 0; i < leaf.count(); i++) {
      buffer.set(Layouts.LONG, prefixes + 8L * i, leaf.prefix(i));
      buffer.set(Layouts.LONG, prefixes + 8L * (leaf.count() + i), leaf.word(i));
    }
    return bytes;
  }

  private void put(DiskFile file, MemorySegment buffer, int bytes) {
    checksum.add(buffer, 0, bytes);
    file.write(position, buffer, 0, bytes, ByteCause.INDEX);
    position += bytes;
  }
}
