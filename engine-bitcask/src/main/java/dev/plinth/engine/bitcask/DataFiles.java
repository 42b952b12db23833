package dev.plinth.engine.bitcask;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import dev.plinth.spi.disk.ReadAdvice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Makes, maps, seals and deletes data files and their hints. Any thread may call it; a file is
/// changed by one thread at a time.
final class DataFiles {
  private static final SecureRandom IDENTITIES = new SecureRandom();

  private final Disk disk;
  private final Path directory;
  private final FileTable table;
  private final AtomicInteger number;
  private final AtomicLong bytes = new AtomicLong();

  /// @param number the highest file number ever given out
  DataFiles(Disk disk, Path directory, FileTable table, int number) {
    this.disk = disk;
    this.directory = directory;
    this.table = table;
    this.number = new AtomicInteger(number);
  }

  Path dataPath(int which) {
    return directory.resolve(DataFileFormat.dataName(which));
  }

  Path hintPath(int which) {
    return directory.resolve(DataFileFormat.hintName(which));
  }

  int lastNumber() {
    return number.get();
  }

  /// The bytes of all data and hint files, reserved room included.
  long bytes() {
    return bytes.get();
  }

  void addBytes(long more) {
    bytes.addAndGet(more);
  }

  /// Makes a data file with its head, durable by content and by name, and adds it to the table.
  DataFile create(FileEntry.Kind kind, long baseSequence) {
    int next = number.incrementAndGet();
    Path path = dataPath(next);
    FileEntry entry = FileEntry.open(next, kind, IDENTITIES.nextLong(), baseSequence);
    DiskFile file = disk.open(path, OpenMode.CREATE);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment head = arena.allocate(DataFileFormat.HEADER_BYTES, 8);
      DataFileFormat.write(head, 0, next, entry.identity());
      file.write(0, head, 0, DataFileFormat.HEADER_BYTES, ByteCause.OTHER);
      if (kind == FileEntry.Kind.APPEND) {
        file.syncAll();
        disk.syncDirectory(directory);
      }
    } catch (RuntimeException e) {
      abandon(file, path, e);
      throw e;
    }
    bytes.addAndGet(DataFileFormat.HEADER_BYTES);
    DataFile made = table.add(slot -> new DataFile(entry, slot, path, file));
    made.bytes(DataFileFormat.HEADER_BYTES);
    made.diskBytes(DataFileFormat.HEADER_BYTES);
    return made;
  }

  /// Opens a sealed file: checks its head and maps it.
  DataFile openSealed(FileEntry entry) {
    Path path = dataPath(entry.number());
    if (!disk.exists(path)) {
      throw new StorageException.Corrupt(path, 0, "the manifest names this file, it is missing");
    }
    trim(path, entry);
    DataFile file = table.add(slot -> new DataFile(entry, slot, path, null));
    file.diskBytes(entry.bytes());
    addBytes(entry.bytes());
    map(file, entry);
    Path hint = hintPath(entry.number());
    if (disk.exists(hint)) {
      file.hintBytes(disk.size(hint));
      bytes.addAndGet(file.hintBytes());
    }
    return file;
  }

  /// Maps a sealed file as a whole.
  ///
  /// @return the arena of its mappings before, to be closed when nobody reads through them
  @Nullable Arena map(DataFile file, FileEntry entry) {
    Arena arena = Arena.ofShared();
    try (DiskFile opened = disk.open(file.path, OpenMode.READ)) {
      MemorySegment mapping = opened.map(0, entry.bytes(), arena);
      DataFileFormat.check(mapping, entry.bytes(), file.path, entry.number(), entry.identity());
      opened.advise(0, 0, ReadAdvice.RANDOM);
      return file.mapWhole(mapping, arena);
    } catch (RuntimeException e) {
      arena.close();
      throw e;
    }
  }

  /// Writes the hint of a data file that will not change any more; durable by content.
  void writeHint(DataFile data) {
    try (HintWriter writer = hintWriter(data)) {
      writer.addAll(data);
      data.hintBytes(writer.finish(data.bytes()));
    }
    bytes.addAndGet(data.hintBytes());
  }

  /// A writer for the hint of a data file; an unfinished one of before is replaced.
  HintWriter hintWriter(DataFile data) {
    Path path = hintPath(data.number);
    deleteFile(path);
    return new HintWriter(disk.open(path, OpenMode.CREATE), data.number, data.identity);
  }

  /// Deletes a data file and its hint; nobody reads it any more.
  void delete(DataFile file) {
    table.remove(file);
    file.close();
    deleteFile(file.path);
    deleteFile(hintPath(file.number));
    addBytes(-file.diskBytes() - file.hintBytes());
  }

  /// Maps a new file that was written without being read, as the sealed file it has become.
  DataFile reopen(DataFile file, FileEntry entry) {
    file.closeFile();
    table.remove(file);
    addBytes(entry.bytes() - DataFileFormat.HEADER_BYTES);
    DataFile sealed = table.add(slot -> new DataFile(entry, slot, file.path, null));
    sealed.diskBytes(entry.bytes());
    map(sealed, entry);
    return sealed;
  }

  /// Closes a file that was written without being read, and takes it out of the table; it stays on
  /// disk.
  void forget(DataFile file) {
    table.remove(file);
    file.close();
    bytes.addAndGet(-DataFileFormat.HEADER_BYTES);
  }

  /// Makes room in a file that is appended to.
  void reserve(DataFile file, long size) {
    file.file().reserve(size);
    addBytes(Math.max(0, size - file.diskBytes()));
    file.diskBytes(Math.max(size, file.diskBytes()));
  }

  /// Cuts what was reserved behind the end of a file.
  void trim(DataFile file, long size) {
    file.file().truncate(size);
    file.file().syncAll();
    addBytes(size - file.diskBytes());
    file.diskBytes(size);
  }

  void deleteFile(Path path) {
    if (disk.exists(path)) {
      disk.delete(path);
    }
  }

  void syncDirectory() {
    disk.syncDirectory(directory);
  }

  /// Cuts what a crash left behind the sealed length of a file.
  private void trim(Path path, FileEntry entry) {
    long size = disk.size(path);
    if (size < entry.bytes()) {
      throw new StorageException.Corrupt(
          path, size, "the file ends here, " + entry.bytes() + " bytes are expected");
    }
    if (size > entry.bytes()) {
      try (DiskFile opened = disk.open(path, OpenMode.WRITE)) {
        opened.truncate(entry.bytes());
        opened.syncAll();
      }
    }
  }

  private void abandon(DiskFile file, Path path, RuntimeException cause) {
    file.close();
    try {
      disk.delete(path);
    } catch (StorageException e) {
      cause.addSuppressed(e);
    }
  }
}
