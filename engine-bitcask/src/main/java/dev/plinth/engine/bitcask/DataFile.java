package dev.plinth.engine.bitcask;

import dev.plinth.spi.disk.DiskFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;
import org.jspecify.annotations.Nullable;

/// A data file of an open engine: its bytes through windows, and what lives in it.
///
/// Threads: windows are read by anyone inside an epoch and changed under the commit lock; the
/// counts of live records belong to the commit lock and may be read by anyone as estimates.
final class DataFile {
  private static final AtomicLongFieldUpdater<DataFile> BYTES =
      AtomicLongFieldUpdater.newUpdater(DataFile.class, "bytes");

  final int number;
  final int slot;
  final long identity;
  final long baseSequence;
  final FileEntry.Kind kind;
  final Path path;
  final RecordTally tally;
  private final GroupIndexes applied = new GroupIndexes();

  private volatile Window[] windows = {};
  private volatile @Nullable Arena arena;
  private volatile @Nullable DiskFile file;
  private volatile @Nullable FileEntry entry;
  private volatile long bytes;
  private long liveRecords;
  private long liveRecordBytes;
  private long tombstoneBytes;
  private volatile long diskBytes;
  private volatile long hintBytes;
  private volatile boolean obsolete;

  DataFile(FileEntry entry, int slot, Path path, @Nullable DiskFile file) {
    this.number = entry.number();
    this.slot = slot;
    this.identity = entry.identity();
    this.baseSequence = entry.baseSequence();
    this.kind = entry.kind();
    this.path = path;
    this.file = file;
    this.entry = entry.sealed() ? entry : null;
    this.tally = RecordTally.of(entry);
    this.bytes = entry.bytes();
  }

  /// The window that holds an offset.
  Window window(long offset) {
    Window[] all = windows;
    if (all.length == 1) {
      return all[0];
    }
    // Windows have mostly one size: look where the offset should be, then beside.
    long step = all[1].start() - all[0].start();
    int at = (int) Math.max(0, Math.min((offset - all[0].start()) / step, all.length - 1L));
    while (at > 0 && all[at].start() > offset) {
      at--;
    }
    while (at + 1 < all.length && all[at + 1].start() <= offset) {
      at++;
    }
    return all[at];
  }

  /// All windows, in order, without gaps.
  Window[] windows() {
    return windows;
  }

  /// Adds a window behind the others.
  synchronized void addWindow(Window window) {
    Window[] more = Arrays.copyOf(windows, windows.length + 1);
    more[more.length - 1] = window;
    windows = more;
  }

  /// Puts a window in the place of the one with the same start.
  synchronized void replaceWindow(Window window) {
    Window[] changed = windows.clone();
    for (int i = 0; i < changed.length; i++) {
      if (changed[i].start() == window.start()) {
        changed[i] = window;
      }
    }
    windows = changed;
  }

  /// Replaces all windows by one mapping of the whole file.
  ///
  /// @return the arena of the mappings before, to be closed when nobody reads through them
  synchronized @Nullable Arena mapWhole(MemorySegment mapping, Arena newArena) {
    Arena old = arena;
    arena = newArena;
    windows = new Window[] {new Window(0, mapping)};
    return old;
  }

  /// The arena of the mappings of a file that still grows.
  Arena growingArena() {
    Arena current = arena;
    if (current == null) {
      current = Arena.ofShared();
      arena = current;
    }
    return current;
  }

  /// The open file; only files that are written are kept open.
  DiskFile file() {
    DiskFile current = file;
    if (current == null) {
      throw new IllegalStateException(path + " is not open for writing");
    }
    return current;
  }

  boolean isOpen() {
    return file != null;
  }

  void closeFile() {
    DiskFile current = file;
    file = null;
    if (current != null) {
      current.close();
    }
  }

  /// Releases mappings and descriptor; nobody reads any more.
  void close() {
    closeFile();
    windows = new Window[0];
    Arena current = arena;
    arena = null;
    if (current != null) {
      current.close();
    }
  }

  boolean isSealed() {
    return entry != null;
  }

  /// What the manifest says of it, once it is sealed.
  FileEntry entry() {
    FileEntry current = entry;
    if (current == null) {
      throw new IllegalStateException(path + " is not sealed");
    }
    return current;
  }

  void seal(FileEntry sealed) {
    entry = sealed;
    bytes = sealed.bytes();
  }

  /// How many bytes of records and head it has.
  long bytes() {
    return bytes;
  }

  void bytes(long length) {
    BYTES.lazySet(this, length);
  }

  void addLive(long recordBytes) {
    liveRecords++;
    liveRecordBytes += recordBytes;
  }

  /// The counts as they were when it was closed.
  void loaded(long records, long recordBytes, long tombstones) {
    liveRecords = records;
    liveRecordBytes = recordBytes;
    tombstoneBytes = tombstones;
  }

  void addLive(long records, long recordBytes) {
    liveRecords += records;
    liveRecordBytes += recordBytes;
  }

  void removeLive(long recordBytes) {
    liveRecords--;
    liveRecordBytes -= recordBytes;
  }

  long liveRecords() {
    return liveRecords;
  }

  long liveRecordBytes() {
    return liveRecordBytes;
  }

  /// The bytes that a merge would drop.
  ///
  /// @param tombstones whether it would drop deletes too
  long garbageBytes(boolean tombstones) {
    long dead = bytes - DataFileFormat.HEADER_BYTES - liveRecordBytes;
    return Math.max(0, tombstones ? dead : dead - tombstoneBytes);
  }

  /// Whether it holds puts that are not live, which only a delete or a newer put keeps dead.
  boolean hasDeadPuts() {
    return tally.puts() > liveRecords;
  }

  /// Applied indexes of the batches in it; used under the commit lock.
  GroupIndexes applied() {
    return applied;
  }

  /// The bytes of deletes and range deletes.
  long tombstoneBytes() {
    return tombstoneBytes;
  }

  void addTombstone(long recordBytes) {
    tombstoneBytes += recordBytes;
  }

  /// Its size on disk, reserved room included.
  long diskBytes() {
    return diskBytes;
  }

  void diskBytes(long size) {
    diskBytes = size;
  }

  long hintBytes() {
    return hintBytes;
  }

  void hintBytes(long length) {
    hintBytes = length;
  }

  /// Whether a merge has replaced it.
  boolean isObsolete() {
    return obsolete;
  }

  void retire() {
    obsolete = true;
  }
}
