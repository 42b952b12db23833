package dev.plinth.conformance.disk;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The bytes of a simulated file in pages that copies share until one of them writes. Pages of
/// which nothing but zeros was written are not there. Bytes behind the size are always zero. Not
/// thread-safe: the disk's monitor guards it.
final class Pages {
  static final int PAGE_BYTES = 4096;

  /// A page of zeros, never changed.
  static final byte[] ZEROS = new byte[PAGE_BYTES];

  private byte[] @Nullable [] table;
  private boolean[] owned;
  private long size;

  Pages() {
    table = new byte[4][];
    owned = new boolean[4];
  }

  private Pages(byte[] @Nullable [] table, long size) {
    this.table = table;
    this.owned = new boolean[table.length];
    this.size = size;
  }

  long size() {
    return size;
  }

  /// A copy that shares every page with this one.
  Pages share() {
    Arrays.fill(owned, false);
    return new Pages(table.clone(), size);
  }

  void read(long offset, MemorySegment target, long targetOffset, int length) {
    int done = 0;
    while (done < length) {
      long at = offset + done;
      int within = (int) (at % PAGE_BYTES);
      int step = Math.min(length - done, PAGE_BYTES - within);
      byte[] page = page(at);
      if (page == null) {
        target.asSlice(targetOffset + done, step).fill((byte) 0);
      } else {
        MemorySegment.copy(page, within, target, ValueLayout.JAVA_BYTE, targetOffset + done, step);
      }
      done += step;
    }
  }

  byte[] bytes(long offset, int length) {
    byte[] copy = new byte[length];
    read(offset, MemorySegment.ofArray(copy), 0, length);
    return copy;
  }

  void write(long offset, byte[] source, int sourceOffset, int length) {
    int done = 0;
    while (done < length) {
      long at = offset + done;
      int within = (int) (at % PAGE_BYTES);
      int step = Math.min(length - done, PAGE_BYTES - within);
      if (!areZeros(source, sourceOffset + done, step)) {
        System.arraycopy(source, sourceOffset + done, ownPage(at), within, step);
      } else if (page(at) != null) {
        Arrays.fill(ownPage(at), within, within + step, (byte) 0);
      }
      done += step;
    }
    size = Math.max(size, offset + length);
  }

  /// The one page of zeros that logs write ahead need not be looked at.
  @SuppressWarnings("ReferenceEquality")
  private static boolean areZeros(byte[] bytes, int offset, int length) {
    return bytes == ZEROS || Arrays.mismatch(bytes, offset, offset + length, ZEROS, 0, length) < 0;
  }

  /// Takes bytes from other pages; those that are whole pages are shared with them.
  void take(Pages other, long offset, int length) {
    int done = 0;
    while (done < length) {
      long at = offset + done;
      int within = (int) (at % PAGE_BYTES);
      int step = Math.min(length - done, PAGE_BYTES - within);
      byte[] page = other.page(at);
      if (step == PAGE_BYTES && (page != null || page(at) != null)) {
        int index = index(at);
        table[index] = page;
        owned[index] = false;
        other.disown(at);
      } else if (page == null) {
        write(at, ZEROS, 0, step);
      } else {
        write(at, page, within, step);
      }
      done += step;
    }
    size = Math.max(size, offset + length);
  }

  private void disown(long at) {
    int index = (int) (at / PAGE_BYTES);
    if (index < owned.length) {
      owned[index] = false;
    }
  }

  /// Cuts or grows; what comes into being reads as zeros.
  void resize(long newSize) {
    if (newSize < size) {
      int first = (int) ((newSize + PAGE_BYTES - 1) / PAGE_BYTES);
      for (int i = first; i < table.length; i++) {
        table[i] = null;
        owned[i] = false;
      }
      int within = (int) (newSize % PAGE_BYTES);
      if (within != 0 && page(newSize) != null) {
        Arrays.fill(ownPage(newSize), within, PAGE_BYTES, (byte) 0);
      }
    }
    size = newSize;
  }

  /// A number that tells these bytes from others.
  long print() {
    long sum = size;
    CRC32C checksum = new CRC32C();
    for (int i = 0; i < table.length; i++) {
      byte[] page = table[i];
      if (page != null) {
        checksum.reset();
        checksum.update(page, 0, PAGE_BYTES);
        sum += mixed(mixed(checksum.getValue() << 32 ^ Arrays.hashCode(page)) + i);
      }
    }
    return mixed(sum);
  }

  /// Spreads a number over 64 bits (the finish of SplitMix64, Steele et al., OOPSLA 2014).
  static long mixed(long number) {
    long z = number + 0x9e3779b97f4a7c15L;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }

  private byte @Nullable [] page(long at) {
    int index = (int) (at / PAGE_BYTES);
    return index < table.length ? table[index] : null;
  }

  /// The place of a page in the table, which grows for it.
  private int index(long at) {
    int index = (int) (at / PAGE_BYTES);
    if (index >= table.length) {
      int length = Math.max(index + 1, table.length * 2);
      table = Arrays.copyOf(table, length);
      owned = Arrays.copyOf(owned, length);
    }
    return index;
  }

  private byte[] ownPage(long at) {
    int index = index(at);
    byte[] page = table[index];
    if (page == null) {
      page = new byte[PAGE_BYTES];
    } else if (!owned[index]) {
      page = page.clone();
    }
    table[index] = page;
    owned[index] = true;
    return page;
  }
}
