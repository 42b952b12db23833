package dev.plinth.bench.machine;

import dev.plinth.bench.result.RawLimits;
import dev.plinth.bench.workload.Dice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Measures what the machine can do without any engine: syncs, large writes, and the least that a
/// point read must do (probe a hash table, copy from a mapping).
public final class RawLimitsProbe {
  private static final int PAGE_BYTES = 4 << 10;
  private static final int CHUNK_BYTES = 1 << 20;
  private static final int RECORD_BYTES = 128;
  private static final int DEVICE_READS = 200;
  private static final long SEVENS = 0x0707_0707_0707_0707L;

  private final Path folder;
  private final int syncs;
  private final long sequentialBytes;
  private final long keys;

  /// A probe that works in a folder.
  ///
  /// @param syncs how many syncs of each kind
  /// @param sequentialBytes how many bytes the sequential write has
  /// @param keys how many records of 128 bytes the hash probe has
  public RawLimitsProbe(Path folder, int syncs, long sequentialBytes, long keys) {
    this.folder = folder;
    this.syncs = syncs;
    this.sequentialBytes = sequentialBytes;
    this.keys = keys;
  }

  /// Measures all of it and removes its file.
  public RawLimits measure() {
    Path file = folder.resolve("raw-limits.tmp");
    try {
      double sequential = sequential(file);
      Double deviceRead = deviceReadMicros(file);
      Files.delete(file);
      long[] growing = syncs(file, false);
      Files.delete(file);
      long[] preallocated = syncs(file, true);
      Files.delete(file);
      Copies copies = hashAndCopy(file);
      return new RawLimits(
          micros(growing, 0.5),
          micros(growing, 0.99),
          micros(preallocated, 0.5),
          micros(preallocated, 0.99),
          sequential,
          copies.overlapping(),
          copies.chained(),
          keys,
          clockNanos(),
          deviceRead);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      deleteIfThere(file);
    }
  }

  private long[] syncs(Path file, boolean preallocated) throws IOException {
    long[] nanos = new long[syncs];
    ByteBuffer page = ByteBuffer.allocateDirect(PAGE_BYTES);
    try (FileChannel channel = create(file)) {
      if (preallocated) {
        for (int i = 0; i < syncs; i++) {
          write(channel, page, (long) i * PAGE_BYTES);
        }
      }
      channel.force(true);
      for (int i = 0; i < syncs; i++) {
        long start = System.nanoTime();
        write(channel, page, (long) i * PAGE_BYTES);
        channel.force(false);
        nanos[i] = System.nanoTime() - start;
      }
    }
    Arrays.sort(nanos);
    return nanos;
  }

  private double sequential(Path file) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    Dice dice = new Dice(1, 1);
    while (chunk.remaining() >= Long.BYTES) {
      chunk.putLong(dice.bits());
    }
    chunk.clear();
    try (FileChannel channel = create(file)) {
      long start = System.nanoTime();
      for (long at = 0; at < sequentialBytes; at += CHUNK_BYTES) {
        write(channel, chunk, at);
      }
      channel.force(false);
      return sequentialBytes / seconds(start);
    }
  }

  /// Reads past the page cache, where the system and the file system let one.
  private @Nullable Double deviceReadMicros(Path file) {
    OpenOption direct = direct();
    if (direct == null) {
      return null;
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, direct)) {
      ByteBuffer page = ByteBuffer.allocateDirect(2 * PAGE_BYTES).alignedSlice(PAGE_BYTES);
      long[] nanos = new long[DEVICE_READS];
      Dice dice = new Dice(3, 3);
      for (int i = 0; i < DEVICE_READS; i++) {
        long at = dice.below(sequentialBytes / PAGE_BYTES) * PAGE_BYTES;
        page.clear().limit(PAGE_BYTES);
        long start = System.nanoTime();
        channel.read(page, at);
        nanos[i] = System.nanoTime() - start;
      }
      Arrays.sort(nanos);
      return micros(nanos, 0.5);
    } catch (UnsupportedOperationException | IOException e) {
      return null;
    }
  }

  /// The JDK's option for reads past the page cache; it is in a package that not every JDK has.
  private static @Nullable OpenOption direct() {
    try {
      for (Object constant :
          Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants()) {
        if (constant instanceof OpenOption option && constant.toString().equals("DIRECT")) {
          return option;
        }
      }
      return null;
    } catch (ClassNotFoundException e) {
      return null;
    }
  }

  /// @param overlapping a second, each free to begin before the one before has ended
  /// @param chained a second, each looking up what the one before has told it
  private record Copies(double overlapping, double chained) {}

  /// Open addressing over (key, record number) pairs of 16 bytes, half full.
  private Copies hashAndCopy(Path file) throws IOException {
    long slots = Long.highestOneBit(keys * 2 - 1) << 1;
    try (Arena arena = Arena.ofShared();
        FileChannel channel = create(file)) {
      MemorySegment table = arena.allocate(slots * 16, 64);
      MemorySegment records =
          channel.map(MapMode.READ_WRITE, 0, keys * RECORD_BYTES, arena).fill((byte) 7);
      for (long i = 0; i < keys; i++) {
        long slot = find(table, slots, Dice.mix(i + 1));
        table.set(ValueLayout.JAVA_LONG, slot * 16, Dice.mix(i + 1));
        table.set(ValueLayout.JAVA_LONG, slot * 16 + 8, i);
      }
      MemorySegment target = arena.allocate(RECORD_BYTES, Long.BYTES);
      copies(table, slots, records, target, keys / 2);
      long start = System.nanoTime();
      copies(table, slots, records, target, keys);
      double overlapping = keys / seconds(start);
      long unread = chained(table, slots, records, target, keys / 2);
      start = System.nanoTime();
      unread += chained(table, slots, records, target, keys);
      double chained = keys / seconds(start);
      if (unread != 0) {
        throw new IllegalStateException("a copied record is not what was written");
      }
      return new Copies(overlapping, chained);
    }
  }

  private void copies(
      MemorySegment table, long slots, MemorySegment records, MemorySegment target, long count) {
    Dice dice = new Dice(2, 2);
    for (long i = 0; i < count; i++) {
      long slot = find(table, slots, Dice.mix(dice.below(keys) + 1));
      long at = table.get(ValueLayout.JAVA_LONG, slot * 16 + 8) * RECORD_BYTES;
      MemorySegment.copy(records, at, target, 0, RECORD_BYTES);
    }
  }

  /// The next key is known only when a record has arrived. Records hold sevens, so what is added to
  /// the key is nothing, but no compiler or processor knows.
  private long chained(
      MemorySegment table, long slots, MemorySegment records, MemorySegment target, long count) {
    Dice dice = new Dice(2, 3);
    long found = 0;
    for (long i = 0; i < count; i++) {
      long slot = find(table, slots, Dice.mix(dice.below(keys) + found + 1));
      long at = table.get(ValueLayout.JAVA_LONG, slot * 16 + 8) * RECORD_BYTES;
      MemorySegment.copy(records, at, target, 0, RECORD_BYTES);
      found = target.get(ValueLayout.JAVA_LONG, RECORD_BYTES - 8) ^ SEVENS;
    }
    return found;
  }

  private static long find(MemorySegment table, long slots, long key) {
    long slot = key & (slots - 1);
    while (true) {
      long found = table.get(ValueLayout.JAVA_LONG, slot * 16);
      if (found == 0 || found == key) {
        return slot;
      }
      slot = (slot + 1) & (slots - 1);
    }
  }

  private static double clockNanos() {
    int reads = 100_000;
    long start = System.nanoTime();
    long last = start;
    for (int i = 0; i < reads; i++) {
      last = System.nanoTime();
    }
    return (double) (last - start) / reads;
  }

  private static double micros(long[] sortedNanos, double share) {
    return sortedNanos[(int) Math.min(sortedNanos.length - 1, sortedNanos.length * share)] / 1e3;
  }

  private static double seconds(long startNanos) {
    return (System.nanoTime() - startNanos) / 1e9;
  }

  private static FileChannel create(Path file) throws IOException {
    return FileChannel.open(
        file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static void write(FileChannel channel, ByteBuffer buffer, long offset)
      throws IOException {
    buffer.clear();
    while (buffer.hasRemaining()) {
      channel.write(buffer, offset + buffer.position());
    }
  }

  private static void deleteIfThere(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
