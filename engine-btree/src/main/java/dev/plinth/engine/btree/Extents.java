package dev.plinth.engine.btree;

import dev.plinth.kit.memory.RawMemory;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.StorageException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/// What the tree's writer does with long values and the rests of long keys: writes them to pages of
/// their own, frees and moves them. A reference to one stands at an address, as in a cell.
///
/// With the tree's lock, inside an epoch. A write that fails is told to whoever watches.
final class Extents {
  private final Tree tree;
  private final int pageBytes;
  private Consumer<StorageException> failures = _ -> {};
  private MemorySegment wholeA = MemorySegment.NULL;
  private MemorySegment wholeB = MemorySegment.NULL;

  Extents(Tree tree, int pageBytes) {
    this.tree = tree;
    this.pageBytes = pageBytes;
  }

  /// @param watcher told of writes that failed
  void onFailure(Consumer<StorageException> watcher) {
    failures = watcher;
  }

  /// How many pages the rest of a key takes; 0 for one that stands wholly in its page.
  int pagesOfKey(int length) {
    return length <= PageFormat.keyBytesMax(pageBytes)
        ? 0
        : tree.file.extentPages(length - PageFormat.localKeyBytes(pageBytes));
  }

  /// Writes bytes to pages of their own.
  ///
  /// @param reference where the reference to them goes
  /// @throws StorageException.NoSpace when there is no room; then nothing was changed
  void write(MemorySegment source, long offset, int length, long reference) {
    int pages = tree.file.extentPages(length);
    long first = tree.space.allocateRun(pages);
    int crc;
    try {
      crc = tree.file.writeExtent(first, source, offset, length);
    } catch (StorageException e) {
      failures.accept(e);
      throw e;
    }
    tree.extentAdded(pages);
    RawMemory.putLong(reference, first);
    RawMemory.putInt(reference + PageFormat.EXTENT_LENGTH, length);
    RawMemory.putInt(reference + PageFormat.EXTENT_CRC, crc);
  }

  /// Frees the pages behind a reference.
  void free(long reference) {
    int pages = tree.file.extentPages(RawMemory.getInt(reference + PageFormat.EXTENT_LENGTH));
    tree.space.free(RawMemory.getLong(reference), pages, tree.generation(), false);
    tree.extentAdded(-pages);
  }

  /// Frees the rest of an entry's key when that is a long one.
  void freeKey(long page, int index) {
    if (PageLayout.isLongKey(page, index)) {
      free(PageLayout.keyReference(page, index));
    }
  }

  /// Frees an entry's value when that is a long one.
  void freeValue(long leaf, int index) {
    if ((PageLayout.valueField(leaf, index) & PageFormat.EXTENT) != 0) {
      free(PageLayout.payload(leaf, index));
    }
  }

  /// Copies the bytes behind a reference to free pages before them.
  ///
  /// @param moved gets the new reference
  /// @return how many pages they take, 0 when there was no room before them
  int move(long reference, long moved) {
    long number = RawMemory.getLong(reference);
    int length = RawMemory.getInt(reference + PageFormat.EXTENT_LENGTH);
    int pages = tree.file.extentPages(length);
    if (tree.space.findRunBelow(pages, number) < 0) {
      return 0;
    }
    MemorySegment bytes = Arena.ofAuto().allocate(length, 64);
    tree.file.readExtent(
        number, length, RawMemory.getInt(reference + PageFormat.EXTENT_CRC), bytes, 0);
    write(bytes, 0, length, moved);
    free(reference);
    return pages;
  }

  /// Brings a key into the form that pages store, writing the rest of a long one.
  ///
  /// @param target gets the bytes that stand in the page, and the reference
  /// @return the key's field
  int storeKey(MemorySegment key, long offset, int length, long target) {
    if (length <= PageFormat.keyBytesMax(pageBytes)) {
      RawMemory.copyIn(key, offset, target, length);
      return length;
    }
    int local = PageFormat.localKeyBytes(pageBytes);
    RawMemory.copyIn(key, offset, target, local);
    write(key, offset + local, length - local, target + local);
    return local | PageFormat.LONG_KEY;
  }

  /// Makes a key that separates two neighbours in the builder; of inner pages the key itself.
  ///
  /// @param target gets it as pages store it
  /// @return its field
  int separator(PageBuilder builder, int i, long target) {
    int field = builder.separator(i, target);
    if (field != PageLayout.UNDECIDED) {
      return field;
    }
    if (wholeA.byteSize() == 0) {
      wholeA = Arena.ofAuto().allocate(EngineTraits.KEY_BYTES_LIMIT, 64);
      wholeB = Arena.ofAuto().allocate(EngineTraits.KEY_BYTES_LIMIT, 64);
    }
    LongKeys keys = tree.file.keys();
    int before = keys.read(target, builder.copyKey(i - 1, target), wholeA);
    int behind = keys.read(target, builder.copyKey(i, target), wholeB);
    int shared = dev.plinth.kit.memory.Keys.sharedLength(wholeA, 0, before, wholeB, 0, behind);
    return storeKey(wholeB, 0, Math.min(behind, shared + 1), target);
  }
}
