package dev.plinth.engine.btree;

import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.HugeMemory;
import dev.plinth.kit.memory.RawMemory;
import dev.plinth.spi.ByteCause;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/// Writes the dirty pages of a tree to the file: children's checksums into their parents first,
/// then the pages in the order of their numbers.
///
/// The tree must not change meanwhile, but for [#spill]; others may be changed and read. Callers
/// take turns.
final class DirtyPages implements AutoCloseable {
  private static final int STAGING_BYTES = 1 << 20;
  private static final int PIECE_BYTES = 4096;

  /// How many frames are looked at before those that serve are claimed under the tree's lock.
  private static final int CLAIM_FRAMES = 256;

  private final TreeFile file;
  private final PageLayout layout;
  private final PageCache cache;
  private final Epochs epochs;
  private final ReentrantLock turn = new ReentrantLock();
  private final Arena arena = Arena.ofShared();
  private final MemorySegment staging;
  private final int stagedPagesMax;
  private final long[] candidates = new long[CLAIM_FRAMES];
  private long[] numbers = new long[1024];
  private int count;

  DirtyPages(TreeFile file, Epochs epochs) {
    this.file = file;
    this.layout = file.layout();
    this.cache = file.cache();
    this.epochs = epochs;
    this.stagedPagesMax = STAGING_BYTES / layout.pageBytes();
    this.staging = HugeMemory.untouched(STAGING_BYTES, arena);
  }

  /// Writes the dirty pages of a tree.
  ///
  /// @return how many, and the root's checksum
  Written write(Tree.Root root, ByteCause cause) {
    turn.lock();
    try {
      count = 0;
      int crc;
      long token = epochs.enter();
      try {
        crc = collect(root.number(), root.crc());
      } finally {
        epochs.exit(token);
      }
      writeCollected(cause);
      return new Written(count, crc);
    } finally {
      turn.unlock();
    }
  }

  /// What was written.
  ///
  /// @param pages how many pages
  /// @param rootCrc the checksum of the tree's root
  record Written(long pages, int rootCrc) {}

  /// Writes pages of older trees that are dirty still, so that their frames can be used.
  void write(PageRuns pages, ByteCause cause) {
    turn.lock();
    try {
      count = 0;
      long token = epochs.enter();
      try {
        for (int i = 0; i < pages.size(); i++) {
          long number = pages.number(i);
          long page = cache.find(number);
          if (page != 0 && cache.isDirty(page)) {
            prepareInner(page);
            add(page, number);
          }
        }
      } finally {
        epochs.exit(token);
      }
      writeCollected(cause);
    } finally {
      turn.unlock();
    }
  }

  /// Writes changed leaves of the newest tree that were not used lately, while it is being changed.
  /// Pages above them stay dirty and learn their checksums at the next commit.
  ///
  /// A leaf is claimed under the tree's lock, so that no change of it is under way; when it is
  /// changed while it is written it stays dirty, and what was written does not count. The epoch
  /// keeps its page from being given to something else.
  ///
  /// @param most pages
  /// @return how many
  int spill(Lock treeLock, Space space, int most, ByteCause cause) {
    turn.lock();
    try {
      count = 0;
      long token = epochs.enter();
      try {
        long frames = 2 * cache.frames();
        for (long looked = 0; looked < frames && count < most; looked += CLAIM_FRAMES) {
          claim(treeLock, space, findCold(Math.min(CLAIM_FRAMES, most - count)));
        }
        writeClaimed(cause);
      } finally {
        epochs.exit(token);
      }
      return count;
    } finally {
      turn.unlock();
    }
  }

  /// Looks at some frames without any lock: most of the work is waiting for memory.
  private int findCold(int most) {
    int found = 0;
    for (int i = 0; i < CLAIM_FRAMES && found < most; i++) {
      long page = cache.nextColdLeaf();
      if (page != 0) {
        candidates[found++] = page;
      }
    }
    return found;
  }

  private void claim(Lock treeLock, Space space, int found) {
    if (found == 0) {
      return;
    }
    treeLock.lock();
    try {
      for (int i = 0; i < found; i++) {
        long page = candidates[i];
        long number = PageLayout.number(page);
        if (cache.isFoundAs(page, number) && space.isHeld(number) && cache.beginCleaning(page)) {
          note(number);
        }
      }
    } finally {
      treeLock.unlock();
    }
  }

  private void writeClaimed(ByteCause cause) {
    Arrays.sort(numbers, 0, count);
    int bytes = layout.pageBytes();
    int from = 0;
    while (from < count) {
      int to = runEnd(from);
      for (int i = from; i < to; i++) {
        long at = (long) (i - from) * bytes;
        MemorySegment.copy(RawMemory.all(), cache.peek(numbers[i]), staging, at, bytes);
        long identity = PageFormat.identity(file.salt(), numbers[i]);
        cache.rememberCrc(numbers[i], Crc32c.of(identity, staging, at, bytes));
      }
      writeStaged(from, to, cause);
      for (int i = from; i < to; i++) {
        cache.endCleaning(cache.peek(numbers[i]));
      }
      from = to;
    }
  }

  /// Collects a page and those below it that are dirty.
  ///
  /// @return the page's checksum
  private int collect(long number, int crc) {
    long page = cache.find(number);
    if (page == 0 || !cache.isDirty(page)) {
      return cache.crc(number, crc);
    }
    prepareInner(page);
    return add(page, number);
  }

  /// Brings the checksums in an inner page up to date, collecting dirty children.
  private void prepareInner(long page) {
    if (PageLayout.isLeaf(page)) {
      return;
    }
    int children = PageLayout.count(page);
    for (int i = 0; i < children; i++) {
      long cell = page + PageLayout.cell(page, i);
      int old = RawMemory.getInt(cell + PageFormat.CHILD_CRC);
      int crc = collect(RawMemory.getLong(cell), old);
      if (crc != old) {
        RawMemory.putInt(cell + PageFormat.CHILD_CRC, crc);
      }
    }
  }

  private int add(long page, long number) {
    int crc = file.crcOf(page, number);
    cache.rememberCrc(number, crc);
    note(number);
    return crc;
  }

  private void note(long number) {
    if (count == numbers.length) {
      numbers = Arrays.copyOf(numbers, 2 * count);
    }
    numbers[count++] = number;
  }

  private void writeCollected(ByteCause cause) {
    Arrays.sort(numbers, 0, count);
    int from = 0;
    while (from < count) {
      int to = runEnd(from);
      writeRun(from, to, cause);
      from = to;
    }
  }

  /// Where pages end that stand one behind the other.
  private int runEnd(int from) {
    int to = from + 1;
    while (to < count && to - from < stagedPagesMax && numbers[to] == numbers[to - 1] + 1) {
      to++;
    }
    return to;
  }

  private void writeRun(int from, int to, ByteCause cause) {
    int bytes = layout.pageBytes();
    for (int i = from; i < to; i++) {
      MemorySegment.copy(
          RawMemory.all(), cache.find(numbers[i]), staging, (long) (i - from) * bytes, bytes);
    }
    writeStaged(from, to, cause);
    for (int i = from; i < to; i++) {
      cache.markClean(cache.find(numbers[i]));
    }
  }

  /// Writes staged pages in small pieces. The system's cache keeps what one call writes as one
  /// block, and when a page of it changes later it takes the whole block for changed.
  private void writeStaged(int from, int to, ByteCause cause) {
    int bytes = layout.pageBytes();
    long start = numbers[from] * bytes;
    long length = (long) (to - from) * bytes;
    long piece = Math.max(bytes, PIECE_BYTES);
    for (long at = 0; at < length; at += piece) {
      file.file().write(start + at, staging, at, Math.min(piece, length - at), cause);
    }
  }

  @Override
  public void close() {
    arena.close();
  }
}
