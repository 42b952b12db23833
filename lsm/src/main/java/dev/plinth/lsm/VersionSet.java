package dev.plinth.lsm;

import dev.plinth.lsm.cache.BlockCache;
import dev.plinth.lsm.table.VerifiedRecords;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The tables that make up the tree now, as the manifest says durably. Edits are installed by one
/// thread at a time, as the manifest installs them; any thread may ask.
final class VersionSet {
  private final Disk disk;
  private final Path directory;
  private final int levelCount;
  private final BlockCache cache;
  private final AtomicLong nextNumber = new AtomicLong(1);
  private final TreeMap<Long, VersionEdit.Placed> placed = new TreeMap<>();
  private final Map<Long, TableHandle> handles = new HashMap<>();
  private final VerifiedRecords verified = new VerifiedRecords();
  private final BlobCensus blobs;
  private volatile long flushedSequence;
  private long logPosition;
  private Map<Long, Long> applied = Map.of();
  private @Nullable Version current;

  /// @param cache holds unpacked blocks of tables
  VersionSet(Disk disk, Path directory, int levelCount, BlockCache cache) {
    this.cache = cache;
    this.blobs = new BlobCensus(disk, directory, verified);
    this.disk = disk;
    this.directory = directory;
    this.levelCount = levelCount;
  }

  /// Holds unpacked blocks of tables.
  BlockCache cache() {
    return cache;
  }

  /// Which records of blob files were verified.
  VerifiedRecords verifiedRecords() {
    return verified;
  }

  /// Takes a number for a file.
  long newNumber() {
    return nextNumber.getAndIncrement();
  }

  /// No file has this number or a higher one.
  long nextNumber() {
    return nextNumber.get();
  }

  long flushedSequence() {
    return flushedSequence;
  }

  synchronized long logPosition() {
    return logPosition;
  }

  synchronized Map<Long, Long> applied() {
    return applied;
  }

  /// The numbers of all tables.
  Set<Long> tableNumbers() {
    return placed.keySet();
  }

  /// The numbers of all blob files.
  Set<Long> blobNumbers() {
    return blobs.numbers();
  }

  /// Takes an edit over that is in the manifest.
  ///
  /// @return why the edit makes no sense; null when it does
  @Nullable String recover(VersionEdit edit) {
    for (VersionEdit.Placed table : edit.added()) {
      if (table.level() < 0 || table.level() >= levelCount) {
        return "table " + table.table().number() + " is in level " + table.level();
      }
    }
    for (long number : edit.removed()) {
      if (!remove(number)) {
        return "table " + number + " is removed and was not there";
      }
    }
    Long missing = take(edit);
    blobs.prune();
    return missing == null ? null : "a table names blob file " + missing + ", which is not there";
  }

  /// The version of what was recovered; once, before any [#apply].
  synchronized Version start() {
    placed.values().forEach(p -> handle(p.table()));
    Version version = new Version(levelCount, placed, handles, blobs.now());
    current = version;
    return version;
  }

  /// Takes an edit over that was made durable.
  ///
  /// @return the new version, with a reference for the caller; the reference of this set for the
  ///   version before was given back
  synchronized Version apply(VersionEdit edit) {
    List<FileHandle<?>> gone = new ArrayList<>();
    edit.removed().forEach(this::remove);
    take(edit);
    for (long number : edit.removed()) {
      if (!placed.containsKey(number)) {
        TableHandle handle = handles.remove(number);
        if (handle != null) {
          gone.add(handle);
        }
      }
    }
    gone.addAll(blobs.prune());
    edit.added().forEach(p -> handle(p.table()));
    Version version = new Version(levelCount, placed, handles, blobs.now());
    version.retain();
    gone.forEach(FileHandle::markObsolete);
    Version before = current;
    current = version;
    if (before != null) {
      before.release();
    }
    return version;
  }

  /// The newest version, with a reference for the caller.
  synchronized Version current() {
    Version version = current;
    if (version == null) {
      throw new IllegalStateException("not started");
    }
    version.retain();
    return version;
  }

  /// Whether a table of the newest version holds a deleted range.
  synchronized boolean hasRanges() {
    Version version = current;
    return version != null && version.hasRanges();
  }

  /// Gives the reference of the newest version back.
  synchronized void close() {
    Version version = current;
    current = null;
    if (version != null) {
      version.release();
    }
  }

  /// Everything as one edit.
  synchronized VersionEdit snapshot() {
    return new VersionEdit(
        nextNumber.get(),
        flushedSequence,
        logPosition,
        applied,
        List.copyOf(placed.values()),
        List.of(),
        blobs.metas());
  }

  private boolean remove(long number) {
    VersionEdit.Placed gone = placed.remove(number);
    if (gone != null) {
      blobs.forget(gone.table());
    }
    return gone != null;
  }

  /// @return a blob file that a table names and that there is not; null when there are all
  private @Nullable Long take(VersionEdit edit) {
    Long missing = null;
    edit.blobs().forEach(blobs::add);
    for (VersionEdit.Placed table : edit.added()) {
      remove(table.table().number());
      placed.put(table.table().number(), table);
      Long absent = blobs.refer(table.table());
      missing = absent == null ? missing : absent;
    }
    nextNumber.accumulateAndGet(edit.nextNumber(), Math::max);
    logPosition = Math.max(logPosition, edit.logPosition());
    if (edit.flushedSequence() > flushedSequence) {
      applied = edit.applied();
      flushedSequence = edit.flushedSequence();
    }
    return missing;
  }

  private void handle(TableMeta meta) {
    handles.computeIfAbsent(meta.number(), _ -> new TableHandle(disk, directory, meta, cache));
  }
}
