package dev.plinth.kit.log;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.Varint;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Reads single records back while the log is written: open files and memory for it, both bounded
/// and used again. Any thread.
final class SegmentReads implements AutoCloseable {
  private static final int FILES_MAX = 32;
  private static final int SCRATCH_MAX = 8;
  private static final int SCRATCH_BYTES = 16 << 10;

  private final SegmentFiles files;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Long, Handle> handles = new LinkedHashMap<>(16, 0.75f, true);
  private final ArrayDeque<Scratch> idle = new ArrayDeque<>();
  private boolean closed;

  SegmentReads(SegmentFiles files) {
    this.files = files;
  }

  /// Takes memory to read into; give it back with [#giveBack].
  Scratch scratch() {
    lock.lock();
    try {
      requireOpen();
      Scratch scratch = idle.poll();
      return scratch == null ? new Scratch() : scratch;
    } finally {
      lock.unlock();
    }
  }

  void giveBack(Scratch scratch) {
    scratch.shrink();
    lock.lock();
    try {
      if (!closed && idle.size() < SCRATCH_MAX) {
        idle.push(scratch);
        return;
      }
    } finally {
      lock.unlock();
    }
    scratch.free();
  }

  /// Reads the record at a position from its file and shows it.
  ///
  /// @throws StorageException.Corrupt when there is no good record
  void read(long position, Scratch scratch, LogVisitor visitor) {
    Handle handle = acquire(LogFormat.number(position));
    try {
      long offset = LogFormat.offset(position);
      long have = handle.file.read(offset, scratch.memory(), 0, SCRATCH_BYTES);
      long size = recordBytes(handle.path, offset, scratch.memory(), have);
      if (size > have) {
        if (offset + size > handle.file.size()) {
          throw bad(handle.path, offset);
        }
        scratch.grow(size, have);
        readRest(handle, offset, scratch.memory(), have, size);
      }
      int crc =
          Crc32c.of(
              LogFormat.identity(handle.header.seed(), offset),
              scratch.memory(),
              LogFormat.KIND_OFFSET,
              size - LogFormat.KIND_OFFSET);
      if (crc != scratch.memory().get(Layouts.INT, 0)) {
        throw bad(handle.path, offset);
      }
    } finally {
      release(handle);
    }
    show(position, scratch, visitor);
  }

  /// Copies bytes of a segment, unchecked.
  ///
  /// @return whether the file has so many there
  boolean copy(long position, MemorySegment target, long offset, int length) {
    Handle handle = acquire(LogFormat.number(position));
    try {
      int copied = 0;
      while (copied < length) {
        int read =
            handle.file.read(
                LogFormat.offset(position) + copied, target, offset + copied, length - copied);
        if (read <= 0) {
          return false;
        }
        copied += read;
      }
      return true;
    } finally {
      release(handle);
    }
  }

  private static void readRest(
      Handle handle, long offset, MemorySegment memory, long from, long end) {
    long at = from;
    while (at < end) {
      int read = handle.file.read(offset + at, memory, at, (int) (end - at));
      if (read <= 0) {
        throw bad(handle.path, offset);
      }
      at += read;
    }
  }

  /// How long the record is whose first bytes are in memory.
  static long recordBytes(Path path, long offset, MemorySegment memory, long have) {
    int kind = have > LogFormat.KIND_OFFSET ? memory.get(Layouts.BYTE, LogFormat.KIND_OFFSET) : 0;
    long at = LogFormat.LENGTH_OFFSET;
    long length = kind < 0 ? Varint.getInt(memory, at, have) : -1;
    long first = -1;
    long second = -1;
    if (length >= 0) {
      at += Varint.size(length);
      first = Varint.get(memory, at, have);
    }
    if (first >= 0) {
      second = Varint.get(memory, at + Varint.size(first), have);
    }
    if (second < 0) {
      throw bad(path, offset);
    }
    return LogFormat.recordBytes(length, first, second);
  }

  /// Shows the record at the start of scratch memory.
  static void show(long position, Scratch scratch, LogVisitor visitor) {
    MemorySegment memory = scratch.readOnly();
    long end = memory.byteSize();
    long at = LogFormat.LENGTH_OFFSET;
    int length = Varint.getInt(memory, at, end);
    at += Varint.size(length);
    long first = Varint.get(memory, at, end);
    at += Varint.size(first);
    long second = Varint.get(memory, at, end);
    at += Varint.size(second);
    int type = memory.get(Layouts.BYTE, LogFormat.KIND_OFFSET) & LogFormat.TYPE_MAX;
    visitor.record(type, position, first, second, memory, at, length);
  }

  private static StorageException bad(Path path, long offset) {
    return new StorageException.Corrupt(path, offset, "there is no good record here");
  }

  private Handle acquire(long number) {
    Handle evicted = null;
    Handle handle;
    lock.lock();
    try {
      requireOpen();
      handle = handles.get(number);
      if (handle == null) {
        handle = openFile(number);
        handles.put(number, handle);
        evicted = evict();
      }
      handle.users++;
    } finally {
      lock.unlock();
    }
    if (evicted != null) {
      evicted.file.close();
    }
    return handle;
  }

  private Handle openFile(long number) {
    SegmentHeader header;
    try (SegmentScan scan = files.scan(number)) {
      header = scan.header();
    }
    return new Handle(files.path(number), files.open(number, OpenMode.READ), header);
  }

  private @Nullable Handle evict() {
    if (handles.size() <= FILES_MAX) {
      return null;
    }
    Iterator<Handle> eldest = handles.values().iterator();
    Handle handle = eldest.next();
    eldest.remove();
    handle.dropped = true;
    return handle.users == 0 ? handle : null;
  }

  private void release(Handle handle) {
    boolean last;
    lock.lock();
    try {
      handle.users--;
      last = handle.dropped && handle.users == 0;
    } finally {
      lock.unlock();
    }
    if (last) {
      handle.file.close();
    }
  }

  /// Forgets a segment that is going to be dropped; those who read it go on.
  void forget(long number) {
    Handle handle;
    boolean unused;
    lock.lock();
    try {
      handle = handles.remove(number);
      if (handle == null) {
        return;
      }
      handle.dropped = true;
      unused = handle.users == 0;
    } finally {
      lock.unlock();
    }
    if (unused) {
      handle.file.close();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new StorageException.Closed("the log was closed");
    }
  }

  /// Closes what nobody uses; the rest is closed by its last user.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      for (Handle handle : handles.values()) {
        handle.dropped = true;
        if (handle.users == 0) {
          handle.file.close();
        }
      }
      handles.clear();
      idle.forEach(Scratch::free);
      idle.clear();
    } finally {
      lock.unlock();
    }
  }

  private static final class Handle {
    private final Path path;
    private final DiskFile file;
    private final SegmentHeader header;
    private int users;
    private boolean dropped;

    Handle(Path path, DiskFile file, SegmentHeader header) {
      this.path = path;
      this.file = file;
      this.header = header;
    }
  }

  /// Memory for one record.
  static final class Scratch {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment small = arena.allocate(SCRATCH_BYTES, 64);
    private final MemorySegment smallReadOnly = small.asReadOnly();
    private @Nullable Arena largeArena;
    private MemorySegment memory = small;

    MemorySegment memory() {
      return memory;
    }

    MemorySegment readOnly() {
      return largeArena == null ? smallReadOnly : memory.asReadOnly();
    }

    /// Makes room for `bytes` bytes and keeps the first `keep`.
    void grow(long bytes, long keep) {
      shrink();
      Arena large = Arena.ofShared();
      MemorySegment larger = large.allocate(bytes, 64);
      MemorySegment.copy(small, 0, larger, 0, keep);
      largeArena = large;
      memory = larger;
    }

    private void shrink() {
      Arena large = largeArena;
      if (large != null) {
        memory = small;
        largeArena = null;
        large.close();
      }
    }

    private void free() {
      shrink();
      arena.close();
    }
  }
}
