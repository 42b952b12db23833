package com.example.ownraft;

import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.EntryTypes;
import dev.plinth.raft.store.HardState;
import dev.plinth.raft.store.RaftLogStore;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// The library's log on a log store of Plinth: all that is needed to bring a library of one's own.
public final class PlinthJournal implements Journal {
  private final RaftLogStore store;

  /// @param store a group of a log: `storage.openLog(folder).group(0)`
  public PlinthJournal(RaftLogStore store) {
    this.store = store;
  }

  @Override
  public long first() {
    return store.firstIndex();
  }

  @Override
  public long last() {
    return store.lastIndex();
  }

  @Override
  public long termAt(long index) {
    return Math.max(0, store.term(index));
  }

  @Override
  public List<Entry> read(long from, long to) {
    List<Entry> entries = new ArrayList<>();
    store.read(
        from,
        to,
        Long.MAX_VALUE,
        (_, term, _, _, segment, offset, length) ->
            entries.add(
                new Entry(term, segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE))));
    return entries;
  }

  @Override
  public synchronized void write(long index, List<Entry> entries) {
    EntryBatch batch = new EntryBatch();
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      batch.add(index + i, entry.term(), EntryTypes.DATA, entry.command());
    }
    if (index > store.lastIndex()) {
      store.append(batch);
    } else {
      store.overwriteFrom(index, batch);
    }
    store.sync(store.lastIndex());
  }

  @Override
  public void dropBefore(long index) {
    store.compactPrefix(index);
  }

  @Override
  public void beginAfter(long index) {
    store.reset(index + 1, null);
  }

  @Override
  public long term() {
    return store.hardState().term();
  }

  @Override
  public String vote() {
    return store.hardState().vote();
  }

  @Override
  public void vote(long term, String candidate) {
    store.saveHardState(new HardState(term, candidate, new byte[0]));
  }
}
