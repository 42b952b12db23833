package dev.plinth.lsm;

import dev.plinth.lsm.table.VerifiedRecords;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Knows every blob file of the tree and counts what tables refer to. A file leaves the tree with
/// the last table that refers to it. For one thread at a time.
final class BlobCensus {
  private final Disk disk;
  private final Path directory;
  private final VerifiedRecords verified;
  private final TreeMap<Long, BlobHandle> files = new TreeMap<>();
  private final Map<Long, Count> counts = new HashMap<>();

  /// @param verified which records were verified, of all files
  BlobCensus(Disk disk, Path directory, VerifiedRecords verified) {
    this.verified = verified;
    this.disk = disk;
    this.directory = directory;
  }

  private static final class Count {
    private long bytes;
    private int tables;
  }

  /// The numbers of all blob files.
  Set<Long> numbers() {
    return files.keySet();
  }

  /// All blob files, by their numbers.
  List<BlobMeta> metas() {
    return files.values().stream().map(BlobHandle::meta).toList();
  }

  /// What a version of this moment needs to know.
  Blobs now() {
    return new Blobs(directory, files.values(), this::liveBytes);
  }

  void add(BlobMeta blob) {
    files.computeIfAbsent(blob.number(), _ -> new BlobHandle(disk, directory, blob, verified));
  }

  /// Counts what a table refers to.
  ///
  /// @return which of the files there is not; null when there are all
  @Nullable Long refer(TableMeta table) {
    Long missing = null;
    for (BlobShare share : table.blobs()) {
      Count count = counts.computeIfAbsent(share.blob(), _ -> new Count());
      count.bytes += share.bytes();
      count.tables++;
      if (!files.containsKey(share.blob())) {
        missing = share.blob();
      }
    }
    return missing;
  }

  /// Forgets a table that has left its place.
  void forget(TableMeta table) {
    for (BlobShare share : table.blobs()) {
      Count count = counts.get(share.blob());
      if (count != null) {
        count.bytes -= share.bytes();
        count.tables--;
      }
    }
  }

  /// Takes the files out that no table refers to any more.
  List<BlobHandle> prune() {
    List<BlobHandle> gone = new ArrayList<>();
    for (Iterator<BlobHandle> each = files.values().iterator(); each.hasNext(); ) {
      BlobHandle file = each.next();
      Count count = counts.get(file.meta().number());
      if (count == null || count.tables == 0) {
        counts.remove(file.meta().number());
        each.remove();
        gone.add(file);
      }
    }
    return gone;
  }

  private long liveBytes(long number) {
    Count count = counts.get(number);
    return count == null ? 0 : count.bytes;
  }
}
