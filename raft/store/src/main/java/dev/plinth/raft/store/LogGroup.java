package dev.plinth.raft.store;

import dev.plinth.kit.memory.SlabPool;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// What is known of one group of a segmented log. The methods that change it are the meaning of the
/// records: replay calls them as well as the living log.
///
/// Two locks: who changes the group holds [#changes] from its record to its index; the fields are
/// guarded by [#lock], which is never held during input or output.
final class LogGroup {
  final long number;
  final ReentrantLock changes = new ReentrantLock();
  final ReentrantLock lock = new ReentrantLock();
  final SlotIndex index;

  /// Where the newest record with the group's state stands; 0 when there is none.
  long statePosition;

  /// The sum of live bytes that the next warning waits for.
  long bytesWarned;

  private long first;
  private boolean fresh = true;
  private long commit = -1;
  private HardState hardState = HardState.NONE;
  private long[] configurations = new long[4];
  private int configurationCount;

  /// Runs that were moved forward, by first index; only during replay.
  private @Nullable TreeMap<Long, MovedRun> moved;

  /// Whether slots may stand at positions that do not ascend, since some were moved.
  private boolean unordered;

  private record MovedRun(long first, long last, long term, long position, int offset, int length) {
    MovedRun cutAt(long end) {
      return new MovedRun(first, end, term, position, offset, length);
    }
  }

  LogGroup(long number, long base, SlabPool pool) {
    this.number = number;
    this.first = base;
    this.index = new SlotIndex(pool);
  }

  boolean isEmpty() {
    return index.isEmpty() && moved == null;
  }

  boolean fresh() {
    return fresh;
  }

  long first() {
    return first;
  }

  long last() {
    return index.isEmpty() ? first - 1 : index.last(index.tail() - 1);
  }

  long commit() {
    return commit;
  }

  HardState hardState() {
    return hardState;
  }

  /// Gives a group that holds nothing another start.
  void base(long base) {
    if (fresh && index.isEmpty()) {
      first = base;
    }
  }

  void committed(long newCommit) {
    commit = Math.max(commit, newCommit);
  }

  void saved(HardState state) {
    hardState = state;
  }

  /// Whether entries from an index on would be the only ones.
  boolean beginsAt(long from) {
    return index.isEmpty() || Math.max(index.first(index.head()), first) >= from;
  }

  /// Entries replace everything from their first index on. Room for them was reserved.
  ///
  /// @param shift where in the record's body the batch begins
  /// @param begins whether the group holds nothing before them: then they set its first index
  void appended(EntryRuns runs, long position, int shift, boolean begins) {
    long from = runs.first(0);
    truncated(from);
    if (begins) {
      compacted(from);
    }
    fresh = false;
    for (int i = 0; i < runs.count(); i++) {
      index.add(
          runs.first(i),
          runs.last(i),
          runs.term(i),
          position,
          shift + runs.start(i),
          runs.length(i));
    }
    index.endReserve();
    for (int i = 0; i < runs.configurationCount(); i++) {
      addConfiguration(runs.configuration(i));
    }
  }

  private void addConfiguration(long at) {
    int place = Arrays.binarySearch(configurations, 0, configurationCount, at);
    if (place >= 0) {
      return;
    }
    if (configurationCount == configurations.length) {
      configurations = Arrays.copyOf(configurations, 2 * configurationCount);
    }
    int to = -place - 1;
    System.arraycopy(configurations, to, configurations, to + 1, configurationCount - to);
    configurations[to] = at;
    configurationCount++;
  }

  /// Everything from an index on is void.
  void truncated(long from) {
    index.truncateFrom(from);
    // A run that began below the first index may have lost all that is to be seen of it.
    index.dropBelow(first);
    while (configurationCount > 0 && configurations[configurationCount - 1] >= from) {
      configurationCount--;
    }
    if (moved != null) {
      moved.tailMap(from, true).clear();
      Map.Entry<Long, MovedRun> before = moved.lastEntry();
      if (before != null && before.getValue().last() >= from) {
        moved.put(before.getKey(), before.getValue().cutAt(from - 1));
      }
      moved.values().removeIf(run -> run.last() < first);
      forgetMovedIfNone();
    }
  }

  /// Everything before an index is void.
  void compacted(long newFirst) {
    first = newFirst;
    index.dropBelow(newFirst);
    forgetConfigurationsBelowFirst();
    if (moved != null) {
      moved.values().removeIf(run -> run.last() < newFirst);
      forgetMovedIfNone();
    }
  }

  private void forgetConfigurationsBelowFirst() {
    int gone = 0;
    while (gone < configurationCount && configurations[gone] < first) {
      gone++;
    }
    System.arraycopy(configurations, gone, configurations, 0, configurationCount - gone);
    configurationCount -= gone;
  }

  /// Everything is void.
  void cleared() {
    index.clear();
    configurationCount = 0;
    moved = null;
    fresh = false;
    unordered = false;
  }

  void setFresh(boolean newFresh) {
    fresh = newFresh;
  }

  private void forgetMovedIfNone() {
    if (moved != null && moved.isEmpty()) {
      moved = null;
    }
  }

  /// Entries that are there may be read elsewhere; during replay.
  void moved(EntryRuns runs, long position) {
    if (moved == null) {
      moved = new TreeMap<>();
    }
    for (int i = 0; i < runs.count(); i++) {
      moved.put(
          runs.first(i),
          new MovedRun(
              runs.first(i), runs.last(i), runs.term(i), position, runs.start(i), runs.length(i)));
    }
    // Also those below what is taken for the first index so far: the state behind puts it right.
    for (int i = 0; i < runs.configurationCount(); i++) {
      addConfiguration(runs.configuration(i));
    }
    fresh = false;
  }

  /// Ends replay: what was moved takes its place between the rest.
  void settle() {
    TreeMap<Long, MovedRun> late = moved;
    forgetConfigurationsBelowFirst();
    if (late == null) {
      return;
    }
    moved = null;
    TreeMap<Long, MovedRun> all = new TreeMap<>();
    for (long slot = index.head(); slot < index.tail(); slot++) {
      Map.Entry<Long, MovedRun> newer = late.floorEntry(index.first(slot));
      if (newer == null || newer.getValue().last() < index.first(slot)) {
        all.put(
            index.first(slot),
            new MovedRun(
                index.first(slot),
                index.last(slot),
                index.term(slot),
                index.position(slot),
                index.offset(slot),
                index.length(slot)));
      }
    }
    all.putAll(late);
    unordered = true;
    index.clear();
    for (MovedRun run : all.values()) {
      index.reserve(1);
      index.add(run.first(), run.last(), run.term(), run.position(), run.offset(), run.length());
    }
  }

  long[] configurations() {
    return Arrays.copyOf(configurations, configurationCount);
  }

  /// The lowest position that a live entry stands at; `Long.MAX_VALUE` when there is none.
  long lowestPosition() {
    if (!unordered) {
      return index.isEmpty() ? Long.MAX_VALUE : index.position(index.head());
    }
    long lowest = Long.MAX_VALUE;
    for (long slot = index.head(); slot < index.tail(); slot++) {
      lowest = Math.min(lowest, index.position(slot));
    }
    return lowest;
  }

  /// Says that slots were moved.
  void setUnordered() {
    unordered = true;
  }
}
