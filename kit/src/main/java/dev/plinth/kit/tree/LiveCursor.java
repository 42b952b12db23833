package dev.plinth.kit.tree;

import dev.plinth.kit.memory.KeyCopy;
import dev.plinth.kit.memory.Keys;
import dev.plinth.kit.merge.EntryCursor;
import dev.plinth.kit.merge.MergingCursor;
import dev.plinth.kit.merge.RangeTombstones;
import dev.plinth.kit.merge.Tag;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Shows the live entries of a range as of one sequence number.
///
/// Going forward it stands on the merged entry it shows. Going backward the versions of a key come
/// oldest first, so it stands before them and shows a copy. A value that is elsewhere is fetched
/// when it is asked for. When it is sent to a place it takes newer sources where they hold the same
/// entries, so that a cursor which is used for long neither keeps files that were merged away nor
/// goes on searching them. See [Cursor] for threads and lifetimes.
public final class LiveCursor implements Cursor {
  private static final long BEHIND_ALL_VERSIONS = Tag.BEHIND;

  private enum Place {
    NONE,
    FORWARD,
    BACKWARD
  }

  private final Leases leases;
  private final Renewal renewal;
  private final long sequence;
  private final @Nullable MemorySegment from;
  private final @Nullable MemorySegment to;
  private Sources sources;
  private MergingCursor merged;
  private RangeTombstones tombstones;
  private long toWord;
  private final KeyCopy key = new KeyCopy();
  private final KeyCopy value = new KeyCopy();
  private final KeyCopy reference = new KeyCopy();
  private @Nullable EntryCursor referenceSource;
  private long keyWord;
  private Place place = Place.NONE;
  private @Nullable EntryCursor entry;
  private int fragment = -1;
  private boolean closed;

  /// What a cursor reads.
  ///
  /// @param merged all sources, memtables first
  /// @param tombstones the deleted ranges of all sources
  /// @param release gives back what keeps the sources alive, once they are closed
  public record Sources(MergingCursor merged, RangeTombstones tombstones, Runnable release) {}

  /// Offers sources that came since.
  public interface Renewal {
    /// Sources that show, as of the cursor's sequence number, the same entries as those it has;
    /// null while there are no newer ones.
    ///
    /// @param current what the cursor has
    @Nullable Sources newer(Sources current);
  }

  /// A cursor that keeps its sources; takes over a lease.
  ///
  /// @param release gives back what keeps the sources alive
  /// @param merged all sources, memtables first
  /// @param tombstones the deleted ranges of all sources
  /// @param sequence shows no later batch than this
  public LiveCursor(
      Leases leases,
      Runnable release,
      MergingCursor merged,
      RangeTombstones tombstones,
      long sequence,
      KeyRange range) {
    this(leases, new Sources(merged, tombstones, release), _ -> null, sequence, range);
  }

  /// A cursor; takes over a lease.
  ///
  /// @param sources what it reads at first
  /// @param renewal asked whenever it is sent to a place
  /// @param sequence shows no later batch than this
  public LiveCursor(
      Leases leases, Sources sources, Renewal renewal, long sequence, KeyRange range) {
    this.leases = leases;
    this.renewal = renewal;
    this.sources = sources;
    this.merged = sources.merged();
    this.sequence = sequence;
    this.tombstones = sources.tombstones();
    byte[] first = range.from();
    byte[] last = range.to();
    this.from = first == null || first.length == 0 ? null : MemorySegment.ofArray(first);
    this.to = last == null ? null : MemorySegment.ofArray(last);
    this.toWord = limitWord();
  }

  private long limitWord() {
    MemorySegment end = to;
    return end == null ? -1 : merged.words().of(end, 0, size(end));
  }

  /// Takes newer sources, where there are any; before a move that does not depend on the place.
  private void renew() {
    requireOpen();
    Sources newer = renewal.newer(sources);
    if (newer != null) {
      take(newer);
    }
  }

  private void take(Sources newer) {
    leave();
    merged.close();
    sources.release().run();
    sources = newer;
    merged = newer.merged();
    tombstones = newer.tombstones();
    toWord = limitWord();
    fragment = -1;
    referenceSource = null;
  }

  /// Whether newer sources were taken; a copy of the target is in [#key] then, since the target may
  /// be of the sources before.
  private boolean renewed(MemorySegment target, long offset, int length) {
    requireOpen();
    Sources newer = renewal.newer(sources);
    if (newer == null) {
      return false;
    }
    key.set(target, offset, length);
    take(newer);
    return true;
  }

  @Override
  public boolean first() {
    renew();
    MemorySegment start = from;
    if (start == null) {
      merged.first();
    } else {
      merged.seek(start, 0, (int) start.byteSize(), Tag.visibleAt(sequence));
    }
    return forward(false);
  }

  @Override
  public boolean last() {
    renew();
    MemorySegment end = to;
    if (end == null) {
      merged.last();
    } else {
      merged.seekBefore(end, 0, (int) end.byteSize(), Tag.FIRST);
    }
    return backward();
  }

  @Override
  public boolean seek(MemorySegment target, long offset, int length) {
    if (renewed(target, offset, length)) {
      return seek(key.segment(), 0, length);
    }
    MemorySegment start = from;
    if (start != null && Keys.compare(target, offset, length, start, 0, size(start)) < 0) {
      return first();
    }
    merged.seek(target, offset, length, Tag.visibleAt(sequence));
    return forward(false);
  }

  @Override
  public boolean seekAtOrBefore(MemorySegment target, long offset, int length) {
    if (renewed(target, offset, length)) {
      return seekAtOrBefore(key.segment(), 0, length);
    }
    MemorySegment end = to;
    if (end != null && Keys.compare(target, offset, length, end, 0, size(end)) >= 0) {
      return last();
    }
    merged.seekBefore(target, offset, length, BEHIND_ALL_VERSIONS);
    return backward();
  }

  @Override
  public boolean next() {
    requireOpen();
    if (place == Place.NONE) {
      return first();
    }
    if (place == Place.BACKWARD) {
      merged.seek(key.segment(), 0, key.length(), BEHIND_ALL_VERSIONS);
      return forward(false);
    }
    keep(merged.top());
    merged.next();
    return forward(true);
  }

  @Override
  public boolean previous() {
    requireOpen();
    if (place == Place.NONE) {
      return last();
    }
    if (place == Place.FORWARD) {
      keep(merged.top());
      merged.seekBefore(key.segment(), 0, key.length(), Tag.FIRST);
    }
    return backward();
  }

  private void keep(EntryCursor current) {
    key.set(current.keySegment(), current.keyOffset(), current.keyLength());
    keyWord = current.keyWord();
  }

  private boolean isKept(EntryCursor current) {
    return current.keyWord() == keyWord
        && key.isEqual(current.keySegment(), current.keyOffset(), current.keyLength());
  }

  @Override
  public boolean isValid() {
    return place != Place.NONE;
  }

  @Override
  public MemorySegment keySegment() {
    EntryCursor current = entry;
    return current != null ? current.keySegment() : shownKey().segment();
  }

  @Override
  public long keyOffset() {
    EntryCursor current = entry;
    return current != null ? current.keyOffset() : 0;
  }

  @Override
  public int keyLength() {
    EntryCursor current = entry;
    return current != null ? current.keyLength() : shownKey().length();
  }

  @Override
  public MemorySegment valueSegment() {
    EntryCursor current = entry;
    return current != null ? fetched(current).valueSegment() : shownValue().segment();
  }

  @Override
  public long valueOffset() {
    EntryCursor current = entry;
    return current != null ? fetched(current).valueOffset() : 0;
  }

  @Override
  public int valueLength() {
    EntryCursor current = entry;
    return current != null ? fetched(current).valueLength() : shownValue().length();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      leave();
      merged.close();
      sources.release().run();
      leases.release();
    }
  }

  private KeyCopy shownKey() {
    requireEntry();
    return key;
  }

  private KeyCopy shownValue() {
    requireEntry();
    EntryCursor source = referenceSource;
    if (source != null) {
      source.readValue(reference.segment(), 0, reference.length(), value);
      referenceSource = null;
    }
    return value;
  }

  private static EntryCursor fetched(EntryCursor current) {
    if (current.valueElsewhere()) {
      current.fetchValue();
    }
    return current;
  }

  private void requireEntry() {
    if (place == Place.NONE) {
      requireOpen();
      throw new IllegalStateException("the cursor stands on no entry");
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new StorageException.Closed("the cursor was closed");
    }
    leases.requireOpen();
  }

  private boolean leave() {
    place = Place.NONE;
    entry = null;
    return false;
  }

  /// Goes on to the first live entry from where the merged entries stand.
  ///
  /// @param skip whether entries of [#key] are to be passed over
  private boolean forward(boolean skip) {
    boolean skipping = skip;
    while (merged.isValid()) {
      EntryCursor top = merged.top();
      if (isBehindRange(top)) {
        break;
      }
      long tag = top.tag();
      long newest = Tag.sequence(tag);
      if (newest > sequence || (skipping && isKept(top))) {
        merged.next();
        continue;
      }
      long covering = covering(top);
      if (covering > newest) {
        passCovered(top, covering);
        skipping = true;
      } else if (Tag.kind(tag) == Tag.DELETE) {
        keep(top);
        skipping = true;
        merged.next();
      } else {
        top.checkValue();
        place = Place.FORWARD;
        entry = top;
        return true;
      }
    }
    return leave();
  }

  /// Goes on from an entry that a range delete covers, over all that it covers in its source when
  /// nothing there is newer.
  private void passCovered(EntryCursor top, long covering) {
    keep(top);
    if (top.sequenceMax() >= covering) {
      merged.next();
    } else if (tombstones.hasEnd(fragment)) {
      merged.seekTop(
          tombstones.boundSegment(),
          tombstones.boundOffset(fragment + 1),
          tombstones.boundLength(fragment + 1),
          Tag.FIRST);
    } else {
      merged.endTop();
    }
  }

  /// Goes back to the last live entry from where the merged entries stand.
  private boolean backward() {
    entry = null;
    while (merged.isValid()) {
      EntryCursor top = merged.top();
      MemorySegment start = from;
      if (start != null
          && Keys.compare(top.keySegment(), top.keyOffset(), top.keyLength(), start, 0, size(start))
              < 0) {
        break;
      }
      keep(top);
      if (versionsBackward()) {
        place = Place.BACKWARD;
        return true;
      }
    }
    return leave();
  }

  /// Goes before the versions of [#key].
  ///
  /// @return whether the newest visible one is live; it was copied then
  private boolean versionsBackward() {
    boolean live = false;
    while (merged.isValid()) {
      EntryCursor top = merged.top();
      if (!isKept(top)) {
        break;
      }
      long newest = Tag.sequence(top.tag());
      if (newest <= sequence) {
        live = Tag.kind(top.tag()) != Tag.DELETE && covering(top) <= newest;
        if (live) {
          keepValue(top);
        }
      }
      merged.previous();
    }
    return live;
  }

  private void keepValue(EntryCursor top) {
    top.checkValue();
    boolean elsewhere = top.valueElsewhere();
    referenceSource = elsewhere ? top : null;
    (elsewhere ? reference : value).set(top.valueSegment(), top.valueOffset(), top.valueLength());
  }

  private boolean isBehindRange(EntryCursor top) {
    MemorySegment end = to;
    if (end == null) {
      return false;
    }
    int order = Long.compareUnsigned(top.keyWord(), toWord);
    return order > 0
        || (order == 0
            && Keys.compare(top.keySegment(), top.keyOffset(), top.keyLength(), end, 0, size(end))
                >= 0);
  }

  /// The highest visible sequence number of what covers an entry's key.
  private long covering(EntryCursor top) {
    if (tombstones.isEmpty()) {
      return RangeTombstones.NONE;
    }
    MemorySegment segment = top.keySegment();
    long offset = top.keyOffset();
    int length = top.keyLength();
    boolean known =
        fragment >= 0
            && fragment < tombstones.fragments()
            && !tombstones.isBehind(fragment, segment, offset, length)
            && !tombstones.isBefore(fragment, segment, offset, length);
    if (!known) {
      fragment = tombstones.locate(segment, offset, length);
    }
    return tombstones.covering(fragment, sequence);
  }

  private static int size(MemorySegment bound) {
    return (int) bound.byteSize();
  }
}
