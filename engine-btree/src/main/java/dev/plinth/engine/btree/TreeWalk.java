package dev.plinth.engine.btree;

import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.memory.RawMemory;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/// Walks a frozen tree page by page and checks it: checksums, structure, order of keys, and that no
/// page is reached twice. Used at open to find what is in use, and by verification.
///
/// One thread; pages are copied into memory of its own, one per level.
final class TreeWalk implements AutoCloseable {
  private final TreeFile file;
  private final PageLayout layout;
  private final WriterMemory memory;
  private final boolean leaves;
  private final boolean fromFile;
  private final Runnable pause;
  private final BitSet used = new BitSet();
  private final long firstPage;
  private final long end;
  private long entries;
  private long pages;
  private MemorySegment extentBuffer = MemorySegment.NULL;

  /// @param leaves whether to read leaves and long values too
  /// @param fromFile whether to read every page from the file, unless it is only in memory
  /// @param pause called between pages, outside of any lock
  TreeWalk(
      TreeFile file, long firstPage, long end, boolean leaves, boolean fromFile, Runnable pause) {
    this.file = file;
    this.layout = file.layout();
    this.memory = new WriterMemory(layout.pageBytes());
    this.firstPage = firstPage;
    this.end = end;
    this.leaves = leaves;
    this.fromFile = fromFile;
    this.pause = pause;
  }

  BitSet used() {
    return used;
  }

  long entries() {
    return entries;
  }

  long pages() {
    return pages;
  }

  /// Walks from the root.
  void run(Tree.Root root, long generation) {
    walk(root.number(), root.crc(), -1, generation, 0);
  }

  /// Notes pages that hold something else, such as applied indexes.
  void note(long number, int count) {
    for (int i = 0; i < count; i++) {
      if (number + i < firstPage || number + i >= end) {
        throw file.damaged(number, "it names page " + (number + i) + " outside of the file");
      }
      if (used.get((int) number + i)) {
        throw file.damaged(number + i, "the page is used twice");
      }
      used.set((int) number + i);
    }
    pages += count;
  }

  /// @param level the level its parent expects, -1 for the root
  private void walk(long number, int crc, int level, long generation, int depth) {
    pause.run();
    note(number, 1);
    if (depth >= WriterMemory.LEVELS_MAX) {
      throw file.damaged(number, "the tree is deeper than " + depth + " levels");
    }
    long page = memory.level(depth);
    read(number, crc, page);
    check(page, number, level, generation);
    int count = PageLayout.count(page);
    for (int i = 0; i < count; i++) {
      if (PageLayout.isLongKey(page, i)) {
        checkExtent(PageLayout.keyReference(page, i), number, i);
      }
    }
    if (PageLayout.isLeaf(page)) {
      entries += count;
      for (int i = 0; i < count; i++) {
        checkValue(page, number, i);
      }
      return;
    }
    int below = PageLayout.level(page) - 1;
    for (int i = 0; i < count; i++) {
      long child = PageLayout.child(page, i);
      if (below == 0 && !leaves) {
        note(child, 1);
      } else {
        walk(child, PageLayout.childCrc(page, i), below, PageLayout.generation(page), depth + 1);
        checkBounds(page, number, i, depth);
      }
    }
  }

  private void read(long number, int crc, long target) {
    long inMemory = fromFile ? file.cache().find(number) : 0;
    if (fromFile && (inMemory == 0 || !file.cache().isDirty(inMemory))) {
      file.read(number, file.cache().crc(number, crc), memory.segment(), memory.offset(target));
    } else {
      file.copy(number, crc, memory.segment(), memory.offset(target));
    }
  }

  private void check(long page, long number, int level, long generation) {
    boolean leaf = PageLayout.isLeaf(page);
    require(leaf || RawMemory.getByte(page) == PageFormat.INNER, number, "it is of no known kind");
    require(PageLayout.number(page) == number, number, "it says it is another page");
    require(PageLayout.generation(page) <= generation, number, "it is younger than its parent");
    require(
        level < 0 || PageLayout.level(page) == level, number, "its level is not its parent's - 1");
    require(leaf == (PageLayout.level(page) == 0), number, "its level does not fit its kind");
    require(leaf || PageLayout.count(page) > 0, number, "it has no child");
    int heap = PageLayout.heap(page);
    int slotsEnd = PageFormat.HEADER_BYTES + PageFormat.SLOT_BYTES * PageLayout.count(page);
    require(
        slotsEnd <= heap && heap <= layout.pageBytes() - PageLayout.prefixLength(page),
        number,
        "its slots, cells and prefix overlap");
    for (int i = 0; i < PageLayout.count(page); i++) {
      int cell = PageLayout.cell(page, i);
      require(
          cell >= heap && cell + PageLayout.cellBytes(page, i) <= layout.pageBytes(),
          number,
          "cell " + i + " is outside of the page");
      require(i < (leaf ? 1 : 2) || compare(page, i - 1, i) < 0, number, "keys are out of order");
    }
  }

  private int compare(long page, int a, int b) {
    if (PageLayout.isLongKey(page, a) || PageLayout.isLongKey(page, b)) {
      return file.keys().order(page, a, page, b);
    }
    return Keys.compare(
        RawMemory.all(),
        PageLayout.suffix(page, a),
        PageLayout.suffixLength(page, a),
        RawMemory.all(),
        PageLayout.suffix(page, b),
        PageLayout.suffixLength(page, b));
  }

  /// Checks that the keys of child `i`, which was read last into the level below, lie between the
  /// parent's keys.
  private void checkBounds(long parent, long number, int i, int depth) {
    long child = memory.level(depth + 1);
    int count = PageLayout.count(child);
    int first = PageLayout.isLeaf(child) ? 0 : 1;
    if (count <= first) {
      return;
    }
    if (i > 0) {
      require(
          file.keys().order(child, first, parent, i) >= 0,
          number,
          "child " + i + " has keys before its own");
    }
    if (i + 1 < PageLayout.count(parent)) {
      require(
          file.keys().order(child, count - 1, parent, i + 1) < 0,
          number,
          "child " + i + " has keys of its neighbour");
    }
  }

  private void checkValue(long page, long number, int i) {
    int field = PageLayout.valueField(page, i);
    if ((field & PageFormat.EXTENT) == 0) {
      return;
    }
    checkExtent(PageLayout.payload(page, i), number, i);
  }

  private void checkExtent(long reference, long number, int i) {
    int length = RawMemory.getInt(reference + PageFormat.EXTENT_LENGTH);
    require(length > 0, number, "entry " + i + " has an extent without bytes");
    long first = RawMemory.getLong(reference);
    note(first, file.extentPages(length));
    if (fromFile) {
      if (extentBuffer.byteSize() < length) {
        extentBuffer = java.lang.foreign.Arena.ofAuto().allocate(length, 64);
      }
      int crc = RawMemory.getInt(reference + PageFormat.EXTENT_CRC);
      file.readExtent(first, length, crc, extentBuffer, 0);
    }
  }

  private void require(boolean condition, long number, String detail) {
    if (!condition) {
      throw damaged(number, detail);
    }
  }

  private StorageException.Corrupt damaged(long number, String detail) {
    return file.damaged(number, "page " + number + ": " + detail);
  }

  @Override
  public void close() {
    memory.close();
  }
}
