package dev.plinth.lsm;

import dev.plinth.lsm.table.BlobFile;
import dev.plinth.lsm.table.BlobSource;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.LongUnaryOperator;

/// The blob files of one version, and how much of each its tables refer to. Immutable; who holds a
/// reference of the version may read every file of it.
final class Blobs implements BlobSource {
  private final Path directory;
  private final long[] numbers;
  private final BlobHandle[] handles;
  private final List<Use> uses;
  private final long recordBytes;
  private final long liveBytes;

  /// A blob file, and how much of it is alive.
  ///
  /// @param liveBytes bytes of records that tables refer to
  record Use(BlobMeta meta, long liveBytes) {
    long garbageBytes() {
      return Math.max(0, meta.recordBytes() - liveBytes);
    }

    double garbageShare() {
      return garbageBytes() / (double) Math.max(1, meta.recordBytes());
    }
  }

  /// @param live tells how many bytes of a file's records tables refer to
  Blobs(Path directory, Collection<BlobHandle> files, LongUnaryOperator live) {
    this.directory = directory;
    this.handles = files.toArray(BlobHandle[]::new);
    Arrays.sort(handles, (a, b) -> Long.compare(a.meta().number(), b.meta().number()));
    this.numbers = new long[handles.length];
    List<Use> all = new ArrayList<>();
    long records = 0;
    long alive = 0;
    for (int i = 0; i < handles.length; i++) {
      BlobMeta meta = handles[i].meta();
      numbers[i] = meta.number();
      Use use = new Use(meta, live.applyAsLong(meta.number()));
      all.add(use);
      records += meta.recordBytes();
      alive += meta.recordBytes() - use.garbageBytes();
    }
    this.uses = List.copyOf(all);
    this.recordBytes = records;
    this.liveBytes = alive;
  }

  @Override
  public BlobFile file(long number) {
    int at = Arrays.binarySearch(numbers, number);
    if (at < 0) {
      throw new StorageException.Corrupt(
          BlobHandle.path(directory, number), 0, "a table names this file, and no manifest does");
    }
    return handles[at].file();
  }

  /// The files, by their numbers.
  List<BlobHandle> handles() {
    return List.of(handles);
  }

  /// The files and how much of them is alive, by their numbers.
  List<Use> uses() {
    return uses;
  }

  /// The bytes of all records.
  long recordBytes() {
    return recordBytes;
  }

  /// The bytes of records that tables do not refer to.
  long garbageBytes() {
    return recordBytes - liveBytes;
  }

  void retain() {
    for (BlobHandle handle : handles) {
      handle.retain();
    }
  }

  void release() {
    for (BlobHandle handle : handles) {
      handle.release();
    }
  }
}
