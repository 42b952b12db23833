package dev.plinth.engine.bitcask;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Where the records are that overwrites and deletes replaced while snapshots were open: a bounded
/// off-heap table from a key's hash to older versions, each with the sequence that wrote it and the
/// one that replaced it.
///
/// Threads: one writer at a time (the commit lock); readers without locks inside an epoch.
final class OldVersions {
  private static final int ENTRY_BYTES = 40;
  private static final int PIECE_ENTRIES = 8 << 10;
  private static final int BUCKETS = 1 << 16;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final VarHandle HEAD = ValueLayout.JAVA_INT.arrayElementVarHandle();

  private final long bytesMax;
  private final Consumer<Runnable> retire;
  private volatile @Nullable Table table;

  /// Says whether a version is still of use.
  @FunctionalInterface
  interface Needed {
    boolean needed(long from, long until);
  }

  /// Shows versions.
  @FunctionalInterface
  interface VersionVisitor {
    void version(long hash, long word, long from, long until);
  }

  /// An empty table; memory is taken by the first entry.
  OldVersions(long bytesMax, Consumer<Runnable> retire) {
    this.bytesMax = bytesMax;
    this.retire = retire;
  }

  /// The most bytes.
  long bytesMax() {
    return bytesMax;
  }

  /// The bytes in use.
  long bytes() {
    Table current = table;
    return current == null ? 0 : current.bytes();
  }

  /// Whether another entry goes over the limit.
  boolean isFull() {
    Table current = table;
    return current != null
        && current.count % PIECE_ENTRIES == 0
        && current.bytes() + (long) PIECE_ENTRIES * ENTRY_BYTES > bytesMax;
  }

  /// Adds a version that was written by sequence `from` and replaced by `until`.
  void add(long hash, long word, long from, long until) {
    Table current = table;
    if (current == null) {
      current = new Table();
      table = current;
    }
    current.add(hash, word, from, until);
  }

  /// Finds the version of a key that was current at a sequence.
  ///
  /// @return its word, or [Slots#EMPTY]
  long find(
      long hash,
      long sequence,
      KeyIndex.Matcher matcher,
      MemorySegment key,
      long offset,
      int length) {
    Table current = table;
    return current == null
        ? Slots.EMPTY
        : current.find(hash, sequence, matcher, key, offset, length);
  }

  /// Shows every version that was current at a sequence.
  void forEachAt(long sequence, VersionVisitor visitor) {
    Table current = table;
    if (current != null) {
      current.forEach(
          (hash, word, from, until) -> {
            if (from <= sequence && sequence < until) {
              visitor.version(hash, word, from, until);
            }
          });
    }
  }

  /// Drops what is not needed any more.
  void compact(Needed needed) {
    Table old = table;
    if (old == null) {
      return;
    }
    Table kept = new Table();
    old.forEach(
        (hash, word, from, until) -> {
          if (needed.needed(from, until)) {
            kept.add(hash, word, from, until);
          }
        });
    table = kept;
    retire.accept(old.arena::close);
  }

  /// Drops everything.
  void clear() {
    Table old = table;
    if (old != null) {
      table = null;
      retire.accept(old.arena::close);
    }
  }

  /// Releases the memory; nobody reads any more.
  void close() {
    Table old = table;
    table = null;
    if (old != null) {
      old.arena.close();
    }
  }

  /// Chains of entries under buckets. Entry: hash, word, from, until, number of the next one.
  private static final class Table {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment heads = arena.allocate(BUCKETS * 4L, 64);
    private volatile List<MemorySegment> pieces = List.of();
    private volatile int count;

    long bytes() {
      return BUCKETS * 4L + (long) pieces.size() * PIECE_ENTRIES * ENTRY_BYTES;
    }

    void add(long hash, long word, long from, long until) {
      int number = count;
      if (number / PIECE_ENTRIES == pieces.size()) {
        List<MemorySegment> more = new ArrayList<>(pieces);
        more.add(arena.allocate((long) PIECE_ENTRIES * ENTRY_BYTES, 64));
        pieces = List.copyOf(more);
      }
      MemorySegment piece = pieces.get(number / PIECE_ENTRIES);
      long at = (long) (number % PIECE_ENTRIES) * ENTRY_BYTES;
      long bucket = bucket(hash);
      piece.set(LONG, at, hash);
      piece.set(LONG, at + 8, word);
      piece.set(LONG, at + 16, from);
      piece.set(LONG, at + 24, until);
      piece.set(LONG, at + 32, (int) HEAD.getAcquire(heads, 0L, bucket));
      count = number + 1;
      HEAD.setRelease(heads, 0L, bucket, number + 1);
    }

    long find(
        long hash,
        long sequence,
        KeyIndex.Matcher matcher,
        MemorySegment key,
        long offset,
        int length) {
      int next = (int) HEAD.getAcquire(heads, 0L, bucket(hash));
      while (next != 0) {
        MemorySegment piece = pieces.get((next - 1) / PIECE_ENTRIES);
        long at = (long) ((next - 1) % PIECE_ENTRIES) * ENTRY_BYTES;
        if (piece.get(LONG, at) == hash
            && piece.get(LONG, at + 16) <= sequence
            && sequence < piece.get(LONG, at + 24)
            && matcher.matches(piece.get(LONG, at + 8), key, offset, length)) {
          return piece.get(LONG, at + 8);
        }
        next = (int) piece.get(LONG, at + 32);
      }
      return Slots.EMPTY;
    }

    void forEach(VersionVisitor visitor) {
      int end = count;
      for (int number = 0; number < end; number++) {
        MemorySegment piece = pieces.get(number / PIECE_ENTRIES);
        long at = (long) (number % PIECE_ENTRIES) * ENTRY_BYTES;
        visitor.version(
            piece.get(LONG, at),
            piece.get(LONG, at + 8),
            piece.get(LONG, at + 16),
            piece.get(LONG, at + 24));
      }
    }

    private static long bucket(long hash) {
      return (hash >>> 20) & (BUCKETS - 1);
    }
  }
}
