package dev.plinth.engine.btree;

import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import java.util.BitSet;

/// Free pages that may have no room on the disk: those whose room was given back, and all that were
/// free when the file was opened. Before one is used room is reserved for it, so that a full disk
/// is found by a write that can still be refused, not by a commit.
///
/// Giving back takes the place of moving pages: a commit of nearly all pages needs a second place
/// for them, and what it left is given back where it lies, without writing anything.
///
/// Threads: the tree's lock guards everything but [#discard].
final class Holes {
  /// Runs that are given back first; many shorter ones would cut the file into pieces.
  static final int LONG_RUN_BYTES = 16 << 10;

  /// What a file system can give back at least.
  static final int BLOCK_BYTES = 4096;

  /// How much is given back at a time.
  private static final int TURN_BYTES = 64 << 20;

  private final DiskFile file;
  private final int pageBytes;
  private final BitSet pages = new BitSet();

  /// Those of them that certainly have no room.
  private final BitSet discarded = new BitSet();

  /// Pages that are being given back; nobody takes them meanwhile.
  private final BitSet leaving = new BitSet();

  private long count;

  Holes(DiskFile file, int pageBytes) {
    this.file = file;
    this.pageBytes = pageBytes;
  }

  /// The free pages of a file that was opened: which of them have room is not known.
  void recover(BitSet free) {
    pages.or(free);
    count = pages.cardinality();
  }

  /// How many pages, with those that are being given back.
  long count() {
    return count + leaving.cardinality();
  }

  /// How many of them have no room on the disk.
  long discardedPages() {
    return discarded.cardinality();
  }

  /// Whether a page is one of them, or is becoming one.
  boolean contains(int number) {
    return pages.get(number) || leaving.get(number);
  }

  void addTo(BitSet all) {
    all.or(pages);
    all.or(leaving);
  }

  /// Forgets the pages from a number on, which were cut off.
  void cut(int end) {
    pages.clear(end, Math.max(end, pages.length()));
    discarded.clear(end, Math.max(end, discarded.length()));
    count = pages.cardinality();
  }

  /// Reserves room for the lowest pages, all that stand in a part of the file at once.
  ///
  /// @param needed how many are wanted
  /// @param span how many pages of the file to cover at least, if there is room for as many
  /// @param free gets them
  /// @return how many, 0 when there are none or the disk is full
  int backLowest(long needed, long span, BitSet free) {
    int from = pages.nextSetBit(0);
    if (from < 0) {
      return 0;
    }
    int most = (int) Math.min(pages.length() - from, Math.max(span, needed));
    int least = (int) Math.min(pages.nextClearBit(from) - from, needed);
    if (isReserved(from, most)) {
      return taken(from, from + most, free);
    }
    return least < most && isReserved(from, least) ? taken(from, from + least, free) : 0;
  }

  private boolean isReserved(int from, int length) {
    try {
      reserve(from, from + length);
      return true;
    } catch (StorageException.NoSpace e) {
      return false;
    }
  }

  /// How many stand below a number.
  long countBelow(int number) {
    return pages.get(0, number).cardinality();
  }

  /// Reserves room for pages in a row.
  ///
  /// @return how many pages that were, 0 when not so many stand in a row
  int backRun(int length, BitSet free) {
    int from = pages.nextSetBit(0);
    while (from >= 0) {
      int to = pages.nextClearBit(from);
      if (to - from >= length) {
        reserve(from, from + length);
        return taken(from, from + length, free);
      }
      from = pages.nextSetBit(to);
    }
    return 0;
  }

  private void reserve(int from, int to) {
    file.reserve((long) from * pageBytes, (long) (to - from) * pageBytes);
  }

  private int taken(int from, int to, BitSet free) {
    BitSet backed = new BitSet(to);
    backed.set(from, to);
    backed.and(pages);
    pages.andNot(backed);
    discarded.andNot(backed);
    free.or(backed);
    int gained = backed.cardinality();
    count -= gained;
    return gained;
  }

  /// Takes runs of pages, free ones or such whose room is not known, out of use, so that [#discard]
  /// can give them back.
  ///
  /// @param runBytesMin how long a run must be
  /// @param free free pages with room; loses what is taken
  /// @param keep from which number on
  /// @return how many free pages with room were taken
  long take(int runBytesMin, BitSet free, int keep) {
    BitSet unknown = (BitSet) pages.clone();
    unknown.andNot(discarded);
    long most = TURN_BYTES / pageBytes;
    takeRuns(unknown, runBytesMin, 0, most);
    pages.andNot(leaving);
    count = pages.cardinality();
    long before = leaving.cardinality();
    takeRuns(free, runBytesMin, keep, most - before);
    free.andNot(leaving);
    return leaving.cardinality() - before;
  }

  private void takeRuns(BitSet from, int runBytesMin, int start, long most) {
    int block = Math.max(1, BLOCK_BYTES / pageBytes);
    long left = most;
    int first = from.nextSetBit(start);
    while (first >= 0 && left > 0 && left * pageBytes >= runBytesMin) {
      int end = from.nextClearBit(first);
      int low = (first + block - 1) / block * block;
      int high = (int) Math.min(end, low + left) / block * block;
      if (high > low && (long) (high - low) * pageBytes >= runBytesMin) {
        leaving.set(low, high);
        left -= high - low;
      }
      first = from.nextSetBit(end);
    }
  }

  /// Whether there is anything for [#discard].
  boolean isAnyLeaving() {
    return !leaving.isEmpty();
  }

  /// Gives back what [#take] took; without the tree's lock, by one thread at a time. Then
  /// [#endDiscard].
  ///
  /// @return false where the disk cannot give back
  boolean discard() {
    boolean all = true;
    for (int from = leaving.nextSetBit(0); from >= 0 && all; ) {
      int to = leaving.nextClearBit(from);
      all = file.discard((long) from * pageBytes, (long) (to - from) * pageBytes);
      from = leaving.nextSetBit(to);
    }
    return all;
  }

  /// What was taken belongs to the holes.
  ///
  /// @param all whether the disk has given back all of it
  void endDiscard(boolean all) {
    pages.or(leaving);
    if (all) {
      discarded.or(leaving);
    }
    leaving.clear();
    count = pages.cardinality();
  }
}
