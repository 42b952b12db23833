package dev.plinth.bench.soak;

import dev.plinth.bench.cell.WrongAnswerException;
import dev.plinth.bench.workload.Keys;
import dev.plinth.bench.workload.Values;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Reader;
import dev.plinth.spi.ValueVisitor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicLongArray;

/// What the store must hold: for each key the number of the last write to it. One thread writes;
/// any number read and check.
///
/// Writes are numbered. A value begins with the number of its write, and number and key decide the
/// rest of it. Every [#DELETE_EVERY]th write deletes a key, every [#RANGE_EVERY]th a range of them.
final class SoakContent {
  /// How many keys a deleted range has.
  static final int RANGE_KEYS = 64;

  /// The least size of a value.
  static final int VALUE_BYTES_MIN = 16;

  private static final int DELETE_EVERY = 16;
  private static final int RANGE_EVERY = 4096;
  private static final int SYNC_EVERY = 1000;
  private static final ValueLayout.OfLong NUMBER = ValueLayout.JAVA_LONG_UNALIGNED;

  private final int keys;
  private final Values values;
  private final AtomicLongArray begun;
  private final AtomicLongArray done;
  private final MemorySegment key = Arena.ofAuto().allocate(Keys.BYTES, 8);
  private final MemorySegment value;
  private volatile long last;

  SoakContent(int keys, int valueBytes, long seed) {
    this.keys = keys;
    this.values = new Values(valueBytes, seed);
    this.value = Arena.ofAuto().allocate(valueBytes, 8);
    this.begun = new AtomicLongArray(keys);
    this.done = new AtomicLongArray(keys);
  }

  /// Learns what a store holds that an earlier run has left, and checks every value.
  ///
  /// @param operations how many writes that run has told of; it may have made more
  /// @return how many entries there are
  long learn(Engine engine, long operations) {
    last = Math.max(last, operations + 1);
    long[] found = new long[keys];
    long entries = 0;
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      while (cursor.next()) {
        int index = index(cursor.keySegment(), cursor.keyOffset(), cursor.keyLength());
        MemorySegment segment = cursor.valueSegment();
        found[index] = check(index, segment, cursor.valueOffset(), cursor.valueLength());
        last = Math.max(last, found[index]);
        entries++;
      }
    }
    for (int i = 0; i < keys; i++) {
      long number = found[i] == 0 ? last - last % DELETE_EVERY : found[i];
      begun.set(i, number);
      done.set(i, number);
    }
    return entries;
  }

  /// The number of the last write.
  long last() {
    return last;
  }

  /// How many keys there may be.
  int keys() {
    return keys;
  }

  /// Makes the next write; of one thread.
  void write(Engine engine, int index) {
    long number = last + 1;
    last = number;
    Durability durability = number % SYNC_EVERY == 0 ? Durability.SYNCED : Durability.WRITTEN;
    if (number % RANGE_EVERY == 0) {
      int from = Math.min(index, keys - RANGE_KEYS);
      mark(begun, from, from + RANGE_KEYS, number);
      engine.deleteRange(KeyRange.of(key(from), key(from + RANGE_KEYS)), durability);
      mark(done, from, from + RANGE_KEYS, number);
      return;
    }
    begun.set(index, number);
    Keys.present(key, 0, index);
    if (number % DELETE_EVERY == 0) {
      engine.delete(key, 0, Keys.BYTES, durability);
    } else {
      int bytes = values.valueBytes();
      long from = values.offset(index, number);
      MemorySegment.copy(values.segment(), from, value, 0, bytes);
      value.set(NUMBER, 0, number);
      engine.put(key, 0, Keys.BYTES, value, 0, bytes, durability);
    }
    done.set(index, number);
  }

  /// Reads a key of the newest state and checks what comes; not when a write came between.
  void read(Reader reader, int index) {
    long before = done.get(index);
    Found found = new Found(index);
    MemorySegment wanted = MemorySegment.ofArray(key(index));
    reader.read(wanted, 0, Keys.BYTES, found);
    if (begun.get(index) == before) {
      long expected = before % DELETE_EVERY == 0 ? 0 : before;
      if (found.number != expected) {
        throw new WrongAnswerException(
            "key "
                + index
                + " was last written by "
                + before
                + ", and "
                + found.number
                + " is there (0: nothing)");
      }
    }
  }

  private final class Found implements ValueVisitor {
    private final int index;
    private long number;

    Found(int index) {
      this.index = index;
    }

    @Override
    public void value(MemorySegment segment, long offset, int length) {
      number = check(index, segment, offset, length);
    }
  }

  /// Walks over entries of a reader from a key on, checks that keys ascend and that each value is
  /// one that was written.
  ///
  /// @return how many there were
  long scan(Reader reader, int from, long entriesMax) {
    long entries = 0;
    int before = from - 1;
    try (Cursor cursor = reader.cursor(KeyRange.of(key(from), null))) {
      while (entries < entriesMax && cursor.next()) {
        int index = index(cursor.keySegment(), cursor.keyOffset(), cursor.keyLength());
        MemorySegment segment = cursor.valueSegment();
        long number = check(index, segment, cursor.valueOffset(), cursor.valueLength());
        if (index <= before || number > last) {
          throw new WrongAnswerException(
              "a scan shows key " + index + " of write " + number + " behind key " + before);
        }
        before = index;
        entries++;
      }
    }
    return entries;
  }

  /// @return the number of the write that the value is of
  private long check(int index, MemorySegment segment, long offset, int length) {
    int bytes = values.valueBytes();
    long number = length == bytes ? segment.get(NUMBER, offset) : -1;
    long from = number < 0 ? 0 : values.offset(index, number);
    if (number <= 0
        || MemorySegment.mismatch(
                segment, offset + 8, offset + bytes, values.segment(), from + 8, from + bytes)
            >= 0) {
      throw new WrongAnswerException("the value of key " + index + " was never written");
    }
    return number;
  }

  private int index(MemorySegment segment, long offset, int length) {
    long number = 0;
    for (int i = 0; i < length; i++) {
      number = 10 * number + segment.get(ValueLayout.JAVA_BYTE, offset + i) - '0';
    }
    if (length != Keys.BYTES || number % 2 != 0 || number < 0 || number / 2 >= keys) {
      throw new WrongAnswerException("a key of the store was never written");
    }
    return (int) (number / 2);
  }

  private static void mark(AtomicLongArray numbers, int from, int to, long number) {
    for (int i = from; i < to; i++) {
      numbers.set(i, number);
    }
  }

  private static byte[] key(int index) {
    byte[] bytes = new byte[Keys.BYTES];
    Keys.present(MemorySegment.ofArray(bytes), 0, index);
    return bytes;
  }
}
