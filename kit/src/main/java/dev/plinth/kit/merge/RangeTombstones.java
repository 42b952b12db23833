package dev.plinth.kit.merge;

import dev.plinth.kit.memory.Keys;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Deleted ranges, cut into fragments that do not overlap, so that one binary search tells what
/// covers a key.
///
/// Immutable; any thread may read it, nothing is allocated by a look-up. Fragment `i` reaches from
/// bound `i` to bound `i + 1`; the last one may be open. Each has the sequence numbers that cover
/// it, the newest first; a fragment between two ranges has none.
public final class RangeTombstones {
  /// No deleted range.
  public static final RangeTombstones EMPTY = new RangeTombstones(List.of(), List.of(), false);

  /// What covers a key that nothing covers.
  public static final long NONE = Long.MIN_VALUE;

  private final MemorySegment bounds;
  private final int[] offsets;
  private final long[] prefixes;
  private final long[][] sequences;
  private final boolean open;

  private RangeTombstones(List<byte[]> bounds, List<long[]> sequences, boolean open) {
    int bytes = bounds.stream().mapToInt(bound -> bound.length).sum();
    this.bounds = Arena.ofAuto().allocate(Math.max(8, bytes), 8);
    this.offsets = new int[bounds.size() + 1];
    this.prefixes = new long[bounds.size()];
    for (int i = 0; i < bounds.size(); i++) {
      byte[] bound = bounds.get(i);
      MemorySegment.copy(bound, 0, this.bounds, ValueLayout.JAVA_BYTE, offsets[i], bound.length);
      offsets[i + 1] = offsets[i] + bound.length;
      prefixes[i] = Keys.prefix(this.bounds, offsets[i], bound.length);
    }
    this.sequences = sequences.toArray(long[][]::new);
    this.open = open;
  }

  /// Cuts ranges into fragments.
  public static RangeTombstones of(List<RangeTombstone> ranges) {
    if (ranges.isEmpty()) {
      return EMPTY;
    }
    TreeMap<byte[], List<RangeTombstone>> starts = new TreeMap<>(Arrays::compareUnsigned);
    TreeMap<byte[], List<RangeTombstone>> ends = new TreeMap<>(Arrays::compareUnsigned);
    for (RangeTombstone range : ranges) {
      starts.computeIfAbsent(range.from(), _ -> new ArrayList<>()).add(range);
      ends.computeIfAbsent(range.from(), _ -> new ArrayList<>());
      if (range.to() != null) {
        ends.computeIfAbsent(range.to(), _ -> new ArrayList<>()).add(range);
      }
    }
    List<byte[]> bounds = new ArrayList<>();
    List<long[]> sequences = new ArrayList<>();
    TreeMap<Long, Integer> active = new TreeMap<>();
    for (var bound : ends.entrySet()) {
      bound.getValue().forEach(r -> active.merge(r.sequence(), -1, RangeTombstones::count));
      starts
          .getOrDefault(bound.getKey(), List.of())
          .forEach(r -> active.merge(r.sequence(), 1, RangeTombstones::count));
      bounds.add(bound.getKey());
      sequences.add(active.descendingKeySet().stream().mapToLong(Long::longValue).toArray());
    }
    boolean open = !active.isEmpty();
    if (!open) {
      sequences.removeLast();
    }
    return new RangeTombstones(bounds, sequences, open);
  }

  /// The ranges of several sets in one.
  public static RangeTombstones merge(List<RangeTombstones> parts) {
    List<RangeTombstones> filled = parts.stream().filter(part -> !part.isEmpty()).toList();
    if (filled.size() <= 1) {
      return filled.isEmpty() ? EMPTY : filled.getFirst();
    }
    return of(filled.stream().flatMap(part -> part.ranges().stream()).toList());
  }

  /// Every fragment with every sequence number that covers it, as a range each.
  public List<RangeTombstone> ranges() {
    List<RangeTombstone> ranges = new ArrayList<>();
    for (int i = 0; i < sequences.length; i++) {
      for (long sequence : sequences[i]) {
        ranges.add(new RangeTombstone(bound(i), hasEnd(i) ? bound(i + 1) : null, sequence));
      }
    }
    return ranges;
  }

  /// Whether there is no deleted range.
  public boolean isEmpty() {
    return sequences.length == 0;
  }

  /// How many fragments there are, those that nothing covers included.
  public int fragments() {
    return sequences.length;
  }

  /// The fragment that holds a key; -1 when it lies before the first, [#fragments()] when behind
  /// the last.
  public int locate(MemorySegment key, long offset, int length) {
    int low = 0;
    int high = prefixes.length;
    long prefix = Keys.prefix(key, offset, length);
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (boundAtOrBefore(middle, prefix, key, offset, length)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  /// The highest sequence number at or below `sequence` of what covers a fragment; [#NONE] when
  /// none does.
  ///
  /// @param fragment as [#locate] gives it, outside of all fragments included
  public long covering(int fragment, long sequence) {
    if (fragment >= 0 && fragment < sequences.length) {
      for (long candidate : sequences[fragment]) {
        if (candidate <= sequence) {
          return candidate;
        }
      }
    }
    return NONE;
  }

  /// The highest sequence number at or below `sequence` of what covers a key; [#NONE] when none
  /// does.
  public long covering(MemorySegment key, long offset, int length, long sequence) {
    return sequences.length == 0 ? NONE : covering(locate(key, offset, length), sequence);
  }

  /// Whether a key lies behind a fragment's end.
  public boolean isBehind(int fragment, MemorySegment key, long offset, int length) {
    return hasEnd(fragment)
        && boundAtOrBefore(fragment + 1, Keys.prefix(key, offset, length), key, offset, length);
  }

  /// Whether a key lies before a fragment's start.
  public boolean isBefore(int fragment, MemorySegment key, long offset, int length) {
    return !boundAtOrBefore(fragment, Keys.prefix(key, offset, length), key, offset, length);
  }

  /// Whether a fragment ends anywhere.
  public boolean hasEnd(int fragment) {
    return fragment + 1 < prefixes.length || !open;
  }

  /// The memory that holds the bounds.
  public MemorySegment boundSegment() {
    return bounds;
  }

  /// Where bound `index` starts; bound `i + 1` ends fragment `i`.
  public long boundOffset(int index) {
    return offsets[index];
  }

  /// How long bound `index` is.
  public int boundLength(int index) {
    return offsets[index + 1] - offsets[index];
  }

  /// A copy of bound `index`.
  public byte[] bound(int index) {
    return bounds.asSlice(offsets[index], boundLength(index)).toArray(ValueLayout.JAVA_BYTE);
  }

  /// The sequence numbers that cover a fragment, the newest first; must not be changed.
  public long[] sequences(int fragment) {
    return sequences[fragment];
  }

  private boolean boundAtOrBefore(
      int index, long prefix, MemorySegment key, long offset, int length) {
    if (prefixes[index] != prefix) {
      return Long.compareUnsigned(prefixes[index], prefix) < 0;
    }
    return Keys.compare(bounds, offsets[index], boundLength(index), key, offset, length) <= 0;
  }

  private static @Nullable Integer count(int had, int change) {
    return had + change == 0 ? null : (Integer) (had + change);
  }

  /// Whether a deleted range lies over a part of the keys from one to another.
  ///
  /// @param to null for no end
  public boolean touches(byte[] from, byte @Nullable [] to) {
    int fragment = Math.max(0, locate(MemorySegment.ofArray(from), 0, from.length));
    for (; fragment < sequences.length; fragment++) {
      if (to != null && Arrays.compareUnsigned(bound(fragment), to) >= 0) {
        return false;
      }
      if (sequences[fragment].length > 0
          && (!hasEnd(fragment) || Arrays.compareUnsigned(bound(fragment + 1), from) > 0)) {
        return true;
      }
    }
    return false;
  }

  /// Whether deleted ranges lie over all keys from one to another.
  ///
  /// @param to null for no end
  public boolean covers(byte[] from, byte @Nullable [] to) {
    int fragment = locate(MemorySegment.ofArray(from), 0, from.length);
    while (fragment >= 0 && fragment < sequences.length && sequences[fragment].length > 0) {
      if (!hasEnd(fragment)) {
        return true;
      }
      if (to != null && Arrays.compareUnsigned(to, bound(fragment + 1)) <= 0) {
        return true;
      }
      fragment++;
    }
    return false;
  }

  /// The parts of the ranges that lie between two keys.
  ///
  /// @param to null for no end
  public List<RangeTombstone> clipped(byte[] from, byte @Nullable [] to) {
    List<RangeTombstone> clipped = new ArrayList<>();
    for (RangeTombstone range : ranges()) {
      byte[] start = Arrays.compareUnsigned(range.from(), from) < 0 ? from : range.from();
      byte[] own = range.to();
      byte[] end = own == null || (to != null && Arrays.compareUnsigned(to, own) < 0) ? to : own;
      if (end == null || Arrays.compareUnsigned(start, end) < 0) {
        clipped.add(new RangeTombstone(start, end, range.sequence()));
      }
    }
    return clipped;
  }

  /// The same ranges with one sequence number for all.
  public RangeTombstones renumbered(long sequence) {
    return of(ranges().stream().map(r -> new RangeTombstone(r.from(), r.to(), sequence)).toList());
  }
}
