package dev.plinth.kit.log;

import org.jspecify.annotations.Nullable;

/// The segment that follows the current one: its number and salt are known at once, its file is
/// made ahead in the background or when it is needed. Any platform thread.
final class NextSegment {
  private static final long FILL_BYTES = 1 << 20;

  private final SegmentFiles files;
  private final long number;
  private final long salt;
  private final long previous;
  private @Nullable SegmentFile file;
  private @Nullable RuntimeException failure;
  private boolean taken;

  NextSegment(SegmentFiles files, long number, long previous) {
    this.files = files;
    this.number = number;
    this.salt = files.salt();
    this.previous = previous;
  }

  long number() {
    return number;
  }

  long seed() {
    return LogFormat.seed(files.store(), number, salt);
  }

  /// Makes the file when it is not made yet, and hands it over; its name is durable.
  synchronized SegmentFile take() {
    if (failure != null) {
      throw failure;
    }
    taken = true;
    return make();
  }

  private SegmentFile make() {
    SegmentFile made = file;
    if (made == null) {
      made = files.create(number, salt, previous, 0);
      file = made;
    }
    return made;
  }

  /// Makes the file ahead, and fills and syncs it in steps until it is taken. A failure is kept for
  /// the one who takes it.
  ///
  /// @param bytes how long to make it; 0 for no filling
  void prepare(long bytes) {
    boolean more = true;
    while (more) {
      more = prepareStep(bytes);
    }
  }

  private synchronized boolean prepareStep(long bytes) {
    if (taken) {
      return false;
    }
    try {
      SegmentFile made = make();
      if (made.filledBytes() >= bytes || made.fill(FILL_BYTES, bytes) == 0) {
        return false;
      }
      made.sync();
      return true;
    } catch (RuntimeException e) {
      failure = e;
      return false;
    }
  }

  /// Ends its making, and closes the file.
  ///
  /// @param drops whether to drop the file, if nobody took it
  synchronized void abandon(boolean drops) {
    boolean unused = !taken;
    SegmentFile made = file;
    taken = true;
    if (made != null) {
      made.close();
      if (unused && drops) {
        files.drop(number);
      }
    }
  }
}
