package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Keys;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Fills an [OrderedIndex] at open: gathers what the hash index holds, reads the keys in the order
/// in which they lie in their files, sorts them, and builds the tree from below. Takes 32 bytes a
/// key meanwhile. Used by one thread before the engine is open.
final class OrderedLoad implements SortedView.KeyReader {
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final Records records;
  private final KeyIndex index;
  private final OrderedKeys keys;
  private MemorySegment entries = MemorySegment.NULL;
  private long count;
  private byte[] shared = {};
  private int keyBytesMax;

  OrderedLoad(Records records, KeyIndex index) {
    this.records = records;
    this.index = index;
    this.keys = new OrderedKeys(records);
  }

  void into(OrderedIndex target) {
    long bytes = Math.max(1, index.size()) * EntrySort.ENTRY_BYTES;
    try (Arena arena = Arena.ofShared()) {
      entries = arena.allocate(bytes, 8);
      MemorySegment spare = arena.allocate(bytes, 8);
      for (IndexPart part = index.partAt(0); part != null; ) {
        KeyIndex.forEach(part, this::gather);
        part = index.partAt(KeyIndex.behind(part));
      }
      EntrySort.byNumber(entries, spare, count);
      for (long i = 0; i < count; i++) {
        readKey(i);
      }
      count = EntrySort.byKey(entries, spare, count, this);
      target.build(new Sorted());
    }
  }

  /// The keys in their order.
  final class Sorted {
    private Sorted() {}

    long count() {
      return count;
    }

    /// The word of a key's record.
    long word(long at) {
      return OrderedLoad.this.word(at);
    }

    /// The eight bytes of a key behind what all keys share.
    long prefix(long at) {
      return entries.get(LONG, at * EntrySort.ENTRY_BYTES);
    }

    OrderedPrefixes prefixes() {
      return new OrderedPrefixes(shared, keyBytesMax);
    }
  }

  /// Words come in the order of hashes; the place of the record in its file is the number to sort
  /// by first.
  private void gather(long word) {
    entries.set(LONG, count * EntrySort.ENTRY_BYTES, Slots.place(word));
    entries.set(LONG, count * EntrySort.ENTRY_BYTES + 8, word);
    count++;
  }

  /// A record is checked before its key gets a place.
  private void readKey(long i) {
    long word = word(i);
    DataFile file = records.file(word);
    long offset = Slots.offset(word);
    Window window = file.window(offset);
    long parsed = records.parseChecked(file, window, offset);
    MemorySegment memory = window.segment();
    long key = offset - window.start() + RecordFormat.headerBytes(parsed);
    int length = RecordFormat.keyLength(parsed);
    keyBytesMax = Math.max(keyBytesMax, length);
    if (i == 0) {
      shared = memory.asSlice(key, length).toArray(ValueLayout.JAVA_BYTE);
    }
    int common =
        Keys.sharedLength(memory, key, length, MemorySegment.ofArray(shared), 0, shared.length);
    if (common < shared.length) {
      shared = Arrays.copyOf(shared, common);
      for (long before = 0; before < i; before++) {
        prefix(before, keys.prefix(word(before), common));
      }
    }
    prefix(i, SortedView.prefix(memory, key, length, common));
  }

  private void prefix(long i, long prefix) {
    entries.set(LONG, i * EntrySort.ENTRY_BYTES, prefix);
  }

  private long word(long at) {
    return entries.get(LONG, at * EntrySort.ENTRY_BYTES + 8);
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
