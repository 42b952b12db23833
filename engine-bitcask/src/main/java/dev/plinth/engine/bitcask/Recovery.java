package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Turns what a crash left into sealed files, before anything is loaded.
///
/// Append files that were not sealed are scanned in order. What a watermark covers must be there,
/// or the store is damaged and is refused. What lies above the last watermark may be torn: its
/// whole batches are copied into a new file and synced, since the page cache may show bytes that
/// the disk never got; the rest is cut. One manifest edit makes all of it take effect; before it
/// nothing that was there is changed, so recovery may itself be cut off anywhere.
final class Recovery {
  private final Disk disk;
  private final DataFiles files;
  private final CatalogLog catalog;
  private final Consumer<EngineEvent> events;
  private final boolean inPlace;
  private final List<CatalogEdit> edits = new ArrayList<>();
  private final List<Path> dropped = new ArrayList<>();
  private final GroupIndexes applied = new GroupIndexes();
  private long replayedBatches;

  /// @param inPlace whether unsynced batches are written anew where they stand, since there is no
  ///   room for a copy
  Recovery(
      Disk disk,
      DataFiles files,
      CatalogLog catalog,
      Consumer<EngineEvent> events,
      boolean inPlace) {
    this.disk = disk;
    this.files = files;
    this.catalog = catalog;
    this.events = events;
    this.inPlace = inPlace;
  }

  /// How many batches were found in files that were not sealed.
  long replayedBatches() {
    return replayedBatches;
  }

  void run() {
    List<FileEntry> open =
        catalog.state().files().stream().filter(entry -> !entry.sealed()).toList();
    if (open.isEmpty()) {
      return;
    }
    try (Arena arena = Arena.ofShared()) {
      List<AppendScan> scans = scan(open, arena);
      Watermark mark = catalog.state().synced();
      for (AppendScan scan : scans) {
        mark = scan.watermark().compareTo(mark) > 0 ? scan.watermark() : mark;
      }
      requireSynced(scans, mark);
      rescue(scans, mark);
    }
    for (Path path : dropped) {
      files.deleteFile(path);
    }
  }

  private List<AppendScan> scan(List<FileEntry> open, Arena arena) {
    List<AppendScan> scans = new ArrayList<>();
    long sequence = catalog.state().sequence();
    for (FileEntry entry : open) {
      Path path = files.dataPath(entry.number());
      if (!disk.exists(path)) {
        throw new StorageException.Corrupt(path, 0, "the manifest names this file, it is missing");
      }
      MemorySegment memory = read(path, arena);
      DataFileFormat.check(memory, memory.byteSize(), path, entry.number(), entry.identity());
      AppendScan scan = AppendScan.of(entry, path, memory, sequence);
      sequence = scan.lastSequence();
      scans.add(scan);
    }
    return scans;
  }

  private MemorySegment read(Path path, Arena arena) {
    try (DiskFile file = disk.open(path, OpenMode.READ)) {
      long size = file.size();
      MemorySegment memory = arena.allocate(Math.max(1, size), 8).asSlice(0, size);
      long at = 0;
      while (at < size) {
        int got = file.read(at, memory, at, (int) Math.min(1 << 20, size - at));
        if (got <= 0) {
          throw new StorageException.Corrupt(path, at, "the file ends before its size of " + size);
        }
        at += got;
      }
      return memory;
    }
  }

  /// Refuses a store in which batches are missing that a watermark covers.
  private static void requireSynced(List<AppendScan> scans, Watermark mark) {
    for (AppendScan scan : scans) {
      int number = scan.entry.number();
      boolean missing =
          number == mark.file()
              ? scan.end() < mark.offset()
              : number < mark.file() && scan.restBytes() > 0;
      if (missing) {
        throw new StorageException.Corrupt(
            scan.path,
            scan.stopped(),
            "a record of sequence "
                + (scan.lastSequence() + 1)
                + " is expected, which had been synced; found bytes that are none");
      }
    }
  }

  private void rescue(List<AppendScan> scans, Watermark mark) {
    boolean copies = scans.stream().anyMatch(scan -> synced(scan, mark) < scan.end());
    RescueFile rescued = copies && !inPlace ? new RescueFile() : null;
    try {
      seal(scans, mark, rescued);
    } catch (RuntimeException e) {
      if (rescued != null) {
        rescued.abandon(e);
      }
      throw e;
    }
    catalog.append(edits);
  }

  private void seal(List<AppendScan> scans, Watermark mark, @Nullable RescueFile rescued) {
    for (AppendScan scan : scans) {
      long keep = Math.min(synced(scan, mark), scan.end());
      if (inPlace && keep < scan.end()) {
        writeAnew(scan, keep);
        keep = scan.end();
      }
      replayedBatches += scan.batches();
      long cut = scan.restBytes();
      if (cut > 0) {
        events.accept(new EngineEvent.TailCut(scan.path, scan.end(), cut));
      }
      walk(scan, keep, rescued);
    }
    if (rescued != null) {
      rescued.finish();
      rescued.writer.close();
    }
    applied.forEach((group, index) -> edits.add(new CatalogEdit.Applied(group, index)));
    edits.add(new CatalogEdit.Taken(files.lastNumber(), scans.getLast().lastSequence()));
  }

  /// Hands the same bytes to the disk once more, so that a sync means what it says.
  private void writeAnew(AppendScan scan, long from) {
    try (DiskFile file = disk.open(scan.path, OpenMode.WRITE)) {
      file.write(from, scan.memory, from, scan.end() - from, ByteCause.COMPACTION);
      file.syncAll();
    }
  }

  private static long synced(AppendScan scan, Watermark mark) {
    int number = scan.entry.number();
    if (number < mark.file()) {
      return scan.end();
    }
    return number == mark.file()
        ? Math.max(mark.offset(), DataFileFormat.HEADER_BYTES)
        : DataFileFormat.HEADER_BYTES;
  }

  /// Seals the part of a file that is known to be synced, and copies the batches behind it.
  private void walk(AppendScan scan, long keep, @Nullable RescueFile to) {
    RecordTally kept = new RecordTally();
    MemorySegment memory = scan.memory;
    long at = DataFileFormat.HEADER_BYTES;
    while (at < scan.end()) {
      long parsed = RecordFormat.parse(memory, at, scan.end());
      int kind = RecordFormat.kind(parsed);
      if (kind != RecordFormat.WATERMARK) {
        long sequence =
            scan.entry.baseSequence() + RecordFormat.sequenceDelta(memory, at, scan.end());
        if (at < keep) {
          kept.add(kind, sequence);
        } else if (to != null) {
          to.copy(memory, at, parsed, sequence);
        }
        if (kind == RecordFormat.APPLIED) {
          long key = at + RecordFormat.headerBytes(parsed);
          applied.put(memory.get(Layouts.LONG, key), memory.get(Layouts.LONG, key + 8));
        }
      }
      at += RecordFormat.recordBytes(parsed);
    }
    if (kept.maxSequence() == 0) {
      edits.add(new CatalogEdit.Drop(scan.entry.number()));
      dropped.add(scan.path);
    } else {
      edits.add(new CatalogEdit.File(scan.entry.seal(keep, kept)));
    }
  }

  /// The new file that whole but unsynced batches are copied into.
  private final class RescueFile {
    private final DataFile file;
    private final RecordWriter writer;

    RescueFile() {
      long base = catalog.state().sequence();
      file = files.create(FileEntry.Kind.APPEND, base);
      writer = new RecordWriter(file.file(), file.identity, base, ByteCause.COMPACTION);
    }

    void copy(MemorySegment memory, long at, long parsed, long sequence) {
      writer.copy(memory, at, parsed, RecordFormat.last(parsed), sequence);
    }

    void abandon(RuntimeException cause) {
      writer.close();
      try {
        files.delete(file);
      } catch (StorageException e) {
        cause.addSuppressed(e);
      }
    }

    void finish() {
      writer.finish();
      FileEntry entry =
          FileEntry.open(file.number, file.kind, file.identity, file.baseSequence)
              .seal(writer.position(), writer.tally());
      files.forget(file);
      files.syncDirectory();
      edits.add(new CatalogEdit.File(entry));
    }
  }
}
