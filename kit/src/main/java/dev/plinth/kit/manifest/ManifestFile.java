package dev.plinth.kit.manifest;

import dev.plinth.kit.log.LogFormat;
import dev.plinth.kit.memory.Crc32c;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.disk.DiskFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// A manifest that is being written: gathers records in memory, writes them at its end. One thread
/// at a time.
final class ManifestFile {
  private static final int BUFFER_BYTES = 4 << 10;
  private static final int WRITE_BYTES = 256 << 10;

  private final DiskFile file;
  private final long number;
  private final long seed;
  private final Crc32c crc = new Crc32c();
  private MemorySegment buffer = Arena.ofAuto().allocate(BUFFER_BYTES);
  private long gathered;
  private long end;

  /// @param end where the next record goes
  ManifestFile(DiskFile file, long number, long seed, long end) {
    this.file = file;
    this.number = number;
    this.seed = seed;
    this.end = end;
  }

  /// Begins a file that is empty.
  static ManifestFile begin(DiskFile file, long store, long number, long salt) {
    ManifestFile manifest = new ManifestFile(file, number, LogFormat.seed(store, number, salt), 0);
    LogFormat.putHeader(manifest.buffer, ManifestFormat.MAGIC, store, number, salt, 0);
    manifest.gathered = LogFormat.HEADER_BYTES;
    return manifest;
  }

  long number() {
    return number;
  }

  /// The length of what was written.
  long bytes() {
    return end;
  }

  /// Adds a record that says that everything written so far is durable, or that it will be before
  /// anyone looks at this file.
  void addWatermark() {
    add(LogFormat.WATERMARK, LogFormat.position(number, end + gathered), 0);
  }

  /// Adds the mark of a clean end.
  void addClose() {
    add(LogFormat.CLOSE, 0, LogFormat.position(number, end + gathered));
  }

  private void add(int kind, long first, long second) {
    ensureRoom(LogFormat.PREFIX_BYTES_MAX);
    long at = gathered;
    finish(at, LogFormat.putPrefix(buffer, at, kind, 0, first, second));
  }

  void add(int type, MemorySegment segment, long offset, int length) {
    ensureRoom(LogFormat.PREFIX_BYTES_MAX + (long) length);
    long at = gathered;
    long body = LogFormat.putPrefix(buffer, at, LogFormat.USER | type, length, 0, 0);
    MemorySegment.copy(segment, offset, buffer, body, length);
    finish(at, body + length);
  }

  private void finish(long at, long to) {
    LogFormat.putCrc(buffer, at, to, seed, end + at, crc);
    gathered = to;
  }

  private void ensureRoom(long bytes) {
    if (gathered + bytes > buffer.byteSize()) {
      MemorySegment larger =
          Arena.ofAuto().allocate(Math.max(gathered + bytes, 2 * buffer.byteSize()));
      MemorySegment.copy(buffer, 0, larger, 0, gathered);
      buffer = larger;
    }
  }

  /// Writes what was gathered when it is much.
  void writeWhenLong() {
    if (gathered >= WRITE_BYTES) {
      write();
    }
  }

  /// Writes what was gathered.
  void write() {
    file.write(end, buffer, 0, gathered, ByteCause.MANIFEST);
    end += gathered;
    gathered = 0;
  }

  void syncData() {
    file.syncData();
  }

  void syncAll() {
    file.syncAll();
  }

  void close() {
    file.close();
  }
}
