package dev.plinth.engine.bitcask;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Fills an [OrderedIndex] at open: gathers what the hash index holds, sorts it by key, and builds
/// the tree from below. Takes 32 bytes a key meanwhile. Used by one thread before the engine is
/// open.
final class OrderedLoad implements SortedView.KeyReader {
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final Records records;
  private final KeyIndex index;
  private final OrderedKeys keys;
  private MemorySegment entries = MemorySegment.NULL;
  private long count;

  OrderedLoad(Records records, KeyIndex index) {
    this.records = records;
    this.index = index;
    this.keys = new OrderedKeys(records);
  }

  void into(OrderedIndex target) {
    long bytes = Math.max(1, index.size()) * SortedView.ENTRY_BYTES;
    try (Arena arena = Arena.ofShared()) {
      entries = arena.allocate(bytes, 8);
      for (IndexPart part = index.partAt(0); part != null; ) {
        KeyIndex.forEach(part, this::gather);
        part = index.partAt(KeyIndex.behind(part));
      }
      int shared = shared();
      for (long i = 0; i < count; i++) {
        entries.set(LONG, i * SortedView.ENTRY_BYTES, keys.prefix(word(i), shared));
      }
      count = SortedView.sort(entries, arena.allocate(bytes, 8), count, this);
      target.build(
          new OrderedIndex.SortedWords() {
            @Override
            public long count() {
              return count;
            }

            @Override
            public long word(long at) {
              return OrderedLoad.this.word(at);
            }
          });
    }
  }

  /// A record is checked before its key gets a place.
  private void gather(long word) {
    DataFile file = records.file(word);
    long offset = Slots.offset(word);
    records.parseChecked(file, file.window(offset), offset);
    entries.set(LONG, count * SortedView.ENTRY_BYTES + 8, word);
    count++;
  }

  private long word(long at) {
    return entries.get(LONG, at * SortedView.ENTRY_BYTES + 8);
  }

  /// How many bytes all keys begin with.
  private int shared() {
    int shared = Integer.MAX_VALUE;
    MemorySegment first = count == 0 ? MemorySegment.NULL : keys.copyOf(word(0));
    for (long i = 0; i < count && shared > 0; i++) {
      shared = Math.min(shared, keys.sharedLength(word(i), first, 0, (int) first.byteSize()));
    }
    return count == 0 ? 0 : shared;
  }

  @Override
  public int compare(long word, MemorySegment key, long offset, int length) {
    return keys.compare(word, key, offset, length);
  }

  @Override
  public int compare(long a, long b) {
    MemorySegment of = keys.key(b);
    return keys.compare(a, of, 0, (int) of.byteSize());
  }
}
