package dev.plinth.kit.log;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.kit.memory.Varint;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Reads one segment (or manifest) from front to back through a window of memory. One thread.
public final class SegmentScan implements SegmentRecords {
  private static final int WINDOW_BYTES = 1 << 20;
  private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[4 << 10]);

  private final DiskFile file;
  private final Path path;
  private final long fileBytes;
  private final Crc32c crc = new Crc32c();
  private final Arena arena = Arena.ofShared();
  private final SegmentHeader header;
  private final @Nullable Windows windows;
  private MemorySegment window;
  private MemorySegment readOnly;
  private long windowStart;
  private long windowLength;

  private long at;
  private long next = LogFormat.HEADER_BYTES;

  /// The records before this offset were handed over.
  private long handed = LogFormat.HEADER_BYTES;

  private int kind;
  private int length;
  private long first;
  private long second;
  private boolean blank;

  /// Where memory comes from that others go on using when it was read.
  interface Windows {
    /// Exchanges memory for other memory.
    ///
    /// @param window what was used so far; null for nothing
    /// @param start where in the file it begins
    /// @param from where the first record in it begins that was not handed over yet
    /// @param to where the last good record in it ends
    /// @param bytes how many are needed
    MemorySegment next(@Nullable MemorySegment window, long start, long from, long to, long bytes);
  }

  /// Opens a segment and checks its header.
  ///
  /// @throws StorageException.Corrupt when the header is not the one of this store and number
  public SegmentScan(Disk disk, Path path, long magic, long store, long number) {
    this(disk, path, magic, store, number, null);
  }

  SegmentScan(
      Disk disk, Path path, long magic, long store, long number, @Nullable Windows windows) {
    this.path = path;
    this.windows = windows;
    this.file = disk.open(path, OpenMode.READ);
    try {
      this.fileBytes = file.size();
      long bytes = Math.clamp(fileBytes, LogFormat.HEADER_BYTES, WINDOW_BYTES);
      this.window = windows == null ? arena.allocate(bytes) : windows.next(null, 0, 0, 0, bytes);
      this.readOnly = window.asReadOnly();
      boolean whole = load(0, LogFormat.HEADER_BYTES);
      this.header =
          SegmentHeader.parse(path, whole ? window : MemorySegment.NULL, magic, store, number);
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /// The header.
  @Override
  public SegmentHeader header() {
    return header;
  }

  /// The file's length.
  public long fileBytes() {
    return fileBytes;
  }

  /// Goes on with the record at an offset, which must be where one begins.
  public void seek(long offset) {
    next = offset;
  }

  /// Reads the next record.
  ///
  /// @return false when there is no good one: the end, something else, or damage
  @Override
  public boolean next() {
    if (!parse(next)) {
      return false;
    }
    at = next;
    next += size();
    return true;
  }

  /// Whether [#next()] returned false in front of zeros or at the end of the file.
  public boolean blank() {
    return blank;
  }

  /// Where in the file the record begins.
  @Override
  public long offset() {
    return at;
  }

  /// Where in the file the last good record ends.
  public long end() {
    return next;
  }

  /// The record's kind, see [LogFormat].
  @Override
  public int kind() {
    return kind;
  }

  /// The record's first number.
  @Override
  public long first() {
    return first;
  }

  /// The record's second number.
  @Override
  public long second() {
    return second;
  }

  /// The length of its body.
  @Override
  public int length() {
    return length;
  }

  /// The memory that holds the record until the next one is read, read-only.
  @Override
  public MemorySegment memory() {
    return readOnly;
  }

  /// Where in [#memory()] the record begins.
  public long recordOffset() {
    return at - windowStart;
  }

  /// Where in [#memory()] the body begins.
  @Override
  public long bodyOffset() {
    return next - length - windowStart;
  }

  /// The highest sync watermark in the bytes from an offset on, whether or not they follow a good
  /// record: every place is tried, and the checksum, which covers the place, tells. -1 when there
  /// is none.
  public long watermarkBehind(long from) {
    long highest = -1;
    long last = fileBytes - LogFormat.RECORD_BYTES_MIN;
    long place = from;
    while (place <= last) {
      long kindAt = place + LogFormat.KIND_OFFSET;
      if (!holds(kindAt, 1) && !load(place, Math.min(window.byteSize(), fileBytes - place))) {
        break;
      }
      byte found = window.get(Layouts.BYTE, kindAt - windowStart);
      if ((found == LogFormat.WATERMARK || found == LogFormat.CLOSE) && parse(place)) {
        highest = Math.max(highest, watermark());
      }
      place += found == 0 ? zeros(kindAt - windowStart) : 1;
    }
    return highest;
  }

  /// How many zeros follow one another in the window, at most a page: no record has that kind.
  private long zeros(long start) {
    long most = Math.min(windowLength - start, ZEROS.byteSize());
    long same = MemorySegment.mismatch(window, start, start + most, ZEROS, 0, most);
    return same < 0 ? most : same;
  }

  /// The watermark that the record just read states, or -1.
  public long watermark() {
    return switch (kind) {
      case LogFormat.WATERMARK -> first;
      case LogFormat.CLOSE -> second;
      default -> -1;
    };
  }

  private long size() {
    return LogFormat.recordBytes(length, first, second);
  }

  private boolean parse(long offset) {
    long rest = fileBytes - offset;
    blank = rest < LogFormat.RECORD_BYTES_MIN;
    if (blank) {
      return false;
    }
    long prefix = Math.min(rest, LogFormat.PREFIX_BYTES_MAX);
    if (!holds(offset, prefix) && !load(offset, prefix)) {
      return false;
    }
    long start = offset - windowStart;
    kind = window.get(Layouts.BYTE, start + LogFormat.KIND_OFFSET) & 0xff;
    blank = kind == 0 && window.get(Layouts.INT, start) == 0;
    if (!LogFormat.isKind(kind) || !parseNumbers(start, start + prefix)) {
      return false;
    }
    long size = size();
    if (size > rest || (!holds(offset, size) && !load(offset, size))) {
      return false;
    }
    start = offset - windowStart;
    int value =
        crc.start(LogFormat.identity(header.seed(), offset))
            .add(window, start + LogFormat.KIND_OFFSET, size - LogFormat.KIND_OFFSET)
            .value();
    return value == window.get(Layouts.INT, start);
  }

  private boolean parseNumbers(long start, long end) {
    long field = start + LogFormat.LENGTH_OFFSET;
    length = Varint.getInt(window, field, end);
    if (length < 0) {
      return false;
    }
    field += Varint.size(length);
    first = Varint.get(window, field, end);
    if (first < 0) {
      return false;
    }
    field += Varint.size(first);
    second = Varint.get(window, field, end);
    return second >= 0;
  }

  private boolean holds(long offset, long bytes) {
    return offset >= windowStart && offset + bytes <= windowStart + windowLength;
  }

  /// Moves the window to an offset and fills it.
  ///
  /// @return whether it holds at least `bytes` bytes now
  private boolean load(long offset, long bytes) {
    makeRoom(bytes);
    windowStart = offset;
    windowLength = 0;
    int wanted = (int) Math.min(window.byteSize(), Math.max(0, fileBytes - offset));
    while (windowLength < wanted) {
      int read =
          file.read(offset + windowLength, window, windowLength, wanted - (int) windowLength);
      if (read <= 0) {
        break;
      }
      windowLength += read;
    }
    return windowLength >= bytes;
  }

  /// Makes the window long enough, and an unused one when others go on using it.
  private void makeRoom(long bytes) {
    long size = window.byteSize();
    long wanted = bytes <= size ? size : Math.max(bytes, Math.min(2 * size, fileBytes));
    if (windows != null) {
      window = windows.next(window, windowStart, handed, next, wanted);
      readOnly = window.asReadOnly();
      handed = next;
    } else if (wanted > size) {
      window = arena.allocate(wanted);
      readOnly = window.asReadOnly();
    }
  }

  /// Hands over the good records that were not handed over yet.
  ///
  /// @param owner gets the memory back; null when it is still used here
  void handOver(SegmentAhead segment, SegmentsAhead.@Nullable Windows owner) {
    if (handed < next) {
      segment.offer(window, windowStart, next, owner);
      handed = next;
    }
  }

  @Override
  public SegmentScan scan() {
    return this;
  }

  @Override
  public void close() {
    file.close();
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  /// The file.
  public Path path() {
    return path;
  }
}
