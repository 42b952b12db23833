package dev.plinth.engine.bitcask;

import dev.plinth.kit.epoch.Epochs;
import dev.plinth.kit.memory.Keys;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Merges: copies what is live in some sealed files to new ones and drops the rest.
/// 1. Live records are copied, with those tombstones that must stay; the copies and their hints are
///    synced.
/// 2. The index is told, record by record: only where it still names the old place.
/// 3. Everything visible is synced, so that whatever made a dropped record dead is durable.
/// 4. One manifest edit adds the new files and drops the old ones.
/// 5. An old file is deleted when no reader, snapshot or cursor can name it any more.
///
/// A tombstone stays while any other file, older than it, holds a dead put: that put would be live
/// again without it. One merge at a time, under [#lock()].
final class Merger {
  private static final int SWAPS_PER_LOCK = 256;

  /// Hash, old word, new word, old and new size.
  private static final int SWAP_LONGS = 4;

  private static final int PASSES_MAX = 3;
  private static final byte[] NO_BYTES = {};

  /// The garbage fraction that is worth a merge when space runs out.
  private static final double PRESSED_GARBAGE_MIN = 0.05;

  private static final long PACE_BYTES = 64 << 10;
  private static final long PAUSE_NANOS_MAX = 20_000_000;

  private final ReentrantLock lock = new ReentrantLock();
  private final BitcaskOptions options;
  private final MergePolicy policy;
  private final MergePolicy pressedPolicy;
  private final FileTable table;
  private final DataFiles files;
  private final CatalogLog catalog;
  private final LiveState live;
  private final Records records;
  private final Committer committer;
  private final Snapshots snapshots;
  private final SortedViews views;
  private final Epochs epochs;
  private final Health health;
  private final Reserve reserve;
  private final TombstoneRule rule;
  private final Consumer<EngineEvent> events;
  private final Consumer<RuntimeException> poison;
  private final Set<Integer> damaged = ConcurrentHashMap.newKeySet();
  private StorageException.@Nullable NoSpace noSpace;
  private long merges;
  private long bytesRead;
  private long bytesKept;
  private long bytesWritten;

  Merger(
      BitcaskOptions options,
      FileTable table,
      DataFiles files,
      CatalogLog catalog,
      LiveState live,
      Records records,
      Committer committer,
      Snapshots snapshots,
      SortedViews views,
      Epochs epochs,
      Health health,
      Reserve reserve,
      TombstoneRule rule,
      Consumer<EngineEvent> events,
      Consumer<RuntimeException> poison) {
    this.options = options;
    this.policy = new MergePolicy(options.mergeGarbageMin(), options.fileBytesMax());
    this.pressedPolicy =
        new MergePolicy(
            Math.min(PRESSED_GARBAGE_MIN, options.mergeGarbageMin()), options.fileBytesMax());
    this.table = table;
    this.files = files;
    this.catalog = catalog;
    this.live = live;
    this.records = records;
    this.committer = committer;
    this.snapshots = snapshots;
    this.views = views;
    this.epochs = epochs;
    this.health = health;
    this.reserve = reserve;
    this.rule = rule;
    this.events = events;
    this.poison = poison;
  }

  /// Held during a merge, and by whoever must not see files go.
  ReentrantLock lock() {
    return lock;
  }

  long merges() {
    return merges;
  }

  long bytesRead() {
    return bytesRead;
  }

  /// The bytes of data files that merges have written, hints left out.
  long bytesKept() {
    return bytesKept;
  }

  long bytesWritten() {
    return bytesWritten;
  }

  /// Whether a merge is worth it now.
  ///
  /// @param pressed whether nearly any garbage is worth it
  boolean isDue(boolean pressed) {
    return !choose(pressed).isEmpty();
  }

  /// Merges once when it is worth it.
  ///
  /// @param pressed whether nearly any garbage is worth it
  /// @return whether another merge may be worth it
  boolean mergeOnce(boolean pressed) {
    lock.lock();
    try {
      List<DataFile> chosen = filesOf(choose(pressed));
      return !chosen.isEmpty() && hasRoomFor(chosen) && merge(chosen);
    } finally {
      lock.unlock();
    }
  }

  private List<MergePolicy.Candidate> choose(boolean pressed) {
    return (pressed ? pressedPolicy : policy).choose(candidates(), committer.visible());
  }

  /// Whether the copies fit under `space.bytes.max`, if need be by giving up snapshots that keep
  /// replaced files.
  private boolean hasRoomFor(List<DataFile> victims) {
    long max = options.spaceBytesMax();
    long copies = victims.stream().mapToLong(DataFile::liveRecordBytes).sum();
    while (max > 0
        && files.bytes() + reserve.bytes() + copies > max
        && snapshots.deferredCount() > 0
        && snapshots.expireOldest()) {
      epochs.poll();
    }
    return max == 0 || copies == 0 || files.bytes() + reserve.bytes() + copies <= max;
  }

  /// Merges until no sealed file has garbage of a range, oldest records first, so that tombstones
  /// find nothing older. What becomes garbage meanwhile may stay.
  void mergeAll(KeyRange range) {
    lock.lock();
    try {
      boolean more = true;
      for (int pass = 0; more && pass < PASSES_MAX; pass++) {
        Set<Integer> due = new HashSet<>();
        for (DataFile file : sealed()) {
          if (range.equals(KeyRange.all()) || mayHaveGarbageIn(file, range)) {
            due.add(file.number);
          }
        }
        more = false;
        for (List<DataFile> group = group(due); !group.isEmpty(); group = group(due)) {
          group.forEach(file -> due.remove(file.number));
          if (!merge(group)) {
            throwNoSpace();
            return;
          }
          more = true;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /// As [#hasGarbageIn], where a damaged file is left to the merge to find.
  private boolean mayHaveGarbageIn(DataFile file, KeyRange range) {
    try {
      return hasGarbageIn(file, range);
    } catch (StorageException.Corrupt e) {
      return true;
    }
  }

  /// Whether a file holds a dead put of a range, or a delete that concerns it.
  private boolean hasGarbageIn(DataFile file, KeyRange range) {
    MemorySegment from = MemorySegment.ofArray(Objects.requireNonNullElse(range.from(), NO_BYTES));
    byte[] end = range.to();
    MemorySegment to = MemorySegment.ofArray(Objects.requireNonNullElse(end, NO_BYTES));
    Window window = file.window(0);
    MemorySegment memory = window.segment();
    for (long at = DataFileFormat.HEADER_BYTES; at < file.bytes(); ) {
      long parsed = records.parse(file, window, at);
      int kind = RecordFormat.kind(parsed);
      long key = at + RecordFormat.headerBytes(parsed);
      int length = RecordFormat.keyLength(parsed);
      boolean inside =
          Keys.compare(memory, key, length, from, 0, (int) from.byteSize()) >= 0
              && (end == null || Keys.compare(memory, key, length, to, 0, (int) to.byteSize()) < 0);
      if (kind == RecordFormat.RANGE || (inside && kind == RecordFormat.DELETE)) {
        return true;
      }
      if (inside && kind == RecordFormat.PUT) {
        long hash = KeyHash.of(memory, key, length);
        if (!isLive(hash, Slots.word(hash, file.slot, at))) {
          return true;
        }
      }
      at += RecordFormat.recordBytes(parsed);
    }
    return false;
  }

  private boolean isLive(long hash, long word) {
    long token = epochs.enter();
    try {
      return live.index.holds(hash, word);
    } finally {
      epochs.exit(token);
    }
  }

  /// Merges certain sealed files, together.
  void mergeFiles(Set<Integer> numbers) {
    lock.lock();
    try {
      merge(sealed().stream().filter(file -> numbers.contains(file.number)).toList());
    } finally {
      lock.unlock();
    }
  }

  private void throwNoSpace() {
    StorageException.NoSpace cause = noSpace;
    noSpace = null;
    if (cause != null) {
      throw cause;
    }
  }

  /// The files with the oldest records that have garbage, as many as make one file.
  private List<DataFile> group(Set<Integer> due) {
    List<DataFile> group = new ArrayList<>();
    long bytes = 0;
    List<DataFile> oldestFirst = new ArrayList<>(sealed());
    oldestFirst.sort(Comparator.comparingLong(file -> file.tally.minSequence()));
    for (DataFile file : oldestFirst) {
      boolean worth =
          due.contains(file.number) && file.garbageBytes(tombstonesGo(file, Set.of(file))) > 0;
      if (worth) {
        bytes += file.liveRecordBytes();
        if (!group.isEmpty() && bytes > options.fileBytesMax()) {
          break;
        }
        group.add(file);
      }
    }
    return group;
  }

  private List<DataFile> sealed() {
    return table.all().stream()
        .filter(file -> file.isSealed() && !file.isObsolete() && !damaged.contains(file.number))
        .toList();
  }

  private List<MergePolicy.Candidate> candidates() {
    List<MergePolicy.Candidate> candidates = new ArrayList<>();
    for (DataFile file : sealed()) {
      candidates.add(
          new MergePolicy.Candidate(
              file.number,
              file.bytes(),
              file.garbageBytes(tombstonesGo(file, Set.of(file))),
              file.tally.maxSequence()));
    }
    return candidates;
  }

  private List<DataFile> filesOf(List<MergePolicy.Candidate> chosen) {
    List<DataFile> victims = new ArrayList<>();
    for (DataFile file : sealed()) {
      if (chosen.stream().anyMatch(candidate -> candidate.number() == file.number)) {
        victims.add(file);
      }
    }
    return victims;
  }

  /// Whether no file but the victims may hold a put that a tombstone of this file keeps dead.
  private boolean tombstonesGo(DataFile file, Set<DataFile> victims) {
    return rule.mayGo(file.tally.maxSequence(), oldestDeadPut(victims));
  }

  /// The lowest sequence that a dead put outside of the victims may have.
  long oldestDeadPut(Set<DataFile> victims) {
    long oldest = Long.MAX_VALUE;
    for (DataFile file : table.all()) {
      if (!file.isObsolete() && !victims.contains(file) && file.hasDeadPuts()) {
        oldest = Math.min(oldest, file.tally.minSequence());
      }
    }
    return oldest;
  }

  private boolean merge(List<DataFile> victims) {
    long begin = System.nanoTime();
    try (Merge merge = new Merge(victims)) {
      if (!merge.copy()) {
        return false;
      }
      merge.install();
      bytesRead += merge.read;
      bytesKept += merge.kept;
      bytesWritten += merge.written;
      merges++;
      reserve.hold();
      events.accept(
          new EngineEvent.Compacted(
              victims.size() + " of the data files",
              merge.read,
              merge.written,
              System.nanoTime() - begin));
      return true;
    } catch (StorageException.NoSpace e) {
      if (reserve.release()) {
        return merge(victims);
      }
      noSpace = e;
      events.accept(new EngineEvent.Stalled("no space to merge: " + e.getMessage(), 0));
      return false;
    } catch (StorageException.Corrupt e) {
      victims.stream()
          .filter(file -> file.path.equals(e.file()))
          .forEach(file -> damaged.add(file.number));
      return true;
    }
  }

  /// One merge: its victims, its outputs, and the words to be swapped.
  private final class Merge implements AutoCloseable {
    private final List<DataFile> victims;
    private final long oldestDeadPut;
    private final long baseSequence;
    private final List<Output> outputs = new ArrayList<>();
    private final LongList swaps = new LongList();
    private boolean installed;
    private long read;
    private long kept;
    private long written;
    private long paceBytes;

    Merge(List<DataFile> victims) {
      this.victims = victims;
      this.oldestDeadPut = oldestDeadPut(new HashSet<>(victims));
      this.baseSequence =
          victims.stream().mapToLong(file -> file.tally.minSequence()).min().orElse(0);
    }

    /// Copies and syncs.
    ///
    /// @return false when the engine closes meanwhile
    boolean copy() {
      for (DataFile victim : victims) {
        if (!copyFile(victim)) {
          return false;
        }
      }
      for (Output output : outputs) {
        output.finish();
      }
      if (!outputs.isEmpty()) {
        files.syncDirectory();
      }
      for (Output output : outputs) {
        files.map(output.file, output.entry);
        output.file.seal(output.entry);
        kept += output.file.bytes();
        written += output.file.bytes() + output.file.hintBytes();
      }
      return true;
    }

    private boolean copyFile(DataFile victim) {
      Window window = victim.window(0);
      MemorySegment memory = window.segment();
      long end = victim.bytes();
      long at = DataFileFormat.HEADER_BYTES;
      while (at < end) {
        if (health.isClosed() || health.isPoisoned()) {
          return false;
        }
        long parsed = records.parseChecked(victim, window, at);
        long bytes = RecordFormat.recordBytes(parsed);
        int kind = RecordFormat.kind(parsed);
        if (kind <= RecordFormat.RANGE) {
          copyRecord(victim, memory, at, parsed, kind);
        }
        read += bytes;
        at += bytes;
        pace(bytes);
      }
      return true;
    }

    private void copyRecord(DataFile victim, MemorySegment memory, long at, long parsed, int kind) {
      long sequence =
          victim.baseSequence + RecordFormat.sequenceDelta(memory, at, memory.byteSize());
      long key = at + RecordFormat.headerBytes(parsed);
      int keyLength = RecordFormat.keyLength(parsed);
      long hash = KeyHash.of(memory, key, keyLength);
      long word = Slots.word(hash, victim.slot, at);
      boolean keep =
          kind == RecordFormat.PUT ? isLive(hash, word) : !rule.mayGo(sequence, oldestDeadPut);
      if (!keep) {
        return;
      }
      Output output = output(RecordFormat.recordBytes(parsed));
      long offset = output.add(memory, at, parsed, sequence, hash);
      if (kind == RecordFormat.PUT) {
        swaps.add(hash);
        swaps.add(word);
        swaps.add(Slots.word(hash, output.file.slot, offset));
        swaps.add(RecordFormat.recordBytes(parsed) << 32 | (output.writer.position() - offset));
      }
    }

    private Output output(long bytes) {
      if (outputs.isEmpty()
          || outputs.getLast().writer.position() + bytes > options.fileBytesMax()) {
        outputs.add(new Output(baseSequence));
      }
      return outputs.getLast();
    }

    /// Makes the copies take effect. From the first swap on there is no way back.
    void install() {
      try {
        swapAndCommit();
      } catch (RuntimeException e) {
        poison.accept(e);
        throw e;
      }
      for (DataFile victim : victims) {
        victim.retire();
        snapshots.defer(() -> epochs.retire(() -> delete(victim)));
      }
      views.dropIdle();
    }

    private void swapAndCommit() {
      long step = (long) SWAP_LONGS * SWAPS_PER_LOCK;
      for (long i = 0; i < swaps.size(); i += step) {
        swap(i, Math.min(swaps.size(), i + step));
      }
      committer.awaitDurable(committer.visible());
      List<CatalogEdit> edits = new ArrayList<>();
      outputs.forEach(output -> edits.add(new CatalogEdit.File(output.entry)));
      victims.forEach(victim -> edits.add(new CatalogEdit.Drop(victim.number)));
      catalog.append(edits);
      installed = true;
    }

    private void swap(long from, long to) {
      committer.lock().lock();
      try {
        for (long i = from; i < to; i += SWAP_LONGS) {
          long before = swaps.get(i + 1);
          long after = swaps.get(i + 2);
          if (live.move(swaps.get(i), before, after)) {
            long bytes = swaps.get(i + 3);
            records.file(before).removeLive(bytes >>> 32);
            records.file(after).addLive(bytes & 0xffff_ffffL);
          }
        }
      } finally {
        committer.lock().unlock();
      }
    }

    private void delete(DataFile victim) {
      try {
        files.delete(victim);
      } catch (StorageException e) {
        events.accept(new EngineEvent.Damaged(victim.path, 0, "not deleted: " + e.getMessage()));
      }
    }

    /// Waits when the merge is faster than it may be, but not when the engine closes.
    private void pace(long bytes) {
      long perSecond = options.mergeBytesPerSecondMax();
      paceBytes += bytes;
      if (perSecond > 0 && paceBytes >= PACE_BYTES) {
        long end = System.nanoTime() + (long) (paceBytes * 1e9 / perSecond);
        for (long left = end - System.nanoTime();
            left > 0 && !health.isClosed() && !health.isPoisoned();
            left = end - System.nanoTime()) {
          LockSupport.parkNanos(Math.min(left, PAUSE_NANOS_MAX));
        }
        paceBytes = 0;
      }
    }

    @Override
    public void close() {
      swaps.close();
      for (Output output : outputs) {
        output.close();
        if (!installed && !health.isPoisoned()) {
          delete(output.file);
        }
      }
    }
  }

  /// A new file of a merge, with its hint.
  private final class Output implements AutoCloseable {
    private final DataFile file;
    private final RecordWriter writer;
    private final HintWriter hint;
    private FileEntry entry;

    Output(long baseSequence) {
      file = files.create(FileEntry.Kind.MERGED, baseSequence);
      entry = FileEntry.open(file.number, file.kind, file.identity, baseSequence);
      writer = new RecordWriter(file.file(), file.identity, baseSequence, ByteCause.COMPACTION);
      hint = files.hintWriter(file);
    }

    long add(MemorySegment memory, long at, long parsed, long sequence, long hash) {
      long offset = writer.copy(memory, at, parsed, true, sequence);
      hint.add(
          RecordFormat.kind(parsed),
          hash,
          offset,
          writer.position() - offset,
          sequence - file.baseSequence,
          RecordFormat.keyLength(parsed),
          RecordFormat.valueLength(parsed));
      file.tally.add(RecordFormat.kind(parsed), sequence);
      if (RecordFormat.kind(parsed) != RecordFormat.PUT) {
        file.addTombstone(writer.position() - offset);
      }
      return offset;
    }

    void finish() {
      writer.finish();
      file.bytes(writer.position());
      file.diskBytes(writer.position());
      file.hintBytes(hint.finish(writer.position()));
      files.addBytes(writer.position() - DataFileFormat.HEADER_BYTES + file.hintBytes());
      entry = entry.seal(writer.position(), file.tally);
      file.closeFile();
    }

    @Override
    public void close() {
      hint.close();
      writer.close();
    }
  }
}
