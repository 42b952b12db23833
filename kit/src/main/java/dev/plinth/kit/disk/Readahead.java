package dev.plinth.kit.disk;

import dev.plinth.spi.disk.Disk;
import java.lang.foreign.MemorySegment;

/// Decides which bytes of its file a reader that goes forward will need soon, so that the disk can
/// fetch them meanwhile ([Disk#willNeed]).
///
/// Nothing is asked for before some blocks were read in order: point reads and short scans fetch
/// what they touch and no more. From then on it asks for [#FIRST_BYTES] ahead, and each time half
/// of what was asked for is used up, for twice as much, up to what the allowance leaves (the way of
/// Linux' own readahead: Wu, Xi, Li, Zou, 2007).
///
/// Not thread-safe. All of one reader, one for each run of tables, share an [Allowance].
public final class Readahead {
  /// How many blocks a reader reads in order before anything is asked for, unless it is known to go
  /// on.
  public static final int BLOCKS = 3;

  /// What is asked for first.
  static final int FIRST_BYTES = 64 << 10;

  /// A block that starts at most this far behind the end of the last one is still in order.
  static final int GAP_BYTES = 64 << 10;

  private final Allowance allowance;
  private final int blocksMin;
  private int blocks;
  private long expected;
  private long asked;
  private long window;
  private long from;

  /// How many bytes one reader may have asked for beyond what it has read, in all of its files. Not
  /// thread-safe.
  public static final class Allowance {
    private long rest;

    /// @param bytes the most; 0 for no readahead
    public Allowance(long bytes) {
      this.rest = bytes;
    }

    private long take(long bytes) {
      long taken = Math.min(bytes, rest);
      rest -= taken;
      return taken;
    }
  }

  /// @param blocksMin how many blocks are read in order before anything is asked for; [#BLOCKS], or
  ///   0 for a reader that is known to go on to the end
  public Readahead(Allowance allowance, int blocksMin) {
    this.allowance = allowance;
    this.blocksMin = blocksMin;
  }

  /// Takes note of a block that is going to be read, and asks the disk for what it decides.
  ///
  /// @param mapped the file, mapped from its start
  /// @param end where the blocks of the file end
  public void read(Disk disk, MemorySegment mapped, long offset, long length, long end) {
    long bytes = decide(offset, length, end);
    if (bytes > 0) {
      disk.willNeed(mapped, from, bytes);
    }
  }

  /// Takes note of a block.
  ///
  /// @return how many bytes to ask for, from [#from()] on
  long decide(long offset, long length, long end) {
    if (offset < expected || offset > expected + GAP_BYTES) {
      reset();
    }
    long position = offset + length;
    expected = position;
    if (blocks < blocksMin) {
      blocks++;
      return 0;
    }
    asked = Math.max(asked, position);
    if (asked >= end || asked - position > window / 2) {
      return 0;
    }
    window += allowance.take(window == 0 ? FIRST_BYTES : window);
    from = asked;
    asked = Math.max(asked, Math.min(end, position + window));
    return asked - from;
  }

  /// Where what was decided last begins.
  long from() {
    return from;
  }

  /// Says that the reader goes on at the start of another file.
  public void turn() {
    expected = 0;
    asked = 0;
  }

  /// Says that what is read next has nothing to do with what was read before.
  public void reset() {
    allowance.rest += window;
    window = 0;
    blocks = 0;
    asked = 0;
    expected = 0;
  }
}
