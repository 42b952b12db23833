package dev.plinth.lsm;

import dev.plinth.kit.merge.KeyBounds;
import java.util.Set;
import java.util.function.Predicate;

/// Says which compaction comes next: what the policy wants and what the garbage in blob files asks
/// for take turns when both are due. For one thread at a time.
final class CompactionJobs {
  private static final CompactionJob NOTHING = CompactionJob.of(new CompactionChoice.Nothing());

  /// How much less garbage there may be while the disk space that is allowed runs out.
  private static final int TIGHT_FACTOR = 4;

  private final Tree tree;
  private boolean collectedLast;

  CompactionJobs(Tree tree) {
    this.tree = tree;
  }

  /// The next job.
  ///
  /// @param busy the numbers of tables that no job may touch
  /// @param forSeeks whether merges that only seeks ask for are wanted too
  /// @param hasRoom takes room for a job when there is some
  /// @return a job that took room, or nothing
  CompactionJob next(
      Version version, Set<Long> busy, boolean forSeeks, Predicate<CompactionJob> hasRoom) {
    CompactionJob collection = collection(version, busy);
    if (!collectedLast && !collection.isNothing() && hasRoom.test(collection)) {
      collectedLast = true;
      return collection;
    }
    CompactionChoice choice = tree.policy.choose(version.levels(), busy);
    if (forSeeks && choice instanceof CompactionChoice.Nothing) {
      choice = tree.policy.forSeeks(version.levels(), busy, SeekCount.inLevel0(version));
    }
    if (!(choice instanceof CompactionChoice.Nothing)) {
      CompactionJob job =
          CompactionJob.of(
              choice,
              BlobGarbage.along(
                  version.blobs(), choice.tables(), garbageMax(), tree.policy.tableBytesMax()));
      if (hasRoom.test(job)) {
        collectedLast = false;
        return job;
      }
    }
    return collectedLast && !collection.isNothing() && hasRoom.test(collection)
        ? collection
        : NOTHING;
  }

  /// The next of the jobs that leave no garbage in blob files that only tables in a range refer to.
  CompactionJob collectAll(Version version, KeyBounds bounds) {
    long[] victims = BlobGarbage.all(version.blobs(), version.levels(), bounds, room());
    return collection(version, victims, bounds, Set.of());
  }

  private CompactionJob collection(Version version, Set<Long> busy) {
    double most = garbageMax();
    if (!BlobGarbage.isDue(version.blobs(), most)) {
      return NOTHING;
    }
    long[] victims = BlobGarbage.victims(version.blobs(), most, room());
    return collection(version, victims, KeyBounds.ALL, busy);
  }

  private CompactionJob collection(
      Version version, long[] victims, KeyBounds bounds, Set<Long> busy) {
    return CompactionJob.of(
        BlobGarbage.collect(version.levels(), victims, bounds, busy, tree.policy.tableBytesMax()),
        victims);
  }

  private double garbageMax() {
    double most = tree.options.blobs().garbageMax();
    return tree.space.isTight() ? most / TIGHT_FACTOR : most;
  }

  /// Half of the room there is: the rest is for the log, for flushes and for other merges.
  private long room() {
    return tree.space.room(tree.memoryBytes()) / 2;
  }
}
