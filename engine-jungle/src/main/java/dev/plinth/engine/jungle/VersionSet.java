package dev.plinth.engine.jungle;

import dev.plinth.kit.tree.TableNames;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The tables that make up the tree now, and those of snapshots with a name, as the manifest says
/// durably. Edits are installed by one thread at a time, as the manifest installs them; any thread
/// may ask.
final class VersionSet {
  private final Disk disk;
  private final Path directory;
  private final int levelCount;
  private final AtomicLong nextNumber = new AtomicLong(1);
  private final TreeMap<Long, VersionEdit.Placed> placed = new TreeMap<>();
  private final Map<Long, TableHandle> handles = new HashMap<>();
  private final Map<Long, TableFile> files = new HashMap<>();
  private final TreeMap<String, VersionEdit.Kept> kept = new TreeMap<>();
  private final Map<String, Version> keptVersions = new HashMap<>();
  private volatile long flushedSequence;
  private long logPosition;
  private Map<Long, Long> applied = Map.of();
  private @Nullable Version current;

  VersionSet(Disk disk, Path directory, int levelCount) {
    this.disk = disk;
    this.directory = directory;
    this.levelCount = levelCount;
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

  /// Every table that the store needs, by number, each in its longest state.
  synchronized Map<Long, TableMeta> tables() {
    Map<Long, TableMeta> all = new HashMap<>();
    placed.values().forEach(p -> all.put(p.table().number(), p.table()));
    for (VersionEdit.Kept one : kept.values()) {
      for (VersionEdit.Placed p : one.tables()) {
        all.merge(p.table().number(), p.table(), (a, b) -> a.bytes() >= b.bytes() ? a : b);
      }
    }
    return all;
  }

  /// Takes an edit over that is in the manifest.
  ///
  /// @return why the edit makes no sense; null when it does
  synchronized @Nullable String recover(VersionEdit edit) {
    for (VersionEdit.Placed table : edit.added()) {
      if (table.level() < 0 || table.level() >= levelCount) {
        return "table " + table.table().number() + " is in level " + table.level();
      }
    }
    for (long number : edit.removed()) {
      if (placed.remove(number) == null) {
        return "table " + number + " is removed and was not there";
      }
    }
    for (String name : edit.dropped()) {
      if (kept.remove(name) == null) {
        return "snapshot " + name + " is dropped and was not there";
      }
    }
    take(edit);
    return null;
  }

  /// The version of what was recovered; once, before any [#apply].
  synchronized Version start() {
    placed.values().forEach(p -> place(p.table()));
    Version version = new Version(levelCount, placed, handles);
    current = version;
    kept.values().forEach(this::openKept);
    return version;
  }

  /// A handle of a table that no edit has placed yet, with a reference for the caller.
  synchronized TableHandle unplaced(TableMeta meta) {
    TableHandle handle = new TableHandle(disk, file(meta.number()), meta);
    handle.retain();
    return handle;
  }

  /// Takes an edit over that was made durable.
  ///
  /// @return the new version, with a reference for the caller; the reference of this set for the
  ///   version before was given back
  synchronized Version apply(VersionEdit edit) {
    for (long number : edit.removed()) {
      placed.remove(number);
    }
    Set<Long> candidates = new HashSet<>(edit.removed());
    for (String name : edit.dropped()) {
      VersionEdit.Kept gone = kept.remove(name);
      if (gone != null) {
        gone.tables().forEach(p -> candidates.add(p.table().number()));
      }
    }
    for (VersionEdit.Kept one : edit.kept()) {
      one.tables().forEach(p -> candidates.add(p.table().number()));
    }
    take(edit);
    for (long number : edit.removed()) {
      if (!placed.containsKey(number)) {
        handles.remove(number);
      }
    }
    edit.added().forEach(p -> place(p.table()));
    Version version = new Version(levelCount, placed, handles);
    version.retain();
    edit.kept().forEach(this::openKept);
    markObsolete(candidates);
    for (String name : edit.dropped()) {
      Version gone = kept.containsKey(name) ? null : keptVersions.remove(name);
      if (gone != null) {
        gone.release();
      }
    }
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

  /// The version of a snapshot with a name, with a reference for the caller; null when there is
  /// none.
  synchronized @Nullable Version keptVersion(String name) {
    Version version = keptVersions.get(name);
    if (version != null) {
      version.retain();
    }
    return version;
  }

  /// The snapshots with names, sorted by name.
  synchronized List<VersionEdit.Kept> kept() {
    return List.copyOf(kept.values());
  }

  /// A snapshot with a name, or null.
  synchronized VersionEdit.@Nullable Kept kept(String name) {
    return kept.get(name);
  }

  /// Gives the references of this set back.
  synchronized void close() {
    Version version = current;
    current = null;
    if (version != null) {
      version.release();
    }
    keptVersions.values().forEach(Version::release);
    keptVersions.clear();
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
        List.copyOf(kept.values()),
        List.of());
  }

  private void take(VersionEdit edit) {
    for (VersionEdit.Placed table : edit.added()) {
      placed.put(table.table().number(), table);
    }
    edit.kept().forEach(one -> kept.put(one.name(), one));
    nextNumber.accumulateAndGet(edit.nextNumber(), Math::max);
    logPosition = Math.max(logPosition, edit.logPosition());
    if (edit.flushedSequence() > flushedSequence) {
      applied = edit.applied();
      flushedSequence = edit.flushedSequence();
    }
  }

  private void place(TableMeta meta) {
    TableHandle known = handles.get(meta.number());
    if (known == null || known.meta().header() != meta.header()) {
      handles.put(meta.number(), new TableHandle(disk, file(meta.number()), meta));
    }
  }

  private TableFile file(long number) {
    return files.computeIfAbsent(
        number, n -> new TableFile(disk, directory.resolve(TableNames.table(n))));
  }

  private void openKept(VersionEdit.Kept one) {
    TreeMap<Long, VersionEdit.Placed> tables = new TreeMap<>();
    Map<Long, TableHandle> own = new HashMap<>();
    for (VersionEdit.Placed p : one.tables()) {
      TableMeta meta = p.table();
      tables.put(meta.number(), p);
      own.put(meta.number(), new TableHandle(disk, file(meta.number()), meta));
    }
    keptVersions.put(one.name(), new Version(levelCount, tables, own));
  }

  /// Called before references are given back, so that the last of them deletes the file.
  private void markObsolete(Set<Long> candidates) {
    Set<Long> needed = new HashSet<>(placed.keySet());
    for (VersionEdit.Kept one : kept.values()) {
      one.tables().forEach(p -> needed.add(p.table().number()));
    }
    for (long number : candidates) {
      file(number).setObsolete(!needed.contains(number));
    }
    files.values().removeIf(TableFile::isGone);
  }
}
