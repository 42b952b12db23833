package dev.plinth.engine.btree;

import dev.plinth.spi.StorageException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/// The map of pages in use as a commit writes it: a bit a page, in an extent that the meta names
/// ([MetaFormat]). It spares the next opening the walk of the tree.
///
/// A commit carries one when it costs little beside the commit's own pages; the last one before the
/// store is closed always does, where there is room.
final class SpaceMap {
  /// A map may take this part of what its commit writes.
  private static final int SHARE = 32;

  private SpaceMap() {}

  /// Whether a commit of so many pages should carry a map of a file.
  static boolean isWorthwhile(long committedPages, long filePages, int pageBytes) {
    return committedPages > SHARE * pages(filePages, pageBytes);
  }

  private static long pages(long filePages, int pageBytes) {
    return (filePages / 8 + 2L * pageBytes) / pageBytes;
  }

  /// Writes the map of what a tree holds, its own pages included.
  ///
  /// @param held the pages of the tree and of what else the meta names; changed here
  /// @param grow whether the file may grow for it
  /// @return null when there is no room
  static Meta.@Nullable Extent write(Store store, BitSet held, boolean grow) {
    int pageBytes = store.file.layout().pageBytes();
    long first;
    int count;
    store.treeLock.lock();
    try {
      count = (int) pages(store.space.end(), pageBytes);
      first = store.space.tryMetaRun(count, grow);
    } finally {
      store.treeLock.unlock();
    }
    if (first < 0) {
      return null;
    }
    held.set((int) first, (int) first + count);
    byte[] bits = held.toByteArray();
    try (Arena arena = Arena.ofShared()) {
      MemorySegment encoded = arena.allocate((long) count * pageBytes, 64);
      MemorySegment.copy(MemorySegment.ofArray(bits), 0, encoded, 0, bits.length);
      int length = (int) encoded.byteSize();
      return new Meta.Extent(first, length, store.file.writeExtent(first, encoded, 0, length));
    }
  }

  /// Reads the map of a meta.
  ///
  /// @return the pages in use; null when the meta has no map or it cannot be trusted
  static @Nullable BitSet read(TreeFile file, Meta meta, long end) {
    Meta.Extent map = meta.map();
    if (map == null || map.length() < 0 || map.first() < 0) {
      return null;
    }
    try (Arena arena = Arena.ofShared()) {
      MemorySegment encoded = arena.allocate(map.length(), 64);
      file.readExtent(map.first(), map.length(), map.crc(), encoded, 0);
      BitSet used = BitSet.valueOf(encoded.asByteBuffer());
      return used.length() <= end ? used : null;
    } catch (StorageException.Corrupt e) {
      // Told as an event; the walk finds the same.
      return null;
    }
  }
}
