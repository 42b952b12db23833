package dev.plinth.kv.server;

import dev.plinth.kv.KvException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// When a node makes a snapshot by itself: after so many applied entries that the last one, be it
/// of an earlier run, does not cover. One at a time, however long it takes. One thread.
final class SnapshotSchedule {
  private final long entries;
  private final LongSupplier kept;
  private final Supplier<CompletableFuture<Long>> begin;
  private @Nullable CompletableFuture<Long> running;
  private long covered;

  /// @param entries after how many; 0 for never
  /// @param kept the index that the newest snapshot on the disk covers; 0 when there is none
  /// @param begin begins one; completed with the index that it covers
  SnapshotSchedule(long entries, LongSupplier kept, Supplier<CompletableFuture<Long>> begin) {
    this.entries = entries;
    this.kept = kept;
    this.begin = begin;
  }

  /// Begins a snapshot when it is time. Never waits for one.
  ///
  /// @param applied the last entry that is applied
  /// @throws KvException what the one before has failed with; the next round tries again
  void round(long applied) {
    CompletableFuture<Long> last = running;
    if (last != null) {
      if (!last.isDone()) {
        return;
      }
      running = null;
      covered = Math.max(covered, ended(last));
    }
    if (isDue(applied)) {
      covered = Math.max(covered, kept.getAsLong());
      if (isDue(applied)) {
        running = begin.get();
      }
    }
  }

  private boolean isDue(long applied) {
    return entries > 0 && applied - covered >= entries;
  }

  private static long ended(CompletableFuture<Long> last) {
    try {
      return last.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof KvException failure ? failure : e;
    }
  }
}
