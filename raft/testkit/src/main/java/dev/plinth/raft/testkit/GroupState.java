package dev.plinth.raft.testkit;

import dev.plinth.conformance.model.Violation;
import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.EntryTypes;
import dev.plinth.raft.store.HardState;
import dev.plinth.raft.store.RaftLogStore;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// The state of one group's log at one moment, as the contract says it is. Immutable.
///
/// @param first the first index
/// @param entries the entries by index
/// @param hardState term, vote, extras
/// @param commitWritten the commit index that came with a change; what a crash may leave
/// @param commit the commit index noted
/// @param fresh whether nothing was ever appended
public record GroupState(
    long first,
    NavigableMap<Long, ModelEntry> entries,
    HardState hardState,
    long commitWritten,
    long commit,
    boolean fresh) {

  public GroupState {
    entries = Collections.unmodifiableNavigableMap(new TreeMap<>(entries));
  }

  /// A group that nobody has written to.
  public static GroupState empty(long base) {
    return new GroupState(base, new TreeMap<>(), HardState.NONE, -1, -1, true);
  }

  /// The last index.
  public long last() {
    return entries.isEmpty() ? first - 1 : entries.lastKey();
  }

  GroupState appended(NavigableMap<Long, ModelEntry> batch) {
    long from = batch.firstKey();
    NavigableMap<Long, ModelEntry> all = new TreeMap<>(entries.headMap(from, false));
    long newFirst = all.isEmpty() ? from : first;
    all.putAll(batch);
    return new GroupState(newFirst, all, hardState, commit, commit, false);
  }

  GroupState truncated(long lastKept) {
    return lastKept >= last()
        ? this
        : new GroupState(
            first, entries.headMap(lastKept, true), hardState, commitWritten, commit, fresh);
  }

  GroupState compacted(long firstKept) {
    return firstKept <= first
        ? this
        : new GroupState(
            firstKept, entries.tailMap(firstKept, true), hardState, commit, commit, false);
  }

  GroupState reset(long next, NavigableMap<Long, ModelEntry> entry) {
    return new GroupState(next, entry, hardState, commit, commit, false);
  }

  GroupState saved(HardState state) {
    return new GroupState(first, entries, state, commit, commit, fresh);
  }

  GroupState staged(long index) {
    return new GroupState(first, entries, hardState, commitWritten, Math.max(commit, index), fresh);
  }

  /// Whether a store may show this after a crash, when it was in `this` state before: the commit
  /// index may be any between the one that came with a change and the one that was noted.
  boolean allows(GroupState found) {
    return first == found.first
        && entries.equals(found.entries)
        && hardState.equals(found.hardState)
        && found.commit >= commitWritten
        && found.commit <= commit;
  }

  static EntryBatch batch(NavigableMap<Long, ModelEntry> entries) {
    EntryBatch batch = new EntryBatch();
    entries.forEach(
        (index, entry) -> {
          MemorySegment payload = MemorySegment.ofArray(entry.bytes());
          batch.add(
              index,
              entry.term(),
              entry.type(),
              entry.timestamp(),
              payload,
              0,
              (int) payload.byteSize());
        });
    return batch;
  }

  /// Reads a store and checks that its answers fit one another.
  public static GroupState of(RaftLogStore store) {
    NavigableMap<Long, ModelEntry> entries = new TreeMap<>();
    store.read(
        0,
        Long.MAX_VALUE,
        Long.MAX_VALUE,
        (index, term, type, timestamp, segment, offset, length) -> {
          byte[] bytes = segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
          entries.put(
              index, new ModelEntry(term, type, timestamp, HexFormat.of().formatHex(bytes)));
        });
    GroupState state =
        new GroupState(
            store.firstIndex(), entries, store.hardState(), -1, store.commitIndex(), false);
    require(store.lastIndex() == state.last(), "last index " + store.lastIndex(), state);
    require(entries.isEmpty() || entries.firstKey() >= state.first(), "entries below first", state);
    for (Map.Entry<Long, ModelEntry> entry : entries.entrySet()) {
      long term = store.term(entry.getKey());
      require(term == entry.getValue().term(), "term " + term + " of " + entry.getKey(), state);
    }
    require(store.term(state.first() - 1) == -1, "a term below the first index", state);
    require(store.term(state.last() + 1) == -1, "a term behind the last index", state);
    long[] configurations =
        entries.entrySet().stream()
            .filter(entry -> entry.getValue().type() == EntryTypes.CONFIGURATION)
            .mapToLong(Map.Entry::getKey)
            .toArray();
    require(
        Arrays.equals(configurations, store.configurationIndexes()),
        "configurations " + Arrays.toString(store.configurationIndexes()),
        state);
    return state;
  }

  private static void require(boolean holds, String found, GroupState state) {
    if (!holds) {
      throw new Violation("SPI", "the log shows " + found + " beside " + state);
    }
  }

  @Override
  public String toString() {
    return "first "
        + first
        + " entries "
        + entries
        + " "
        + hardState
        + " commit "
        + commitWritten
        + ".."
        + commit;
  }
}
