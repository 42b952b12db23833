package dev.plinth.engine.bitcask;

import dev.plinth.kit.memory.Keys;
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
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Fills the index from sealed files at open, by several threads where that is worth it: each reads
/// all hints and adds the keys of a stretch of placements, as a [HintLoad]. Used by one thread
/// before the engine is open.
final class Loader {
  private final Disk disk;
  private final DataFiles files;
  private final Records records;
  private final KeyIndex index;
  private final Consumer<EngineEvent> events;
  private final int threadsMax;
  private long liveBytes;

  /// @param threadsMax how many threads may load
  Loader(
      Disk disk,
      DataFiles files,
      Records records,
      KeyIndex index,
      Consumer<EngineEvent> events,
      int threadsMax) {
    this.disk = disk;
    this.files = files;
    this.records = records;
    this.index = index;
    this.events = events;
    this.threadsMax = threadsMax;
  }

  /// Bytes of live keys and values, once loaded.
  long liveBytes() {
    return liveBytes;
  }

  void load(List<DataFile> sealed) {
    index.presize(sealed.stream().mapToLong(file -> file.entry().puts()).sum());
    int bits = 31 - Integer.numberOfLeadingZeros(Math.max(1, threadsMax));
    bits = Math.min(bits, index.depth());
    int slots = 1 + sealed.stream().mapToInt(file -> file.slot).max().orElse(0);
    List<HintLoad> loads = new ArrayList<>();
    try {
      for (int part = 0; part < 1 << bits; part++) {
        loads.add(new HintLoad(this, records, index, bits, part, slots));
      }
      run(loads, sealed);
      for (HintLoad load : loads) {
        load.book();
        index.add(load.writer());
        liveBytes += load.liveBytes();
      }
    } finally {
      loads.forEach(HintLoad::close);
    }
    List<HintLoad.Range> ranges = loads.getFirst().ranges();
    if (!ranges.isEmpty()) {
      index.removeIf(word -> isCovered(ranges, word));
    }
  }

  private static void run(List<HintLoad> loads, List<DataFile> sealed) {
    AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    for (HintLoad load : loads.subList(1, loads.size())) {
      threads.add(
          Thread.ofPlatform()
              .daemon()
              .name("plinth-bitcask-load")
              .start(() -> run(load, sealed, failure)));
    }
    run(loads.getFirst(), sealed, failure);
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    RuntimeException first = failure.get();
    if (first != null) {
      throw first;
    }
  }

  private static void run(
      HintLoad load, List<DataFile> sealed, AtomicReference<@Nullable RuntimeException> failure) {
    try {
      for (DataFile file : sealed) {
        if (failure.get() != null) {
          return;
        }
        load.add(file);
      }
      load.sweep();
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    } catch (Error e) {
      failure.compareAndSet(null, new StorageException.Io("loading hints failed: " + e, e));
    }
  }

  /// The hint of a file, when it is there and whole.
  ///
  /// @param tell whether to tell when it is not whole
  @Nullable MemorySegment hint(DataFile file, Arena arena, boolean tell) {
    Path path = files.hintPath(file.number);
    if (!disk.exists(path)) {
      return null;
    }
    try (DiskFile opened = disk.open(path, OpenMode.READ)) {
      MemorySegment hint = opened.map(0, opened.size(), arena);
      if (HintReader.isGood(hint, file.entry())) {
        return hint;
      }
    }
    if (tell) {
      events.accept(
          new EngineEvent.Damaged(path, 0, "the hint is not whole; its data file is read instead"));
    }
    return null;
  }

  /// Takes a record that is not live any more out of the counts.
  private void unbook(long word) {
    DataFile file = records.file(word);
    long offset = Slots.offset(word);
    long parsed = records.parse(file, file.window(offset), offset);
    file.removeLive(RecordFormat.recordBytes(parsed));
    liveBytes -= RecordFormat.keyLength(parsed) + (long) RecordFormat.valueLength(parsed);
  }

  private boolean isCovered(List<HintLoad.Range> ranges, long word) {
    DataFile file = records.file(word);
    long offset = Slots.offset(word);
    Window window = file.window(offset);
    long parsed = -1;
    for (HintLoad.Range range : ranges) {
      if (file.entry().minSequence() > range.sequence()) {
        continue;
      }
      if (parsed < 0) {
        parsed = records.parseChecked(file, window, offset);
      }
      if (covers(range, file, window, offset, parsed)) {
        unbook(word);
        return true;
      }
    }
    return false;
  }

  private static boolean covers(
      HintLoad.Range range, DataFile file, Window window, long offset, long parsed) {
    long sequence = Records.sequence(file, window, offset);
    boolean older =
        sequence < range.sequence()
            || (sequence == range.sequence() && file == range.file() && offset < range.offset());
    if (!older) {
      return false;
    }
    MemorySegment memory = window.segment();
    long key = offset - window.start() + RecordFormat.headerBytes(parsed);
    int keyLength = RecordFormat.keyLength(parsed);
    int fromLength = RecordFormat.keyLength(range.parsed());
    int toLength = RecordFormat.valueLength(range.parsed());
    return Keys.compare(memory, key, keyLength, range.memory(), range.key(), fromLength) >= 0
        && (toLength == 0
            || Keys.compare(
                    memory, key, keyLength, range.memory(), range.key() + fromLength, toLength)
                < 0);
  }
}
