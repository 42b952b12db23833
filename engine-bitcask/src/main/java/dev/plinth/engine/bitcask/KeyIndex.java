package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/// The hash index: from a key to the place of its newest record, off-heap, twelve bytes a slot and
/// about sixteen a key. Keys are not in it; a matching fingerprint is verified against the record.
///
/// A directory of parts, as in extendible hashing (Fagin et al. 1979), each of which grows in small
/// steps (after Larson's partial expansions), so that no writer ever waits for more than some
/// thousand keys to be moved.
///
/// Threads: any number of readers without locks; writers one at a time (the caller's lock), or one
/// for each of several stretches of placements while the index is filled. Readers must be inside
/// the epoch that `retire` waits for, since units that were replaced are used again.
final class KeyIndex implements AutoCloseable {
  private static final int LOAD_AIM = UnitPool.SLOTS * 7 / 10;
  private static final int DEPTH_MAX = 22;

  private final UnitPool pool = new UnitPool();
  private final Matcher matcher;
  private final Consumer<Runnable> retire;
  private volatile IndexPart[] directory;
  private final Writer writer;

  /// Says whether the record that a word names has a key.
  @FunctionalInterface
  interface Matcher {
    /// Whether it has.
    ///
    /// @throws dev.plinth.spi.StorageException.Corrupt when the record is damaged
    boolean matches(long word, MemorySegment key, long offset, int length);
  }

  /// Shows words of the index.
  @FunctionalInterface
  interface WordVisitor {
    void word(long word);
  }

  /// An empty index.
  ///
  /// @param retire runs a task when no reader can be in what was replaced before the call
  KeyIndex(Matcher matcher, Consumer<Runnable> retire) {
    this.matcher = matcher;
    this.retire = retire;
    this.directory = new IndexPart[] {new IndexPart(0, 0, 1, pool)};
    this.writer = new Writer();
  }

  /// How many keys it holds.
  long size() {
    return writer.size;
  }

  /// The off-heap bytes in use.
  long bytes() {
    return pool.bytesInUse();
  }

  /// The off-heap bytes held.
  long bytesAllocated() {
    return pool.bytesAllocated();
  }

  /// Finds a key's word; [Slots#EMPTY] when it is absent.
  long find(long hash, MemorySegment key, long offset, int length) {
    IndexPart[] parts = directory;
    int place = (int) hash;
    IndexPart in = parts[directoryIndex(place, parts.length)];
    int at = in.unitOf(place);
    int i = IndexPart.homeOf(place);
    while (true) {
      long word = in.word(at, i);
      if (word == Slots.EMPTY) {
        return Slots.EMPTY;
      }
      if (Slots.mayMatch(word, hash) && matcher.matches(word, key, offset, length)) {
        return word;
      }
      i = IndexPart.after(i);
    }
  }

  /// The writer that everyone shares; changes by one thread at a time.
  Writer writer() {
    return writer;
  }

  /// Another writer, for keys that no other one touches meanwhile: those of other parts.
  Writer newWriter() {
    return new Writer();
  }

  /// Takes over how many keys another writer has added.
  void add(Writer other) {
    writer.size += other.size;
    other.size = 0;
  }

  /// Whether a key has exactly this word, for any reader: how a merge tells live records.
  boolean holds(long hash, long expected) {
    IndexPart[] parts = directory;
    int place = (int) hash;
    IndexPart in = parts[directoryIndex(place, parts.length)];
    int at = in.unitOf(place);
    int i = IndexPart.homeOf(place);
    while (true) {
      long word = in.word(at, i);
      if (word == expected) {
        return true;
      }
      if (word == Slots.EMPTY) {
        return false;
      }
      i = IndexPart.after(i);
    }
  }

  /// The part that holds a placement, for a walk over the index: walk from 0 by [#behind].
  @Nullable IndexPart partAt(long place) {
    if (place > 0xffff_ffffL) {
      return null;
    }
    IndexPart[] parts = directory;
    return parts[directoryIndex((int) place, parts.length)];
  }

  /// The first placement behind a part, unsigned.
  static long behind(IndexPart part) {
    return ((part.prefix & 0xffff_ffffL) + 1) << (32 - part.depth);
  }

  /// Shows the words of a part; those added meanwhile may be missed.
  static void forEach(IndexPart part, WordVisitor visitor) {
    for (int at = 0; at < part.unitCount(); at++) {
      for (int i = 0; i < UnitPool.SLOTS; i++) {
        long word = part.word(at, i);
        if (Slots.isRecord(word)) {
          visitor.word(word);
        }
      }
    }
  }

  /// Removes every key whose word a test accepts; the writer's.
  void removeIf(LongPredicate test) {
    for (IndexPart in = partAt(0); in != null; in = partAt(behind(in))) {
      for (int at = 0; at < in.unitCount(); at++) {
        for (int i = 0; i < UnitPool.SLOTS; i++) {
          long word = in.word(at, i);
          if (Slots.isRecord(word) && test.test(word)) {
            in.delete(at, i);
            writer.size--;
          }
        }
      }
    }
  }

  /// How many upper bits of a placement tell all parts apart, while it is being filled.
  int depth() {
    return Integer.numberOfTrailingZeros(directory.length);
  }

  /// Makes room for many keys at once, while it is empty and nobody reads it.
  void presize(long keys) {
    if (writer.size != 0 || keys < LOAD_AIM) {
      return;
    }
    int depth = 0;
    while (depth < DEPTH_MAX && keys >>> depth > (long) LOAD_AIM * (IndexPart.UNITS_MAX - 1)) {
      depth++;
    }
    int units = unitsFor(keys >>> depth);
    IndexPart[] parts = new IndexPart[1 << depth];
    directory[0].release(pool);
    for (int i = 0; i < parts.length; i++) {
      parts[i] = new IndexPart(depth, i, units, pool);
    }
    directory = parts;
  }

  /// Takes over what an [IndexFileWriter] has written, while it is empty and nobody reads it.
  ///
  /// @param written the bytes of each part
  /// @param files the slot that a file has now, by the one it had
  void load(List<MemorySegment> written, long keys, int[] files) {
    int depth = 0;
    for (MemorySegment bytes : written) {
      depth = Math.max(depth, bytes.get(Layouts.INT, 0));
    }
    IndexPart[] parts = new IndexPart[1 << depth];
    directory[0].release(pool);
    for (MemorySegment bytes : written) {
      IndexPart loaded =
          new IndexPart(
              bytes.get(Layouts.INT, 0),
              bytes.get(Layouts.INT, 4),
              bytes.get(Layouts.INT, 8),
              pool);
      loaded.load(bytes, IndexFileFormat.PART_BYTES, files);
      fill(parts, loaded);
    }
    directory = parts;
    writer.size = keys;
  }

  @Override
  public void close() {
    pool.close();
  }

  private static int directoryIndex(int place, int length) {
    return length == 1 ? 0 : place >>> (32 - Integer.numberOfTrailingZeros(length));
  }

  private static int unitsFor(long keys) {
    return (int) Math.max(1, Math.min(IndexPart.UNITS_MAX, (keys + LOAD_AIM - 1) / LOAD_AIM));
  }

  /// Replaces a full part by a larger or cleaner one, or by two.
  private synchronized void rebuild(IndexPart old) {
    int units = unitsFor(old.live() + 1L);
    boolean split = old.live() > LOAD_AIM * IndexPart.UNITS_MAX && old.depth < DEPTH_MAX;
    if (split || !install(old, build(old, units))) {
      if (!split) {
        units = Math.min(IndexPart.UNITS_MAX, Math.max(units, old.unitCount()) + 1);
        if (install(old, build(old, units))) {
          return;
        }
      }
      split(old);
    }
  }

  /// Builds one part with the keys of another; null when a unit would be too full.
  private @Nullable IndexPart build(IndexPart old, int units) {
    IndexPart built = new IndexPart(old.depth, old.prefix, units, pool);
    for (int at = 0; at < old.unitCount(); at++) {
      for (int i = 0; i < UnitPool.SLOTS; i++) {
        long word = old.word(at, i);
        if (Slots.isRecord(word) && !built.add(word, old.placement(at, i))) {
          built.release(pool);
          return null;
        }
      }
    }
    return built;
  }

  private boolean install(IndexPart old, @Nullable IndexPart built) {
    if (built == null) {
      return false;
    }
    IndexPart[] parts = directory.clone();
    fill(parts, built);
    directory = parts;
    retire.accept(() -> old.release(pool));
    return true;
  }

  private void split(IndexPart old) {
    if (old.depth >= DEPTH_MAX) {
      throw new StorageException.LimitExceeded(
          "the hash index holds "
              + writer.size
              + " keys and cannot grow further; use another engine");
    }
    IndexPart[] halves = new IndexPart[2];
    int depth = old.depth + 1;
    int units = unitsFor(old.live() * 11L / 20);
    for (int side = 0; side < 2; side++) {
      halves[side] = new IndexPart(depth, old.prefix << 1 | side, units, pool);
    }
    for (int at = 0; at < old.unitCount(); at++) {
      for (int i = 0; i < UnitPool.SLOTS; i++) {
        long word = old.word(at, i);
        if (Slots.isRecord(word)) {
          int place = old.placement(at, i);
          IndexPart half = halves[place >>> (32 - depth) & 1];
          while (!half.add(word, place)) {
            half = widen(half);
            halves[place >>> (32 - depth) & 1] = half;
          }
        }
      }
    }
    IndexPart[] parts = directory;
    parts = parts.length < 1 << depth ? doubled(parts) : parts.clone();
    fill(parts, halves[0]);
    fill(parts, halves[1]);
    directory = parts;
    retire.accept(() -> old.release(pool));
  }

  /// A part under construction with one unit more; nobody has seen it yet.
  private IndexPart widen(IndexPart half) {
    for (int units = half.unitCount() + 1; units <= 4 * IndexPart.UNITS_MAX; units++) {
      IndexPart wider = build(half, units);
      if (wider != null) {
        half.release(pool);
        return wider;
      }
    }
    throw new StorageException.LimitExceeded(
        "too many keys have the same hash; use another engine");
  }

  private static IndexPart[] doubled(IndexPart[] parts) {
    IndexPart[] twice = new IndexPart[parts.length * 2];
    for (int i = 0; i < twice.length; i++) {
      twice[i] = parts[i / 2];
    }
    return twice;
  }

  private static void fill(IndexPart[] parts, IndexPart part) {
    int span = parts.length >>> part.depth;
    Arrays.fill(parts, part.prefix * span, (part.prefix + 1) * span, part);
  }

  /// One who changes the index: finds a key, then puts, replaces or removes it. Used by one thread
  /// at a time.
  final class Writer {
    private IndexPart part = directory[0];
    private int unit;
    private int slot;
    private int firstDeleted;
    private int placement;
    private long size;

    /// Finds a key for the writer, which may then call [#put], [#remove] or [#replace].
    ///
    /// @return its word; [Slots#EMPTY] when it is absent
    long probe(long hash, MemorySegment key, long offset, int length) {
      return probe(hash, matcher, key, offset, length);
    }

    /// As [#probe], with another way to tell keys.
    long probe(long hash, Matcher by, MemorySegment key, long offset, int length) {
      begin((int) hash);
      while (true) {
        long word = part.word(unit, slot);
        if (word == Slots.EMPTY) {
          return Slots.EMPTY;
        }
        if (word == Slots.DELETED) {
          firstDeleted = firstDeleted < 0 ? slot : firstDeleted;
        } else if (Slots.mayMatch(word, hash) && by.matches(word, key, offset, length)) {
          return word;
        }
        slot = IndexPart.after(slot);
      }
    }

    /// Finds a key by the word it is thought to have, for the writer.
    ///
    /// @return whether it still has that word
    boolean probeWord(long hash, long expected) {
      begin((int) hash);
      while (true) {
        long word = part.word(unit, slot);
        if (word == expected) {
          return true;
        }
        if (word == Slots.EMPTY) {
          return false;
        }
        slot = IndexPart.after(slot);
      }
    }

    /// Adds the key whose probe found nothing.
    void put(long word) {
      if (firstDeleted >= 0) {
        part.fill(unit, firstDeleted, word, placement);
      } else {
        while (!part.hasRoom(unit)) {
          rebuild(part);
          begin(placement);
          skipToEmpty();
        }
        part.fill(unit, slot, word, placement);
      }
      size++;
    }

    /// Gives the key that the probe found another word.
    void replace(long word) {
      part.replace(unit, slot, word);
    }

    /// Removes the key that the probe found.
    void remove() {
      part.delete(unit, slot);
      size--;
    }

    private void begin(int place) {
      IndexPart[] parts = directory;
      placement = place;
      part = parts[directoryIndex(place, parts.length)];
      unit = part.unitOf(place);
      slot = IndexPart.homeOf(place);
      firstDeleted = -1;
    }

    private void skipToEmpty() {
      while (part.word(unit, slot) != Slots.EMPTY) {
        slot = IndexPart.after(slot);
      }
    }
  }
}
