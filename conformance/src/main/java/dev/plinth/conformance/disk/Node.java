package dev.plinth.conformance.disk;

import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// A file or folder of a [SimDisk]: as it can be read now, and as it survives any crash.
sealed interface Node {

  /// A folder.
  record Directory(TreeMap<String, Integer> current, TreeMap<String, Integer> stable)
      implements Node {
    Directory() {
      this(new TreeMap<>(), new TreeMap<>());
    }

    Directory copy() {
      return new Directory(new TreeMap<>(current), new TreeMap<>(stable));
    }
  }

  /// A file.
  final class File implements Node {
    final int id;
    final Pages current;
    final Pages stable;
    final List<Unsynced.Data> unsynced;
    final List<Mapping> mappings = new ArrayList<>();
    int links;
    int handles;

    File(int id, Pages current, Pages stable, List<Unsynced.Data> unsynced) {
      this.id = id;
      this.current = current;
      this.stable = stable;
      this.unsynced = unsynced;
    }

    File(int id) {
      this(id, new Pages(), new Pages(), new ArrayList<>());
    }

    File copy() {
      return new File(id, current.share(), stable.share(), new ArrayList<>(unsynced));
    }

    /// Makes what is unsynced durable: whole sectors, as a disk writes them. What an earlier sync
    /// failed to write is not part of it and is lost for good.
    void sync() {
      for (Unsynced.Data operation : unsynced) {
        if (operation.abandoned()) {
          continue;
        }
        byte[] bytes = operation.bytes();
        if (operation.cuts()) {
          stable.resize(Math.min(stable.size(), operation.size()));
        }
        if (bytes != null) {
          long from = operation.offset() / SimDisk.SECTOR_BYTES * SimDisk.SECTOR_BYTES;
          long sectors = (operation.offset() + bytes.length - from + SimDisk.SECTOR_BYTES - 1);
          long end = from + sectors / SimDisk.SECTOR_BYTES * SimDisk.SECTOR_BYTES;
          int length = (int) (Math.min(end, current.size()) - from);
          if (length > 0) {
            stable.take(current, from, length);
          }
        }
        if (operation.size() > stable.size() && operation.size() <= current.size()) {
          stable.resize(operation.size());
        }
      }
      unsynced.clear();
    }

    /// What a failed sync does: the pages count as clean, their bytes go with the next crash.
    void abandon() {
      unsynced.replaceAll(Unsynced.Data::abandon);
    }

    /// Bytes lent out by a mapping, watched while its arena lives.
    record Mapping(long offset, long length, WeakReference<MemorySegment.Scope> scope) {
      boolean isAlive() {
        MemorySegment.Scope owner = scope.get();
        return owner != null && owner.isAlive();
      }
    }
  }
}
