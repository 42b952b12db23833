package dev.plinth.lsm.table;

import org.jspecify.annotations.Nullable;

/// Remembers which records of blob files were verified, so that one that is read often is not
/// summed up each time. What it remembers is bounded, whatever the number of files: another record
/// may take the place of one, which is verified again then.
///
/// A place holds 64 bits mixed from the file's identity and the record's offset, so that a record
/// passes for another with a chance of 2^-64. Any thread may use it.
public final class VerifiedRecords {
  private static final int PLACES = 1 << 16;

  private final int places;
  private volatile long @Nullable [] marks;

  /// Remembers 65,536 records at most.
  public VerifiedRecords() {
    this(PLACES);
  }

  /// @param places how many records it remembers at most, a power of two
  VerifiedRecords(int places) {
    this.places = places;
  }

  /// How many bytes of memory it holds: none before the first record.
  public long bytesHeld() {
    return marks == null ? 0 : 8L * places;
  }

  /// Whether a record was verified, as far as that is remembered.
  boolean contains(long identity, long offset) {
    long[] known = marks;
    long mark = mark(identity, offset);
    return known != null && known[place(mark)] == mark;
  }

  /// Remembers a record.
  void add(long identity, long offset) {
    long[] known = marks;
    long mark = mark(identity, offset);
    (known == null ? begin() : known)[place(mark)] = mark;
  }

  private synchronized long[] begin() {
    long[] known = marks;
    if (known == null) {
      known = new long[places];
      marks = known;
    }
    return known;
  }

  private int place(long mark) {
    return (int) mark & (places - 1);
  }

  /// Never 0, which an empty place holds. The finalizer is that of MurmurHash3.
  private static long mark(long identity, long offset) {
    long mark = identity + offset * 0x9e37_79b9_7f4a_7c15L;
    mark = (mark ^ (mark >>> 33)) * 0xff51_afd7_ed55_8ccdL;
    mark = (mark ^ (mark >>> 33)) * 0xc4ce_b9fe_1a85_ec53L;
    mark ^= mark >>> 33;
    return mark == 0 ? 1 : mark;
  }
}
