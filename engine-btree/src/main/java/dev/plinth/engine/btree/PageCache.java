package dev.plinth.engine.btree;

import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.memory.RawMemory;
import dev.plinth.kit.memory.SlabPool;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/// Pages in bounded off-heap memory: frames, the table that finds a page's frame by its number, and
/// the clock that chooses which clean page makes room (second chance, Corbató 1968).
///
/// A page is named by the address of its bytes; a frame's own fields stand before them: version,
/// page number, state, piece. Whether a page was used lately stands in the table, beside its
/// address, so that finding one touches no other memory.
///
/// Threads: any. Invariants:
/// 1. An address that was found inside an epoch stays good until that epoch is left: frames go back
///    to use only when all readers of their time have left.
/// 2. A frame is dirty from when its page is made or changed until its bytes are in the file; dirty
///    frames are never evicted. One whose page is being written is cleaning, and dirty again when
///    it is changed before that has ended.
/// 3. The version is odd while the page is being changed. Only the tree's writer changes pages.
/// 4. The table knows the checksum of every page that was written since the file was opened, for
///    copies of a parent that were made before the child was written.
final class PageCache implements AutoCloseable {
  /// Free frames that readers leave to the writer, so that a write never waits in the middle.
  static final int WRITER_RESERVE = 128;

  private static final int FRAME_HEADER_BYTES = 64;
  private static final int VERSION = -64;
  private static final int NUMBER = -56;
  private static final int STATE = -48;
  private static final int PIECE = -40;

  private static final int FREE = 0;
  private static final int CLEAN = 1;
  private static final int DIRTY = 2;
  private static final int EVICTED = 3;

  /// Dirty, and being written; a change makes it dirty again.
  private static final int CLEANING = 4;

  /// Somewhat more than a huge page, with pages of 4 KiB.
  private static final int FRAMES_PER_PIECE = 512;

  private static final int EVICT_FRAMES = 64;
  private static final int LOW_FRAMES = WRITER_RESERVE + 16;
  private static final int ENTRY_BYTES = 16;
  private static final int REFERENCED = 15;
  private static final int CHUNK_ENTRIES_SHIFT = 12;
  private static final int CHUNK_ENTRIES = 1 << CHUNK_ENTRIES_SHIFT;
  private static final int CHUNK_BYTES = CHUNK_ENTRIES * ENTRY_BYTES;
  private static final long CRC_KNOWN = 1L << 32;
  private static final long REFERENCED_ONLY = 1L << 56;

  private final Epochs epochs;
  private final int frameBytes;
  private final int framesPerPiece;
  private final long framesMax;
  private final FrameMemory frames;
  private final SlabPool table;
  private volatile long[] chunks = {};
  private final ReentrantLock freeLock = new ReentrantLock();
  private long[] free = new long[1024];
  private int freeCount;
  private final ReentrantLock clockLock = new ReentrantLock();
  private long clockHand;
  private long spillHand;
  private final AtomicLong dirtyFrames = new AtomicLong();

  /// @param pageBytes the bytes of a page
  /// @param framesMax how many pages it may hold
  PageCache(Epochs epochs, int pageBytes, long framesMax) {
    this.epochs = epochs;
    this.frameBytes = pageBytes + FRAME_HEADER_BYTES;
    this.framesMax = Math.max(framesMax, 4L * WRITER_RESERVE);
    this.framesPerPiece = this.framesMax > 8192 ? FRAMES_PER_PIECE : 16;
    long pieceBytes = (long) framesPerPiece * frameBytes;
    this.frames = new FrameMemory((int) (this.framesMax / framesPerPiece), pieceBytes);
    this.table = new SlabPool(Long.MAX_VALUE >> 1, CHUNK_BYTES);
  }

  /// Has memory made ready in the background before it is needed.
  ///
  /// @param work runs a task in the background
  void prepareAhead(Consumer<Runnable> work) {
    frames.prepareAhead(work);
  }

  /// The address of a page, or 0 when it is not in memory. Only inside an epoch.
  long find(long number) {
    long[] all = chunks;
    int chunk = (int) (number >>> CHUNK_ENTRIES_SHIFT);
    if (chunk >= all.length) {
      return 0;
    }
    long entry = entry(all, number);
    long page = RawMemory.getLongAcquire(entry);
    if (page != 0 && RawMemory.getByte(entry + REFERENCED) == 0) {
      RawMemory.putByte(entry + REFERENCED, (byte) 1);
    }
    return page;
  }

  /// Makes the table large enough for page numbers below a limit. Callers take turns.
  void growTable(long numbersMax) {
    long[] all = chunks;
    int needed = (int) ((numbersMax + CHUNK_ENTRIES - 1) >>> CHUNK_ENTRIES_SHIFT);
    if (needed <= all.length) {
      return;
    }
    long[] grown = java.util.Arrays.copyOf(all, needed);
    for (int i = all.length; i < needed; i++) {
      grown[i] = table.acquire().address();
      RawMemory.clear(grown[i], CHUNK_BYTES);
    }
    chunks = grown;
  }

  /// Takes a free frame; its page's bytes are undefined.
  ///
  /// @param leave how many free frames must remain
  /// @return the address for a page, or 0
  long take(int leave) {
    long page = pop(leave);
    if (page == 0 && allocate()) {
      page = pop(leave);
    }
    if (page != 0 && freeCount < LOW_FRAMES && allFrames() + framesPerPiece > framesMax) {
      evict();
    }
    return page;
  }

  /// Has more than [#WRITER_RESERVE] frames free, so that readers find one too, waiting for readers
  /// or commits where it must. Not inside an epoch.
  ///
  /// @return false when they could not be had now: too many pages are dirty
  boolean reserve() {
    if (hasReserve()) {
      return true;
    }
    freeLock.lock();
    try {
      if (hasReserve()) {
        return true;
      }
    } finally {
      freeLock.unlock();
    }
    return (allocate() && hasReserve()) || evictAndWait();
  }

  private boolean hasReserve() {
    return freeCount > WRITER_RESERVE;
  }

  private boolean evictAndWait() {
    for (int round = 0; round < 1000; round++) {
      epochs.poll();
      if (hasReserve() || (allocate() && hasReserve())) {
        return true;
      }
      if (evict() == 0 && round > 100) {
        return false;
      }
      epochs.poll();
      if (hasReserve()) {
        return true;
      }
      java.util.concurrent.locks.LockSupport.parkNanos(20_000);
    }
    return false;
  }

  /// Makes a page of a frame that was taken findable as a new, dirty one.
  void installDirty(long page, long number) {
    RawMemory.putLong(page + NUMBER, number);
    RawMemory.putLong(page + VERSION, 0);
    RawMemory.putIntVolatile(page + STATE, DIRTY);
    dirtyFrames.incrementAndGet();
    long entry = entry(chunks, number);
    RawMemory.putLong(entry + 8, REFERENCED_ONLY);
    RawMemory.putLongRelease(entry, page);
  }

  /// Makes a page that was read into a frame findable, unless someone else did so meanwhile. Clean,
  /// and so fit to be evicted, only once it can be found: what is evicted must leave the table.
  boolean installClean(long page, long number) {
    RawMemory.putLong(page + NUMBER, number);
    RawMemory.putLong(page + VERSION, 0);
    long entry = entry(chunks, number);
    if (!RawMemory.compareAndSetLong(entry, 0, page)) {
      return false;
    }
    RawMemory.putByte(entry + REFERENCED, (byte) 1);
    RawMemory.putIntVolatile(page + STATE, CLEAN);
    return true;
  }

  /// Gives a frame back that was taken and never installed.
  void giveBack(long page) {
    push(page);
  }

  /// Whether the file lacks a page's bytes, or may lack them.
  boolean isDirty(long page) {
    int state = RawMemory.getIntAcquire(page + STATE);
    return state == DIRTY || state == CLEANING;
  }

  /// Turns a page dirty before it is changed; with the tree's lock.
  ///
  /// @return false when it was evicted meanwhile, or is just being installed: find it again
  boolean markDirty(long page) {
    if (RawMemory.getIntAcquire(page + STATE) == DIRTY
        || RawMemory.compareAndSetInt(page + STATE, CLEANING, DIRTY)) {
      return true;
    }
    if (RawMemory.compareAndSetInt(page + STATE, CLEAN, DIRTY)) {
      dirtyFrames.incrementAndGet();
      return true;
    }
    // It may have become clean between the two.
    return RawMemory.getIntAcquire(page + STATE) == DIRTY;
  }

  /// Looks at the next frame for a changed leaf that was not used lately; one that was is passed
  /// over once. One caller at a time; without a lock the answer is a guess.
  ///
  /// @return its address, or 0
  long nextColdLeaf() {
    long total = allFrames();
    spillHand = spillHand + 1 < total ? spillHand + 1 : 0;
    long page = frame(spillHand);
    if (RawMemory.getIntAcquire(page + STATE) != DIRTY || !PageLayout.isLeaf(page)) {
      return 0;
    }
    long number = RawMemory.getLong(page + NUMBER);
    if (!isFoundAs(page, number)) {
      return 0;
    }
    long entry = entry(chunks, number);
    if (RawMemory.getByte(entry + REFERENCED) != 0) {
      RawMemory.putByte(entry + REFERENCED, (byte) 0);
      return 0;
    }
    return page;
  }

  /// Says that a dirty page is about to be written; with the tree's lock, so that no change of it
  /// is under way.
  boolean beginCleaning(long page) {
    return RawMemory.compareAndSetInt(page + STATE, DIRTY, CLEANING);
  }

  /// Says that the page is in the file, as it was when [#beginCleaning] returned; clean unless it
  /// was changed since.
  void endCleaning(long page) {
    if (RawMemory.compareAndSetInt(page + STATE, CLEANING, CLEAN)) {
      dirtyFrames.decrementAndGet();
    }
  }

  /// Whether a frame, which may have been given to another page meanwhile, is that of a page.
  boolean isFoundAs(long page, long number) {
    long[] all = chunks;
    return number >= 0
        && number >>> CHUNK_ENTRIES_SHIFT < all.length
        && RawMemory.getLongAcquire(entry(all, number)) == page;
  }

  /// As [#find], without counting as use.
  long peek(long number) {
    return RawMemory.getLongAcquire(entry(chunks, number));
  }

  /// Whether half of the frames were never needed.
  boolean isHalfEmpty() {
    return 2 * allFrames() < framesMax;
  }

  /// How many frames there are.
  long frames() {
    return allFrames();
  }

  /// Says that a dirty page is in the file now. Its checksum must be known to the table.
  void markClean(long page) {
    if (RawMemory.compareAndSetInt(page + STATE, DIRTY, CLEAN)) {
      dirtyFrames.decrementAndGet();
    }
  }

  /// Remembers the checksum with which a page was written.
  void rememberCrc(long number, int crc) {
    RawMemory.putLongRelease(entry(chunks, number) + 8, CRC_KNOWN | (crc & 0xffff_ffffL));
  }

  /// The checksum of a page: what it was last written with, else what its parent says.
  int crc(long number, int parentCrc) {
    long[] all = chunks;
    if (number >>> CHUNK_ENTRIES_SHIFT >= all.length) {
      return parentCrc;
    }
    long known = RawMemory.getLongAcquire(entry(all, number) + 8);
    return (known & CRC_KNOWN) == 0 ? parentCrc : (int) known;
  }

  /// Forgets a page that nobody can reach any more; its frame is free at once.
  void drop(long number) {
    long entry = entry(chunks, number);
    long page = RawMemory.getLongAcquire(entry);
    RawMemory.putLongRelease(entry + 8, 0);
    if (page == 0) {
      return;
    }
    if (RawMemory.compareAndSetInt(page + STATE, DIRTY, EVICTED)) {
      dirtyFrames.decrementAndGet();
    } else if (!RawMemory.compareAndSetInt(page + STATE, CLEAN, EVICTED)) {
      return;
    }
    RawMemory.compareAndSetLong(entry, page, 0);
    push(page);
  }

  /// Begins a change of a page: readers that are in it will look again.
  static void beginChange(long page) {
    RawMemory.putLong(page + VERSION, RawMemory.getLong(page + VERSION) + 1);
    java.lang.invoke.VarHandle.storeStoreFence();
  }

  /// Ends a change.
  static void endChange(long page) {
    RawMemory.putLongRelease(page + VERSION, RawMemory.getLong(page + VERSION) + 1);
  }

  /// The version before reading a page; odd while it is being changed.
  static long version(long page) {
    return RawMemory.getLongAcquire(page + VERSION);
  }

  /// Whether what was read since [#version] gave this version can be trusted.
  static boolean isUnchanged(long page, long version) {
    java.lang.invoke.VarHandle.loadLoadFence();
    return RawMemory.getLong(page + VERSION) == version;
  }

  /// The memory of a page for writing into it by segment.
  MemorySegment segment(long page) {
    return frames.segment(RawMemory.getInt(page + PIECE));
  }

  /// Where in [#segment] a page begins.
  long segmentOffset(long page) {
    return page - frames.address(RawMemory.getInt(page + PIECE));
  }

  long dirtyFrames() {
    return dirtyFrames.get();
  }

  int freeFrames() {
    return freeCount;
  }

  long offHeapBytes() {
    return frames.bytesAllocated() + table.bytesAllocated();
  }

  long tableBytes() {
    return table.bytesAllocated();
  }

  @Override
  public void close() {
    frames.close();
    table.close();
  }

  private static long entry(long[] all, long number) {
    return all[(int) (number >>> CHUNK_ENTRIES_SHIFT)]
        + (number & (CHUNK_ENTRIES - 1)) * ENTRY_BYTES;
  }

  private long frame(long index) {
    return frames.address((int) (index / framesPerPiece))
        + index % framesPerPiece * frameBytes
        + FRAME_HEADER_BYTES;
  }

  private long allFrames() {
    return (long) frames.count() * framesPerPiece;
  }

  private long pop(int leave) {
    freeLock.lock();
    try {
      return freeCount > leave ? free[--freeCount] : 0;
    } finally {
      freeLock.unlock();
    }
  }

  private void push(long page) {
    RawMemory.putIntVolatile(page + STATE, FREE);
    freeLock.lock();
    try {
      if (freeCount == free.length) {
        free = java.util.Arrays.copyOf(free, 2 * freeCount);
      }
      free[freeCount++] = page;
    } finally {
      freeLock.unlock();
    }
  }

  private boolean allocate() {
    clockLock.lock();
    try {
      MemorySegment piece = frames.grow();
      if (piece == null) {
        return false;
      }
      int index = frames.count();
      for (int i = 0; i < framesPerPiece; i++) {
        long page = piece.address() + (long) i * frameBytes + FRAME_HEADER_BYTES;
        RawMemory.putInt(page + PIECE, index);
        RawMemory.putInt(page + STATE, FREE);
      }
      frames.publish(piece);
      for (int i = framesPerPiece - 1; i >= 0; i--) {
        push(piece.address() + (long) i * frameBytes + FRAME_HEADER_BYTES);
      }
      return true;
    } finally {
      clockLock.unlock();
    }
  }

  /// Evicts some clean pages that were not used lately; their frames are free when no reader can
  /// see them any more.
  ///
  /// @return how many
  private int evict() {
    if (!clockLock.tryLock()) {
      return 1;
    }
    long[] batch = new long[EVICT_FRAMES];
    int count = 0;
    try {
      long total = allFrames();
      for (long looked = 0; looked < 2 * total && count < EVICT_FRAMES; looked++) {
        clockHand = clockHand + 1 < total ? clockHand + 1 : 0;
        long page = frame(clockHand);
        if (evict(page)) {
          batch[count++] = page;
        }
      }
    } finally {
      clockLock.unlock();
    }
    if (count > 0) {
      int evicted = count;
      epochs.retire(
          () -> {
            for (int i = 0; i < evicted; i++) {
              push(batch[i]);
            }
          });
    }
    return count;
  }

  private boolean evict(long page) {
    if (RawMemory.getIntAcquire(page + STATE) != CLEAN) {
      return false;
    }
    long entry = entry(chunks, RawMemory.getLong(page + NUMBER));
    if (RawMemory.getByte(entry + REFERENCED) != 0) {
      RawMemory.putByte(entry + REFERENCED, (byte) 0);
      return false;
    }
    if (!RawMemory.compareAndSetInt(page + STATE, CLEAN, EVICTED)) {
      return false;
    }
    // It may have become another page's since it was looked at; from here on it stays as it is.
    RawMemory.compareAndSetLong(entry(chunks, RawMemory.getLong(page + NUMBER)), page, 0);
    return true;
  }
}
