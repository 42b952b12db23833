package dev.plinth.engine.bitcask;

import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.StorageException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Keeps the store within its space: refuses puts that would go over `space.bytes.max`, and holds
/// writers back while merges are far behind. Called under the appender's lock, once a chunk.
final class Space {
  /// Garbage that may pile up before writers wait, in full files.
  private static final int GARBAGE_FILES = 8;

  private static final int WAITS_MAX = 200;

  private final BitcaskOptions options;
  private final DataFiles files;
  private final FileTable table;
  private final Snapshots snapshots;
  private final Reserve reserve;
  private final Consumer<EngineEvent> events;
  private final LongAdder stallNanos = new LongAdder();
  private @Nullable Predicate<Boolean> merge;

  Space(
      BitcaskOptions options,
      DataFiles files,
      FileTable table,
      Snapshots snapshots,
      Reserve reserve,
      Consumer<EngineEvent> events) {
    this.options = options;
    this.files = files;
    this.table = table;
    this.snapshots = snapshots;
    this.reserve = reserve;
    this.events = events;
  }

  /// @param newMerge waits for a merge, but not for long; false when none is due. Asked with true
  ///   it merges what has any garbage
  void start(Predicate<Boolean> newMerge) {
    merge = newMerge;
  }

  Reserve reserve() {
    return reserve;
  }

  /// How long writers were held back.
  long stallNanos() {
    return stallNanos.sum();
  }

  /// Makes sure that files may grow.
  ///
  /// @param deletion whether the growth is for a write that frees space in the end: it may use what
  ///   is kept free for merges
  /// @throws StorageException.NoSpace when the limit does not allow it and merges do not help
  void require(long more, boolean deletion) {
    if (options.merge() && garbage() > garbageMax()) {
      long begin = System.nanoTime();
      await(false);
      stalled("merges are behind", begin);
    }
    long max = options.spaceBytesMax();
    if (max == 0) {
      return;
    }
    long limit = deletion ? max : max - 2 * options.fileBytesMax();
    if (used() + more > limit) {
      long begin = System.nanoTime();
      makeRoom(more, limit);
      stalled("space.bytes.max is reached", begin);
    }
  }

  private void makeRoom(long more, long limit) {
    for (int i = 0; i < WAITS_MAX && used() + more > limit; i++) {
      boolean expired = snapshots.deferredCount() > 0 && snapshots.expireOldest();
      if (!expired && !await(true)) {
        break;
      }
    }
    if (used() + more > limit) {
      throw new StorageException.NoSpace(
          "the store has "
              + used()
              + " bytes and may not grow by "
              + more
              + " under space.bytes.max = "
              + options.spaceBytesMax()
              + " (two files of it are kept for merges); delete, compact, or raise it",
          null);
    }
  }

  private boolean await(boolean pressed) {
    Predicate<Boolean> waiting = merge;
    return waiting != null && waiting.test(pressed);
  }

  private long used() {
    return files.bytes() + reserve.bytes();
  }

  private long garbage() {
    long garbage = 0;
    for (DataFile file : table.all()) {
      if (file.isSealed() && !file.isObsolete()) {
        garbage += file.garbageBytes(false);
      }
    }
    return garbage;
  }

  /// Twice what is live, or some files: so much garbage means that merges are behind.
  private long garbageMax() {
    long live = 0;
    for (DataFile file : table.all()) {
      live += file.liveRecordBytes();
    }
    return Math.max(2 * live, GARBAGE_FILES * options.fileBytesMax());
  }

  /// Counts and tells that a writer was held back.
  void stalled(String reason, long begin) {
    long nanos = System.nanoTime() - begin;
    stallNanos.add(nanos);
    events.accept(new EngineEvent.Stalled(reason, nanos));
  }
}
