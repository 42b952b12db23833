package dev.plinth.engine.btree;

import dev.plinth.kit.epoch.Epochs;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/// Which pages of the file are free, which are in use, and which will be free soon. All of it lives
/// in memory; at open it comes from the map that the newest commit wrote, or from a walk of the
/// tree where that commit was too small to carry one.
///
/// A page that the tree replaced in generation `t` goes through three gates before it is used
/// again: a meta of `t` or later is durable (pages made since the last commit began are in no meta
/// and pass at once), no snapshot or cursor shows a generation before `t`, and every read that was
/// going on when both were true has ended.
///
/// Threads: the tree's lock guards everything; only [#returned] is filled by any thread.
class Space {
  /// Free pages that puts leave, so that a full store can still delete and compact.
  static final int RESERVE_PAGES = 96;

  /// Page numbers are bits of a [BitSet].
  private static final long PAGES_MAX = Integer.MAX_VALUE - 8L;

  private static final int RELEASE_PAGES = 256;
  private static final int GROWTH_PAGES_MIN = 16;
  private static final long GROWTH_BYTES_MAX = 16 << 20;

  private final DiskFile file;
  private final PageCache cache;
  private final Epochs epochs;
  private final int pageBytes;
  private final long firstPage;
  private final long bytesMax;

  /// Free pages that have room on the disk; the others are holes.
  private final BitSet free = new BitSet();

  private final Holes holes;

  /// The pages that the newest tree, hidden or not, and the durable meta hold.
  private final BitSet held = new BitSet();

  private long freePages;
  private long end;
  private int hint;

  private final ArrayDeque<Freed> durablePending = new ArrayDeque<>();
  private final ArrayDeque<Freed> volatilePending = new ArrayDeque<>();
  private long pendingPages;
  private long freedSinceRelease;
  private final ConcurrentLinkedQueue<PageRuns> returned = new ConcurrentLinkedQueue<>();
  private PageRuns allocatedByTransaction = new PageRuns();
  private PageRuns freedByTransaction = new PageRuns();
  private PageRuns freedVolatileByTransaction = new PageRuns();
  private boolean transaction;
  private long reusedPages;

  private record Freed(long generation, PageRuns runs) {}

  /// @param bytesMax the most bytes the file may have
  Space(DiskFile file, PageCache cache, Epochs epochs, int pageBytes, long bytesMax) {
    this.file = file;
    this.cache = cache;
    this.epochs = epochs;
    this.pageBytes = pageBytes;
    this.firstPage = PageFormat.FIRST_PAGE_OFFSET / pageBytes;
    this.bytesMax = Math.min(bytesMax, PAGES_MAX * pageBytes);
    this.end = Math.max(firstPage, file.size() / pageBytes);
    this.hint = (int) firstPage;
    this.holes = new Holes(file, pageBytes);
    cache.growTable(end);
  }

  /// Starts from what is in use; the rest is free.
  void recover(BitSet used) {
    held.or(used);
    BitSet unused = new BitSet();
    unused.set((int) firstPage, (int) end);
    unused.andNot(used);
    holes.recover(unused);
  }

  long firstPage() {
    return firstPage;
  }

  /// The page number behind the last page of the file.
  long end() {
    return end;
  }

  /// Pages of the file that nobody needs.
  long freePages() {
    drainReturned();
    return freePages + holes.count();
  }

  /// Those of them that are known to have room on the disk.
  long readyPages() {
    drainReturned();
    return freePages;
  }

  /// Pages whose room was given back to the file system.
  long discardedPages() {
    return holes.discardedPages();
  }

  /// Pages that will be free when commits, snapshots and reads allow it.
  long pendingPages() {
    return pendingPages;
  }

  long reusedPages() {
    return reusedPages;
  }

  /// Whether the newest tree, hidden or not, holds a page.
  boolean isHeld(long number) {
    return held.get((int) number);
  }

  /// Whether pages are free without any further doing.
  boolean hasFree(long pages) {
    drainReturned();
    return freePages >= pages;
  }

  /// Has a number of pages free, reserving room for holes, or growing the file where that is
  /// allowed.
  ///
  /// @param needed pages, of which an extent may need some in a row
  /// @return false when the limit on the file's size does not allow it
  /// @throws StorageException.NoSpace when the disk is full
  boolean ensure(long needed) {
    drainReturned();
    return freePages >= needed || makeFree(needed - freePages);
  }

  private boolean makeFree(long pages) {
    long backed = back(pages);
    return backed >= pages || grow(pages - backed);
  }

  /// Reserves room for the lowest holes, so that they can be used.
  ///
  /// @param pages how many at least, if there are as many
  /// @return how many
  private long back(long pages) {
    long backed = 0;
    while (backed < pages) {
      int some = holes.backLowest(pages - backed, growthPages(), free);
      if (some == 0) {
        break;
      }
      backed += some;
      gained(some);
    }
    return backed;
  }

  /// Reserves room for the holes below a page number.
  void backBelow(long number) {
    back(holes.countBelow((int) number));
  }

  private void gained(int pages) {
    freePages += pages;
    hint = Math.min(hint, free.nextSetBit((int) firstPage));
  }

  /// Grows the file by at least a number of pages.
  private boolean grow(long pages) {
    return grow(pages, growthPages());
  }

  private long growthPages() {
    return Math.max(GROWTH_PAGES_MIN, Math.min(end / 8, GROWTH_BYTES_MAX / pageBytes));
  }

  private boolean grow(long pages, long step) {
    long most = bytesMax / pageBytes - end;
    if (pages > most) {
      return false;
    }
    long more = Math.min(most, Math.max(pages, step));
    try {
      file.reserve((end + more) * pageBytes);
    } catch (StorageException.NoSpace e) {
      if (more == pages) {
        throw e;
      }
      more = pages;
      file.reserve((end + more) * pageBytes);
    }
    cache.growTable(end + more);
    free.set((int) end, (int) (end + more));
    end += more;
    freePages += more;
    return true;
  }

  /// Takes one page, the lowest free one. Room was made by [#ensure].
  long allocate() {
    int number = free.nextSetBit(hint);
    if (number < 0) {
      if (!makeFree(1)) {
        throw full();
      }
      number = free.nextSetBit(hint);
    }
    hint = number + 1;
    take(number, 1);
    return number;
  }

  /// Takes pages in a row.
  long allocateRun(int count) {
    if (findRunBelow(count, end) < 0) {
      backRun(count);
    }
    long from = findRunBelow(count, end);
    if (from >= 0) {
      take((int) from, count);
      return from;
    }
    long tail = end;
    while (tail > firstPage && free.get((int) tail - 1)) {
      tail--;
    }
    if (!grow(count - (end - tail))) {
      throw full();
    }
    take((int) tail, count);
    return tail;
  }

  /// The first free run of a length below a page number, -1 when there is none.
  long findRunBelow(int count, long number) {
    int from = free.nextSetBit((int) firstPage);
    while (from >= 0 && from + (long) count <= number) {
      int to = free.nextClearBit(from);
      if (to - from >= count) {
        return from;
      }
      from = free.nextSetBit(to);
    }
    return -1;
  }

  private boolean backRun(int count) {
    int backed = holes.backRun(count, free);
    if (backed > 0) {
      gained(backed);
    }
    return backed > 0;
  }

  private void take(int number, int count) {
    free.clear(number, number + count);
    held.set(number, number + count);
    freePages -= count;
    if (transaction) {
      allocatedByTransaction.add(number, count);
    }
  }

  private StorageException full() {
    return new StorageException.NoSpace(
        file.path()
            + ": has reached its limit of "
            + bytesMax
            + " bytes; delete and compact, close old snapshots, or raise space.bytes.max",
        null);
  }

  /// Notes that the tree has replaced pages.
  ///
  /// @param generation the one that replaced them
  /// @param neverDurable whether no commit, begun or done, holds them
  void free(long number, int count, long generation, boolean neverDurable) {
    pendingPages += count;
    held.clear((int) number, (int) number + count);
    freedSinceRelease += count;
    if (transaction) {
      (neverDurable ? freedVolatileByTransaction : freedByTransaction).add(number, count);
    } else {
      pending(neverDurable ? volatilePending : durablePending, generation).add(number, count);
    }
  }

  private static PageRuns pending(ArrayDeque<Freed> queue, long generation) {
    Freed last = queue.peekLast();
    if (last == null || last.generation != generation) {
      last = new Freed(generation, new PageRuns());
      queue.add(last);
    }
    return last.runs;
  }

  /// Takes pages in a row for what a meta names itself, outside of any transaction.
  long allocateMetaRun(int count) {
    boolean open = transaction;
    transaction = false;
    try {
      return allocateRun(count);
    } finally {
      transaction = open;
    }
  }

  /// Takes pages in a row for what a meta names, where it costs nothing that matters.
  ///
  /// @param grow whether the file may grow for it
  /// @return the first page, -1 when there is no room
  long tryMetaRun(int count, boolean grow) {
    drainReturned();
    if (freePages < count + (long) RESERVE_PAGES || findRunBelow(count, end) < 0) {
      if (!roomForMap(count, grow)) {
        return -1;
      }
    }
    return allocateMetaRun(count);
  }

  private boolean roomForMap(int count, boolean grow) {
    try {
      return backRun(count) || (grow && grow(count, count));
    } catch (StorageException.NoSpace e) {
      return false;
    }
  }

  /// The pages of the published tree and of the durable meta.
  BitSet heldByPublished() {
    BitSet copy = (BitSet) held.clone();
    setAll(copy, freedByTransaction);
    setAll(copy, freedVolatileByTransaction);
    clearAll(copy, allocatedByTransaction);
    return copy;
  }

  private static void setAll(BitSet pages, PageRuns runs) {
    for (int i = 0; i < runs.size(); i++) {
      pages.set((int) runs.number(i), (int) runs.number(i) + runs.count(i));
    }
  }

  private static void clearAll(BitSet pages, PageRuns runs) {
    for (int i = 0; i < runs.size(); i++) {
      pages.clear((int) runs.number(i), (int) runs.number(i) + runs.count(i));
    }
  }

  /// Frees what an older meta named, outside of any transaction.
  void freeMetaRun(long number, int count, long generation) {
    pendingPages += count;
    held.clear((int) number, (int) number + count);
    pending(durablePending, generation).add(number, count);
  }

  /// From now on what is allocated and freed can be taken back.
  void beginTransaction() {
    transaction = true;
  }

  /// What the transaction did stays.
  void endTransaction(long generation) {
    transaction = false;
    if (freedByTransaction.size() > 0) {
      pending(durablePending, generation).addAll(freedByTransaction);
    }
    if (freedVolatileByTransaction.size() > 0) {
      pending(volatilePending, generation).addAll(freedVolatileByTransaction);
    }
    clearTransaction();
  }

  /// What the transaction allocated is free again; what it freed is in use again.
  void abortTransaction(long generation) {
    transaction = false;
    setAll(held, freedByTransaction);
    setAll(held, freedVolatileByTransaction);
    clearAll(held, allocatedByTransaction);
    pendingPages -= freedByTransaction.pages() + freedVolatileByTransaction.pages();
    pendingPages += allocatedByTransaction.pages();
    pending(volatilePending, generation).addAll(allocatedByTransaction);
    clearTransaction();
  }

  private void clearTransaction() {
    allocatedByTransaction = new PageRuns();
    freedByTransaction = new PageRuns();
    freedVolatileByTransaction = new PageRuns();
  }

  /// Whether enough was freed since the last release to try another.
  boolean isReleaseDue() {
    return freedSinceRelease >= RELEASE_PAGES;
  }

  /// Lets go of what nobody needs any more.
  ///
  /// @param durable the generation of the newest durable meta
  /// @param oldestShown the oldest generation that a snapshot or cursor shows
  void release(long durable, long oldestShown) {
    freedSinceRelease = 0;
    release(durablePending, Math.min(durable, oldestShown));
    release(volatilePending, oldestShown);
    epochs.poll();
  }

  private void release(ArrayDeque<Freed> queue, long upTo) {
    while (!queue.isEmpty() && queue.getFirst().generation <= upTo) {
      PageRuns runs = queue.removeFirst().runs;
      epochs.retire(
          () -> {
            dropAll(runs);
            returned.add(runs);
          });
    }
  }

  private void dropAll(PageRuns runs) {
    for (int i = 0; i < runs.size(); i++) {
      cache.drop(runs.number(i));
    }
  }

  private void drainReturned() {
    for (PageRuns runs = returned.poll(); runs != null; runs = returned.poll()) {
      for (int i = 0; i < runs.size(); i++) {
        put(runs.number(i), runs.count(i));
      }
      pendingPages -= runs.pages();
      reusedPages += runs.pages();
    }
  }

  private void put(long number, int count) {
    assert (free.nextSetBit((int) number) < 0
                || free.nextSetBit((int) number) >= (int) number + count)
            && !holes.contains((int) number)
        : "page " + number + " is free twice";
    free.set((int) number, (int) number + count);
    freePages += count;
    hint = Math.min(hint, (int) number);
  }

  /// Pages of replaced versions that only snapshots and cursors keep and that no commit will write:
  /// they may be written to leave memory.
  PageRuns unwrittenPending() {
    PageRuns pages = new PageRuns();
    for (Freed freed : volatilePending) {
      for (int i = 0; i < freed.runs.size(); i++) {
        if (freed.runs.count(i) == 1) {
          pages.add(freed.runs.number(i), 1);
        }
      }
    }
    return pages;
  }

  /// Cuts free pages off the end of the file.
  ///
  /// @param keep how many free pages to leave
  /// @return how many were cut
  long shrink(long keep) {
    drainReturned();
    BitSet unused = freeCopy();
    long last = unused.previousClearBit((int) end - 1) + 1L;
    long newEnd = Math.max(firstPage, Math.min(end, last + Math.max(0, keep)));
    long cut = end - newEnd;
    if (cut > 0) {
      file.truncate(newEnd * pageBytes);
      free.clear((int) newEnd, (int) end);
      freePages = free.cardinality();
      holes.cut((int) newEnd);
      end = newEnd;
      hint = (int) Math.min(hint, end);
    }
    return cut;
  }

  /// Takes free pages out of use to give their room back; then [Holes#discard] without a lock and
  /// [#endDiscard].
  ///
  /// @param runBytesMin how long a run of pages must be
  /// @param keep how many free pages keep their room
  /// @return null when there are none
  @Nullable Holes beginDiscard(int runBytesMin, long keep) {
    drainReturned();
    int from = (int) firstPage;
    for (long kept = 0; kept < keep && from >= 0; kept++) {
      from = free.nextSetBit(from + 1);
    }
    freePages -= holes.take(runBytesMin, free, from < 0 ? (int) end : from);
    return holes.isAnyLeaving() ? holes : null;
  }

  /// @param all whether all room was given back
  void endDiscard(boolean all) {
    holes.endDiscard(all);
  }

  /// A copy of the map of the pages that nobody needs.
  BitSet freeCopy() {
    drainReturned();
    BitSet copy = (BitSet) free.clone();
    holes.addTo(copy);
    return copy;
  }
}
