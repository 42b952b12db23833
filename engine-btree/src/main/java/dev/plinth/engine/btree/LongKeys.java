package dev.plinth.engine.btree;

import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.memory.RawMemory;
import dev.plinth.spi.EngineTraits;
import java.lang.foreign.MemorySegment;

/// Finds keys in pages also where the rest of a long key decides, which stands in an extent.
///
/// Searches that need no extent cost nothing more than those of [PageLayout]; one that does reads
/// an extent for every key that agrees with the sought one as far as the page tells. Any thread,
/// inside an epoch.
final class LongKeys {
  /// The version of a page that does not change.
  static final long STILL = -1;

  private final TreeFile file;
  private final PageLayout layout;
  private final ValueBuffers buffers;

  LongKeys(TreeFile file, ValueBuffers buffers) {
    this.file = file;
    this.layout = file.layout();
    this.buffers = buffers;
  }

  /// As [PageLayout#find], but never undecided.
  ///
  /// @param version the page's, or [#STILL]
  int find(long page, long version, MemorySegment key, long offset, int length) {
    int found = layout.find(page, key, offset, length);
    return found == PageLayout.UNDECIDED ? search(page, version, 0, key, offset, length) : found;
  }

  /// As [PageLayout#findChild], but never undecided.
  ///
  /// @param version the page's, or [#STILL]
  int findChild(long page, long version, MemorySegment key, long offset, int length) {
    int child = layout.findChild(page, key, offset, length);
    if (child != PageLayout.UNDECIDED) {
      return child;
    }
    int found = search(page, version, 1, key, offset, length);
    return found >= 0 || found == PageLayout.TORN ? found : ~found - 1;
  }

  private int search(
      long page, long version, int from, MemorySegment key, long offset, int length) {
    int low = from;
    int high = Math.min(PageLayout.count(page), layout.countMax()) - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = order(page, version, middle, key, offset, length);
      if (order == PageLayout.TORN) {
        return order;
      } else if (order < 0) {
        low = middle + 1;
      } else if (order > 0) {
        high = middle - 1;
      } else {
        return middle;
      }
    }
    return ~low;
  }

  /// Compares an entry's key with another one.
  ///
  /// @param version the page's, or [#STILL]
  /// @return below, equal to or above 0, or [PageLayout#TORN]
  int order(long page, long version, int index, MemorySegment key, long offset, int length) {
    int prefix = PageLayout.prefixLength(page);
    int field = PageLayout.suffixField(page, index);
    int begin = PageLayout.cell(page, index) + PageLayout.cellHeaderBytes(page);
    if (prefix > layout.capacity() || begin + PageFormat.storedBytes(field) > layout.pageBytes()) {
      return PageLayout.TORN;
    }
    int shared = Math.min(prefix, length);
    int order = RawMemory.compare(layout.prefix(page), shared, key, offset, shared);
    if (order != 0 || length < prefix) {
      return order != 0 ? Integer.signum(order) : 1;
    }
    long at = offset + prefix;
    int left = length - prefix;
    int local = PageFormat.localLength(field);
    if (field == local) {
      return Integer.signum(RawMemory.compare(page + begin, local, key, at, left));
    }
    int common = Math.min(local, left);
    order = RawMemory.compare(page + begin, common, key, at, common);
    if (order != 0 || left <= local) {
      return order != 0 ? Integer.signum(order) : 1;
    }
    return orderOfRest(page, version, page + begin + local, key, at + local, left - local);
  }

  private int orderOfRest(
      long page, long version, long reference, MemorySegment key, long offset, int length) {
    long first = RawMemory.getLong(reference);
    int bytes = RawMemory.getInt(reference + PageFormat.EXTENT_LENGTH);
    int crc = RawMemory.getInt(reference + PageFormat.EXTENT_CRC);
    if (version != STILL && !PageCache.isUnchanged(page, version)) {
      return PageLayout.TORN;
    }
    requireLength(first, bytes);
    MemorySegment buffer = buffers.borrow(bytes);
    try {
      file.readExtent(first, bytes, crc, buffer, 0);
      return Integer.signum(Keys.compare(buffer, 0, bytes, key, offset, length));
    } finally {
      buffers.giveBack(buffer);
    }
  }

  private void requireLength(long first, int bytes) {
    if (bytes < 1 || bytes > EngineTraits.KEY_BYTES_LIMIT) {
      throw file.damaged(first, "the rest of a key cannot have " + bytes + " bytes");
    }
  }

  /// Copies a whole key of a page that does not change, the rest of a long one too.
  ///
  /// @return its length
  int read(long page, int index, MemorySegment target, long offset) {
    int prefix = PageLayout.prefixLength(page);
    int local = PageLayout.suffixLength(page, index);
    RawMemory.copyOut(layout.prefix(page), target, offset, prefix);
    RawMemory.copyOut(PageLayout.suffix(page, index), target, offset + prefix, local);
    int length = prefix + local;
    return PageLayout.isLongKey(page, index)
        ? length + readRest(PageLayout.keyReference(page, index), target, offset + length)
        : length;
  }

  /// Copies a whole key as a page stores it.
  ///
  /// @param stored the address of its bytes
  /// @return its length
  int read(long stored, int field, MemorySegment target) {
    int local = PageFormat.localLength(field);
    RawMemory.copyOut(stored, target, 0, local);
    return field == local ? local : local + readRest(stored + local, target, local);
  }

  private int readRest(long reference, MemorySegment target, long offset) {
    long first = RawMemory.getLong(reference);
    int bytes = RawMemory.getInt(reference + PageFormat.EXTENT_LENGTH);
    requireLength(first, bytes);
    file.readExtent(
        first, bytes, RawMemory.getInt(reference + PageFormat.EXTENT_CRC), target, offset);
    return bytes;
  }

  /// Compares the keys of two entries of pages that do not change.
  int order(long page, int index, long otherPage, int otherIndex) {
    int length = PageLayout.keyLength(otherPage, otherIndex);
    MemorySegment other = buffers.borrow(length);
    try {
      read(otherPage, otherIndex, other, 0);
      return order(page, STILL, index, other, 0, length);
    } finally {
      buffers.giveBack(other);
    }
  }
}
