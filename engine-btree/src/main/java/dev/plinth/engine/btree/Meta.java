package dev.plinth.engine.btree;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One durable state of the tree, as a meta slot holds it; see [MetaFormat].
///
/// @param salt of the file
/// @param pageBytes of the file
/// @param commit how many commits came before
/// @param generation of the tree
/// @param root of the tree
/// @param sequence of the last batch in the tree
/// @param log where the redo log must be read from
/// @param content what the tree holds
/// @param filePages how many pages the file had
/// @param groups applied indexes, when they stand in the record
/// @param groupsExtent where they stand else
/// @param map where the map of the pages in use stands, null when there is none
record Meta(
    long salt,
    int pageBytes,
    long commit,
    long generation,
    Tree.Root root,
    long sequence,
    long log,
    Content content,
    long filePages,
    GroupIndexes groups,
    @Nullable Extent groupsExtent,
    @Nullable Extent map) {

  /// What a tree holds: entries, bytes of their keys and values, pages of long values.
  record Content(long entries, long bytes, long extentPages) {
    static final Content EMPTY = new Content(0, 0, 0);
  }

  /// A run of bytes in pages of their own.
  record Extent(long first, int length, int crc) {}

  /// The state of a new file.
  static Meta empty(long salt, int pageBytes, Tree.Root root) {
    return new Meta(
        salt,
        pageBytes,
        0,
        0,
        root,
        0,
        0,
        Content.EMPTY,
        root.number() + 1,
        new GroupIndexes(),
        null,
        null);
  }

  /// The same state as commit `commit`, with another map.
  Meta again(long newCommit, @Nullable Extent newMap) {
    return new Meta(
        salt,
        pageBytes,
        newCommit,
        generation,
        root,
        sequence,
        log,
        content,
        filePages,
        groups,
        groupsExtent,
        newMap);
  }

  /// Writes it to its slot; durable after a sync of the file.
  void write(DiskFile file) {
    MemorySegment slot = Arena.ofAuto().allocate(MetaFormat.SLOT_BYTES, 8);
    encode(slot);
    MemorySegment.copy(slot, 0, slot, MetaFormat.RECORD_BYTES, MetaFormat.RECORD_BYTES);
    file.write(offset(commit), slot, 0, MetaFormat.SLOT_BYTES, ByteCause.MANIFEST);
  }

  private static long offset(long commit) {
    return (commit & 1) * MetaFormat.SLOT_BYTES;
  }

  private void encode(MemorySegment record) {
    record.set(Layouts.LONG, MetaFormat.MAGIC_OFFSET, MetaFormat.MAGIC);
    record.set(Layouts.INT, MetaFormat.VERSION_OFFSET, PageFormat.VERSION);
    record.set(Layouts.LONG, MetaFormat.SALT_OFFSET, salt);
    record.set(Layouts.INT, MetaFormat.PAGE_BYTES_OFFSET, pageBytes);
    record.set(Layouts.LONG, MetaFormat.COMMIT_OFFSET, commit);
    record.set(Layouts.LONG, MetaFormat.GENERATION_OFFSET, generation);
    record.set(Layouts.LONG, MetaFormat.ROOT_OFFSET, root.number());
    record.set(Layouts.INT, MetaFormat.ROOT_CRC_OFFSET, root.crc());
    record.set(Layouts.LONG, MetaFormat.SEQUENCE_OFFSET, sequence);
    record.set(Layouts.LONG, MetaFormat.LOG_OFFSET, log);
    record.set(Layouts.LONG, MetaFormat.ENTRIES_OFFSET, content.entries());
    record.set(Layouts.LONG, MetaFormat.BYTES_OFFSET, content.bytes());
    record.set(Layouts.LONG, MetaFormat.EXTENT_PAGES_OFFSET, content.extentPages());
    record.set(Layouts.LONG, MetaFormat.FILE_PAGES_OFFSET, filePages);
    if (groupsExtent == null) {
      record.set(Layouts.INT, MetaFormat.GROUPS_OFFSET, groups.count());
      groups.encode(record, MetaFormat.INLINE_GROUPS_OFFSET);
    } else {
      record.set(
          Layouts.INT, MetaFormat.GROUPS_OFFSET, groupsExtent.length() / MetaFormat.GROUP_BYTES);
      record.set(Layouts.LONG, MetaFormat.GROUPS_FIRST_OFFSET, groupsExtent.first());
      record.set(Layouts.INT, MetaFormat.GROUPS_LENGTH_OFFSET, groupsExtent.length());
      record.set(Layouts.INT, MetaFormat.GROUPS_CRC_OFFSET, groupsExtent.crc());
    }
    if (map != null) {
      record.set(Layouts.LONG, MetaFormat.MAP_FIRST_OFFSET, map.first());
      record.set(Layouts.INT, MetaFormat.MAP_LENGTH_OFFSET, map.length());
      record.set(Layouts.INT, MetaFormat.MAP_CRC_OFFSET, map.crc());
    }
    record.set(Layouts.INT, MetaFormat.CRC_OFFSET, crc(record, 0));
  }

  private static int crc(MemorySegment segment, long at) {
    long behind = MetaFormat.CRC_OFFSET + 4;
    return new Crc32c()
        .start()
        .add(segment, at, MetaFormat.CRC_OFFSET)
        .add(segment, at + behind, MetaFormat.RECORD_BYTES - behind)
        .value();
  }

  /// Reads the newest state of a file.
  ///
  /// @throws StorageException.Corrupt when neither slot holds a good record
  /// @throws StorageException.UnsupportedFormat when a newer version wrote it
  static Meta readNewest(DiskFile file, Consumer<EngineEvent> events) {
    MemorySegment slots = Arena.ofAuto().allocate(2L * MetaFormat.SLOT_BYTES, 8);
    int count = file.read(0, slots, 0, 2 * MetaFormat.SLOT_BYTES);
    Meta newest = null;
    for (int i = 0; i < 4; i++) {
      long at = (long) i * MetaFormat.RECORD_BYTES;
      Meta meta = at + MetaFormat.RECORD_BYTES <= count ? decode(file, slots, at) : null;
      if (meta != null && (newest == null || meta.commit > newest.commit)) {
        newest = meta;
      }
    }
    if (newest == null) {
      throw new StorageException.Corrupt(
          file.path(), 0, "neither meta slot holds a record with a good checksum");
    }
    String damage = damage(file, slots, newest);
    if (damage != null) {
      events.accept(new EngineEvent.Damaged(file.path(), offset(newest.commit), damage));
    }
    return newest;
  }

  /// Checks that both copies of this record are in the file.
  void requireStored(DiskFile file) {
    MemorySegment slots = Arena.ofAuto().allocate(2L * MetaFormat.SLOT_BYTES, 8);
    file.read(0, slots, 0, 2 * MetaFormat.SLOT_BYTES);
    String damage = damage(file, slots, this);
    if (damage != null) {
      throw new StorageException.Corrupt(file.path(), offset(commit), damage);
    }
  }

  private static @Nullable String damage(DiskFile file, MemorySegment slots, Meta meta) {
    for (int copy = 0; copy < 2; copy++) {
      long at = offset(meta.commit) + (long) copy * MetaFormat.RECORD_BYTES;
      Meta found = decode(file, slots, at);
      if (found == null || found.commit != meta.commit) {
        return "copy " + copy + " of the meta record of commit " + meta.commit + " is damaged";
      }
    }
    return null;
  }

  private static @Nullable Meta decode(DiskFile file, MemorySegment from, long at) {
    if (from.get(Layouts.LONG, at + MetaFormat.MAGIC_OFFSET) != MetaFormat.MAGIC
        || from.get(Layouts.INT, at + MetaFormat.CRC_OFFSET) != crc(from, at)) {
      return null;
    }
    int version = from.get(Layouts.INT, at + MetaFormat.VERSION_OFFSET);
    if (version > PageFormat.VERSION) {
      throw new StorageException.UnsupportedFormat(
          file.path()
              + ": has version "
              + version
              + ", this release reads up to "
              + PageFormat.VERSION
              + "; open it with a newer release");
    }
    int groupCount = from.get(Layouts.INT, at + MetaFormat.GROUPS_OFFSET);
    boolean inline = groupCount <= MetaFormat.INLINE_GROUPS_MAX;
    return new Meta(
        from.get(Layouts.LONG, at + MetaFormat.SALT_OFFSET),
        from.get(Layouts.INT, at + MetaFormat.PAGE_BYTES_OFFSET),
        from.get(Layouts.LONG, at + MetaFormat.COMMIT_OFFSET),
        from.get(Layouts.LONG, at + MetaFormat.GENERATION_OFFSET),
        new Tree.Root(
            from.get(Layouts.LONG, at + MetaFormat.ROOT_OFFSET),
            from.get(Layouts.INT, at + MetaFormat.ROOT_CRC_OFFSET)),
        from.get(Layouts.LONG, at + MetaFormat.SEQUENCE_OFFSET),
        from.get(Layouts.LONG, at + MetaFormat.LOG_OFFSET),
        new Content(
            from.get(Layouts.LONG, at + MetaFormat.ENTRIES_OFFSET),
            from.get(Layouts.LONG, at + MetaFormat.BYTES_OFFSET),
            from.get(Layouts.LONG, at + MetaFormat.EXTENT_PAGES_OFFSET)),
        from.get(Layouts.LONG, at + MetaFormat.FILE_PAGES_OFFSET),
        inline
            ? GroupIndexes.decode(from, at + MetaFormat.INLINE_GROUPS_OFFSET, groupCount)
            : new GroupIndexes(),
        inline
            ? null
            : new Extent(
                from.get(Layouts.LONG, at + MetaFormat.GROUPS_FIRST_OFFSET),
                from.get(Layouts.INT, at + MetaFormat.GROUPS_LENGTH_OFFSET),
                from.get(Layouts.INT, at + MetaFormat.GROUPS_CRC_OFFSET)),
        from.get(Layouts.INT, at + MetaFormat.MAP_LENGTH_OFFSET) == 0
            ? null
            : new Extent(
                from.get(Layouts.LONG, at + MetaFormat.MAP_FIRST_OFFSET),
                from.get(Layouts.INT, at + MetaFormat.MAP_LENGTH_OFFSET),
                from.get(Layouts.INT, at + MetaFormat.MAP_CRC_OFFSET)));
  }
}
