package dev.plinth.lsm;

import dev.plinth.kit.memory.KeyCopy;
import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.KeyBounds;
import dev.plinth.kit.merge.MergingCursor;
import dev.plinth.kit.merge.RangeTombstone;
import dev.plinth.kit.merge.RangeTombstones;
import dev.plinth.kit.merge.Tag;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Merges sorted entries into tables and leaves out what nobody can see: the work of a flush and of
/// a compaction. Used once, by one thread.
///
/// Open snapshots cut sequence numbers into stripes; a stripe ends with a snapshot's number, the
/// last is open. Readers see of each key at most the newest entry of a stripe, so
/// 1. an entry goes when a newer one of its key, or a deleted range over its key, is in its stripe;
/// 2. where nothing older lies below ("bottom"), deletes and deleted ranges of the lowest stripe
///    go, and puts of that stripe lose their number, since no reader can tell.
final class MergeJob {
  private static final int ENTRIES_PER_CHECK = 4096;

  private final MergingCursor merged;
  private final KeyBounds within;
  private final RangeTombstones ranges;
  private final long[] snapshots;
  private final boolean bottom;
  private final TableOutputs outputs;
  private final BooleanSupplier cancelled;
  private final KeyCopy last = new KeyCopy();
  private int fragment = -1;

  /// @param within which keys are merged
  MergeJob(
      MergingCursor merged,
      KeyBounds within,
      RangeTombstones ranges,
      long[] snapshots,
      boolean bottom,
      TableOutputs outputs,
      BooleanSupplier cancelled) {
    this.merged = merged;
    this.within = within;
    this.ranges = ranges;
    this.snapshots = snapshots;
    this.bottom = bottom;
    this.outputs = outputs;
    this.cancelled = cancelled;
  }

  /// Thrown when the work was given up because the engine is being closed.
  static final class Cancelled extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /// Does it.
  ///
  /// @return what was written
  TableOutputs.Written run() {
    outputs.ranges(visibleRanges(), within);
    byte[] limit = within.limit();
    MemorySegment end = limit == null ? null : MemorySegment.ofArray(limit);
    long endWord = end == null ? -1 : merged.words().of(end, 0, (int) end.byteSize());
    boolean hasLast = false;
    boolean isNewKey = true;
    long lastWord = 0;
    int lastStripe = -1;
    int count = 0;
    for (start(); merged.isValid(); merged.next()) {
      if (++count % ENTRIES_PER_CHECK == 0 && cancelled.getAsBoolean()) {
        throw new Cancelled();
      }
      EntryCursor entry = merged.top();
      if (end != null && isBehind(entry, end, endWord)) {
        break;
      }
      long sequence = Tag.sequence(entry.tag());
      int stripe = stripe(sequence);
      boolean same =
          hasLast
              && lastWord == entry.keyWord()
              && last.isEqual(entry.keySegment(), entry.keyOffset(), entry.keyLength());
      if (same && stripe == lastStripe) {
        continue;
      }
      if (!same) {
        last.set(entry.keySegment(), entry.keyOffset(), entry.keyLength());
        lastWord = entry.keyWord();
        hasLast = true;
        isNewKey = true;
        outputs.startKey(entry.keySegment(), entry.keyOffset(), entry.keyLength());
      }
      lastStripe = stripe;
      boolean lowest = bottom && stripe == 0;
      boolean isDelete = Tag.kind(entry.tag()) == Tag.DELETE;
      if (!(lowest && isDelete) && !isCovered(entry, sequence, stripe)) {
        add(entry, isNewKey, lowest ? 0 : sequence);
        isNewKey = false;
      }
    }
    return outputs.finish();
  }

  /// A value in a blob file stays there, unless that file is to go.
  private void add(EntryCursor entry, boolean isNewKey, long sequence) {
    int kind = Tag.kind(entry.tag());
    if (entry.valueElsewhere()
        && outputs.rewrites(entry.valueSegment(), entry.valueOffset(), entry.valueLength())) {
      entry.fetchValue();
      kind = Tag.PUT;
    }
    outputs.add(
        entry.keySegment(),
        entry.keyOffset(),
        entry.keyLength(),
        isNewKey,
        Tag.of(sequence, kind),
        entry.valueSegment(),
        entry.valueOffset(),
        entry.valueLength());
  }

  private void start() {
    byte[] from = within.from();
    if (from.length == 0) {
      merged.first();
    } else {
      merged.seek(MemorySegment.ofArray(from), 0, from.length, Tag.FIRST);
    }
  }

  private static boolean isBehind(EntryCursor entry, MemorySegment end, long endWord) {
    if (entry.keyWord() != endWord) {
      return Long.compareUnsigned(entry.keyWord(), endWord) > 0;
    }
    return Keys.compare(
            entry.keySegment(), entry.keyOffset(), entry.keyLength(), end, 0, (int) end.byteSize())
        >= 0;
  }

  private boolean isCovered(EntryCursor entry, long sequence, int stripe) {
    if (ranges.isEmpty()) {
      return false;
    }
    boolean known =
        fragment >= 0
            && fragment < ranges.fragments()
            && !ranges.isBehind(fragment, entry.keySegment(), entry.keyOffset(), entry.keyLength());
    if (!known) {
      fragment = ranges.locate(entry.keySegment(), entry.keyOffset(), entry.keyLength());
    }
    return ranges.covering(fragment, stripeEnd(stripe)) > sequence;
  }

  /// Of each fragment the newest number of each stripe, without those that nothing below needs.
  private List<RangeTombstone> visibleRanges() {
    List<RangeTombstone> visible = new ArrayList<>();
    for (int i = 0; i < ranges.fragments(); i++) {
      int lastStripe = -1;
      for (long sequence : ranges.sequences(i)) {
        int stripe = stripe(sequence);
        if (stripe != lastStripe && !(bottom && stripe == 0)) {
          visible.add(
              new RangeTombstone(
                  ranges.bound(i), ranges.hasEnd(i) ? ranges.bound(i + 1) : null, sequence));
        }
        lastStripe = stripe;
      }
    }
    return visible;
  }

  private int stripe(long sequence) {
    if (snapshots.length == 0) {
      return 0;
    }
    int at = Arrays.binarySearch(snapshots, sequence);
    return at >= 0 ? at : -at - 1;
  }

  private long stripeEnd(int stripe) {
    return stripe < snapshots.length ? snapshots[stripe] : Tag.SEQUENCE_MAX;
  }
}
