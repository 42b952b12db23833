package dev.plinth.kit.tree;

import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/// Keeps the files of a tree under a limit: writers are refused while there would be no room for
/// their log, for the tables that memtables become, and for what merges under way may write.
///
/// What lies on disk is measured when tables come or go, and added up in between. Any thread may
/// call it.
public final class SpaceLimit {
  /// The share of the limit that only deletes may use, so that a full store can be emptied.
  private static final int RESERVE_SHARE = 16;

  /// Writers begin to be slowed at this share of the limit.
  private static final double SLOW_SHARE = 0.8;

  /// Garbage is collected before anything else at this share of the limit.
  private static final double TIGHT_SHARE = 0.7;

  /// No garbage is left alone from this share of the limit on.
  private static final double FULL_SHARE = 0.88;

  private final long max;
  private final long reserve;
  private final long margin;
  private final Disk disk;
  private final Path directory;
  private final AtomicLong written = new AtomicLong();
  private final AtomicLong merging = new AtomicLong();
  private volatile long measured;
  private volatile long found;

  /// The limit of the files in a folder.
  ///
  /// @param max the limit in bytes; 0 for none
  /// @param mergeBytes what writers leave to the merges that give space back
  /// @param margin what merges leave on the disk for the log and for flushes, in bytes
  public SpaceLimit(long max, long mergeBytes, long margin, Disk disk, Path directory) {
    this.max = max;
    this.margin = margin;
    this.reserve = Math.min(max / 3, max / RESERVE_SHARE + mergeBytes);
    this.disk = disk;
    this.directory = directory;
  }

  /// Whether there is a limit.
  public boolean isLimited() {
    return max != 0;
  }

  /// Measures anew, one thread after the other, so that none sets what it found before another
  /// deleted; without a limit only once, for whoever asks while the disk fails.
  public synchronized void measure() {
    if (max == 0) {
      if (found == 0) {
        remember();
      }
      return;
    }
    written.set(0);
    measured = diskBytes();
  }

  private void remember() {
    try {
      diskBytes();
    } catch (StorageException _) {
      // Whoever asks will be told.
    }
  }

  /// The bytes of all files; what was found before, while the disk tells of none.
  public long diskBytes() {
    long bytes = 0;
    for (String name : disk.list(directory)) {
      try {
        bytes += disk.size(directory.resolve(name));
      } catch (StorageException _) {
        // Deleted since it was listed, or the disk fails.
      }
    }
    if (bytes > 0) {
      found = bytes;
    }
    return bytes > 0 ? bytes : found;
  }

  /// Lets a write in.
  ///
  /// @param bytes what it takes in the log
  /// @param waiting what all memtables will take as tables, this write included
  /// @param deletes whether it only deletes
  /// @throws StorageException.NoSpace when there is no room; nothing was changed
  public void admit(long bytes, long waiting, boolean deletes) {
    if (max == 0) {
      return;
    }
    long used = measured + written.get() + bytes + waiting + merging.get();
    if (used > (deletes ? max : max - reserve)) {
      throw new StorageException.NoSpace(
          directory
              + ": "
              + used
              + " bytes would be used and space.bytes.max is "
              + max
              + "; delete and compact, or raise the limit",
          null);
    }
    written.addAndGet(bytes);
  }

  /// Whether space must come back before writers go on.
  public boolean isTight() {
    return max != 0 && measured + written.get() > max * TIGHT_SHARE;
  }

  /// How near space is to its end for merges: 0 where it may be wasted, 1 where all garbage must
  /// go.
  public double tightness() {
    double share = max == 0 ? 0 : (measured + written.get()) / (double) max;
    return Math.clamp((share - TIGHT_SHARE) / (FULL_SHARE - TIGHT_SHARE), 0, 1);
  }

  /// How many bytes merges may write now.
  ///
  /// @param waiting what all memtables will take as tables
  public long room(long waiting) {
    long usable = disk.usableBytes(directory) - margin;
    long allowed = max == 0 ? usable : max - measured - written.get() - waiting - merging.get();
    return Math.max(0, Math.min(usable, allowed));
  }

  /// Takes room for a merge.
  ///
  /// @param bytes what it writes at most; 0 when it writes no table
  /// @param waiting what all memtables will take as tables
  /// @param asked whether a user asked for it: it may then try with less room than it may need
  /// @return false when there is none
  public boolean beginMerge(long bytes, long waiting, boolean asked) {
    if (!asked && bytes > 0 && disk.usableBytes(directory) < bytes + margin) {
      return false;
    }
    if (max == 0) {
      return true;
    }
    if (measured + written.get() + waiting + merging.get() + bytes > max) {
      return false;
    }
    merging.addAndGet(bytes);
    return true;
  }

  /// Gives the room of a merge back.
  public void endMerge(long bytes) {
    if (max != 0) {
      merging.addAndGet(-bytes);
    }
  }

  /// How hard writers are to be slowed.
  public double pressure() {
    return max == 0 ? 0 : (measured / (double) max - SLOW_SHARE) / (1 - SLOW_SHARE);
  }
}
