package dev.plinth.engine.btree;

import dev.plinth.kit.directory.EngineDirectory;
import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.RawMemory;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.BitSet;

/// Copies a frozen tree into a new directory page by page, while writes go on: children first, in
/// one sweep without holes, each page under its new number and checksum.
final class TreeCopy {
  private static final int CHUNK_BYTES = 256 << 10;

  private final Store store;
  private final Pin pin;
  private final PageLayout layout;
  private final long salt = new SecureRandom().nextLong();
  private final MemorySegment chunk = Arena.ofAuto().allocate(CHUNK_BYTES, 64);
  private int chunked;
  private long written;
  private long next;

  TreeCopy(Store store, Pin pin) {
    this.store = store;
    this.pin = pin;
    this.layout = store.file.layout();
    this.written = PageFormat.FIRST_PAGE_OFFSET;
    this.next = PageFormat.FIRST_PAGE_OFFSET / layout.pageBytes();
  }

  /// Makes the copy durable; the directory's identity comes last.
  void run(Path target, GroupIndexes groups, Meta.Content content) {
    Disk disk = store.disk;
    EngineDirectory.prepare(disk, target);
    Path path = target.toAbsolutePath().resolve(Opening.TREE);
    try (DiskFile file = disk.open(path, OpenMode.CREATE);
        WriterMemory memory = new WriterMemory(layout.pageBytes())) {
      Tree.Root root = copy(file, memory, pin.root(), 0);
      Meta.Extent groupsExtent = null;
      if (groups.count() > MetaFormat.INLINE_GROUPS_MAX) {
        groupsExtent = writeGroups(file, groups);
      }
      Meta.Extent map = writeMap(file);
      flush(file);
      file.syncData();
      Meta meta =
          new Meta(
              salt,
              layout.pageBytes(),
              0,
              pin.generation(),
              root,
              pin.sequence(),
              0,
              content,
              next,
              groups,
              groupsExtent,
              map);
      meta.write(file);
      file.syncAll();
    }
    EngineDirectory.stamp(
        disk, target, BtreeProvider.NAME, PageFormat.VERSION, store.engineOptions);
  }

  /// Copies a page after those below it.
  ///
  /// @return its new number and checksum
  private Tree.Root copy(DiskFile file, WriterMemory memory, Tree.Root source, int depth) {
    long page = memory.level(depth);
    long token = store.epochs.enter();
    try {
      pin.root();
      store.file.copy(source.number(), source.crc(), memory.segment(), memory.offset(page));
    } finally {
      store.epochs.exit(token);
    }
    int count = PageLayout.count(page);
    for (int i = 0; i < count; i++) {
      if (PageLayout.isLongKey(page, i)) {
        copyExtent(file, PageLayout.keyReference(page, i));
      }
    }
    if (PageLayout.isLeaf(page)) {
      for (int i = 0; i < count; i++) {
        if ((PageLayout.valueField(page, i) & PageFormat.EXTENT) != 0) {
          copyExtent(file, PageLayout.payload(page, i));
        }
      }
    } else {
      for (int i = 0; i < count; i++) {
        Tree.Root child = new Tree.Root(PageLayout.child(page, i), PageLayout.childCrc(page, i));
        Tree.Root copied = copy(file, memory, child, depth + 1);
        long cell = page + PageLayout.cell(page, i);
        RawMemory.putLong(cell, copied.number());
        RawMemory.putInt(cell + PageFormat.CHILD_CRC, copied.crc());
      }
    }
    long number = next++;
    RawMemory.putLong(page + PageFormat.NUMBER, number);
    int crc =
        Crc32c.of(PageFormat.identity(salt, number), RawMemory.all(), page, layout.pageBytes());
    append(file, memory.segment(), memory.offset(page), layout.pageBytes());
    return new Tree.Root(number, crc);
  }

  private void copyExtent(DiskFile file, long reference) {
    int length = RawMemory.getInt(reference + PageFormat.EXTENT_LENGTH);
    int pages = store.file.extentPages(length);
    long rounded = (long) pages * layout.pageBytes();
    MemorySegment buffer = store.buffers.borrow(rounded);
    try {
      long token = store.epochs.enter();
      try {
        pin.root();
        store.file.readExtent(
            RawMemory.getLong(reference),
            length,
            RawMemory.getInt(reference + PageFormat.EXTENT_CRC),
            buffer,
            0);
      } finally {
        store.epochs.exit(token);
      }
      buffer.asSlice(length, rounded - length).fill((byte) 0);
      long number = next;
      next += pages;
      int crc = Crc32c.of(PageFormat.identity(salt, number), buffer, 0, length);
      append(file, buffer, 0, rounded);
      RawMemory.putLong(reference, number);
      RawMemory.putInt(reference + PageFormat.EXTENT_CRC, crc);
    } finally {
      store.buffers.giveBack(buffer);
    }
  }

  private Meta.Extent writeGroups(DiskFile file, GroupIndexes groups) {
    int length = groups.encodedBytes();
    int pages = store.file.extentPages(length);
    MemorySegment encoded = Arena.ofAuto().allocate((long) pages * layout.pageBytes(), 8);
    groups.encode(encoded, 0);
    long number = next;
    next += pages;
    append(file, encoded, 0, encoded.byteSize());
    return new Meta.Extent(
        number, length, Crc32c.of(PageFormat.identity(salt, number), encoded, 0, length));
  }

  /// Every page of a copy is in use.
  private Meta.Extent writeMap(DiskFile file) {
    long number = next;
    int length = Math.toIntExact(number / 8 + 1 + layout.pageBytes() / 8);
    int pages = store.file.extentPages(length);
    next += pages;
    BitSet used = new BitSet();
    used.set(PageFormat.FIRST_PAGE_OFFSET / layout.pageBytes(), (int) next);
    byte[] bits = used.toByteArray();
    MemorySegment encoded = Arena.ofAuto().allocate((long) pages * layout.pageBytes(), 8);
    MemorySegment.copy(MemorySegment.ofArray(bits), 0, encoded, 0, bits.length);
    append(file, encoded, 0, encoded.byteSize());
    return new Meta.Extent(
        number, length, Crc32c.of(PageFormat.identity(salt, number), encoded, 0, length));
  }

  private void append(DiskFile file, MemorySegment source, long offset, long length) {
    if (length > CHUNK_BYTES - chunked) {
      flush(file);
    }
    if (length > CHUNK_BYTES) {
      file.write(written, source, offset, length, ByteCause.OTHER);
      written += length;
      return;
    }
    MemorySegment.copy(source, offset, chunk, chunked, length);
    chunked += (int) length;
  }

  private void flush(DiskFile file) {
    if (chunked > 0) {
      file.write(written, chunk, 0, chunked, ByteCause.OTHER);
      written += chunked;
      chunked = 0;
    }
  }
}
