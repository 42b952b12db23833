package dev.plinth.conformance.disk;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The bytes of a simulated file in pages that copies share until one of them writes. Bytes behind
/// the size are always zero. Not thread-safe: the disk's monitor guards it.
final class Pages {
  static final int PAGE_BYTES = 4096;

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
      System.arraycopy(source, sourceOffset + done, ownPage(at), within, step);
      done += step;
    }
    size = Math.max(size, offset + length);
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

  private byte @Nullable [] page(long at) {
    int index = (int) (at / PAGE_BYTES);
    return index < table.length ? table[index] : null;
  }

  private byte[] ownPage(long at) {
    int index = (int) (at / PAGE_BYTES);
    if (index >= table.length) {
      int length = Math.max(index + 1, table.length * 2);
      table = Arrays.copyOf(table, length);
      owned = Arrays.copyOf(owned, length);
    }
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
