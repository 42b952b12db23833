package dev.plinth.engine.btree;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.RawMemory;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/// Pages and extents of the file, read with their checksums. Any thread may call it; writes of one
/// page are ordered by the caller.
final class TreeFile {
  private final DiskFile file;
  private final PageLayout layout;
  private final PageCache cache;
  private final long salt;
  private final Consumer<EngineEvent> events;
  private final ValueBuffers buffers;
  private final LongKeys keys;

  TreeFile(
      DiskFile file, PageLayout layout, PageCache cache, long salt, Consumer<EngineEvent> events) {
    this.file = file;
    this.layout = layout;
    this.cache = cache;
    this.salt = salt;
    this.events = events;
    this.buffers = new ValueBuffers(layout.pageBytes());
    this.keys = new LongKeys(this, buffers);
  }

  DiskFile file() {
    return file;
  }

  long salt() {
    return salt;
  }

  PageLayout layout() {
    return layout;
  }

  /// Buffers for what cannot be shown in place.
  ValueBuffers buffers() {
    return buffers;
  }

  /// Finds keys in pages.
  LongKeys keys() {
    return keys;
  }

  PageCache cache() {
    return cache;
  }

  /// The address of a page, read when it is not in memory. Only inside an epoch.
  ///
  /// @param crc what the parent says
  /// @param leave free frames that must remain, else 0 is returned
  long page(long number, int crc, int leave) {
    long page = cache.find(number);
    return page != 0 ? page : load(number, crc, leave);
  }

  private long load(long number, int crc, int leave) {
    while (true) {
      long page = cache.take(leave);
      if (page == 0) {
        return 0;
      }
      boolean good = false;
      try {
        read(number, cache.crc(number, crc), cache.segment(page), cache.segmentOffset(page));
        good = true;
      } finally {
        if (!good) {
          cache.giveBack(page);
        }
      }
      if (cache.installClean(page, number)) {
        return page;
      }
      cache.giveBack(page);
      page = cache.find(number);
      if (page != 0) {
        return page;
      }
    }
  }

  /// Copies a page from memory, or from the file when it is not there. Only inside an epoch. For
  /// pages that do not change any more.
  void copy(long number, int crc, MemorySegment target, long offset) {
    long page = cache.find(number);
    if (page != 0) {
      MemorySegment.copy(RawMemory.all(), page, target, offset, layout.pageBytes());
    } else {
      read(number, cache.crc(number, crc), target, offset);
    }
  }

  /// Reads a page from the file and checks it.
  ///
  /// @throws StorageException.Corrupt when it is not what its parent names
  void read(long number, int crc, MemorySegment target, long offset) {
    int bytes = layout.pageBytes();
    int count = file.read(number * bytes, target, offset, bytes);
    if (count < bytes) {
      throw damaged(number, "the file ends in this page");
    }
    int found = Crc32c.of(PageFormat.identity(salt, number), target, offset, bytes);
    if (found != crc) {
      throw damaged(number, String.format("page %d has crc %08x, not %08x", number, found, crc));
    }
  }

  /// The checksum of a page in memory.
  int crcOf(long page, long number) {
    return Crc32c.of(PageFormat.identity(salt, number), RawMemory.all(), page, layout.pageBytes());
  }

  /// How many pages a long value or the rest of a long key takes.
  int extentPages(int length) {
    return (int) (((long) length + layout.pageBytes() - 1) / layout.pageBytes());
  }

  /// Writes a long value.
  ///
  /// @return its checksum
  int writeExtent(long number, MemorySegment value, long offset, int length) {
    file.write(number * layout.pageBytes(), value, offset, length, ByteCause.FLUSH);
    return Crc32c.of(PageFormat.identity(salt, number), value, offset, length);
  }

  /// Reads a long value and checks it.
  void readExtent(long number, int length, int crc, MemorySegment target, long offset) {
    int count = file.read(number * layout.pageBytes(), target, offset, length);
    if (count < length) {
      throw damaged(number, "the file ends in this extent");
    }
    if (Crc32c.of(PageFormat.identity(salt, number), target, offset, length) != crc) {
      throw damaged(number, "an extent of " + length + " bytes has another crc");
    }
  }

  StorageException.Corrupt damaged(long number, String detail) {
    long offset = number * layout.pageBytes();
    events.accept(new EngineEvent.Damaged(file.path(), offset, detail));
    return new StorageException.Corrupt(file.path(), offset, detail);
  }
}
