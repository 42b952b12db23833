package dev.plinth.engine.bitcask;

import dev.plinth.spi.StorageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// The data files of an open engine by slot, as the index names them. Lookups by any thread without
/// a lock; changes by one at a time.
final class FileTable {
  private volatile @Nullable DataFile[] files = new @Nullable DataFile[16];

  /// The file in a slot that the index names.
  DataFile at(int slot) {
    DataFile file = files[slot];
    if (file == null) {
      throw new IllegalStateException("no data file is in slot " + slot);
    }
    return file;
  }

  /// Adds a file made for a free slot; slot 0 is never used.
  synchronized DataFile add(IntFunction<DataFile> made) {
    int slot = freeSlot();
    DataFile file = made.apply(slot);
    @Nullable DataFile[] changed =
        Arrays.copyOf(files, slot < files.length ? files.length : files.length * 2);
    changed[slot] = file;
    files = changed;
    return file;
  }

  synchronized void remove(DataFile file) {
    @Nullable DataFile[] changed = files.clone();
    changed[file.slot] = null;
    files = changed;
  }

  /// All files, by number.
  List<DataFile> all() {
    List<DataFile> present = new ArrayList<>();
    for (DataFile file : files) {
      if (file != null) {
        present.add(file);
      }
    }
    present.sort((a, b) -> Integer.compare(a.number, b.number));
    return present;
  }

  private int freeSlot() {
    for (int slot = 1; slot < files.length; slot++) {
      if (files[slot] == null) {
        return slot;
      }
    }
    if (files.length >= Slots.FILES_MAX) {
      throw new StorageException.LimitExceeded(
          "the store has " + Slots.FILES_MAX + " data files; raise file.bytes.max");
    }
    return files.length;
  }
}
