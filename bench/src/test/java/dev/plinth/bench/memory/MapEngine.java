package dev.plinth.bench.memory;

import dev.plinth.bench.oracle.OracleCursor;
import dev.plinth.spi.BatchVisitor;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.ByteLedger;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.EntrySource;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.ValueVisitor;
import dev.plinth.spi.WriteBatch;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/** See {@link MapEngineProvider}. Record: key length, value length, key, value. */
final class MapEngine implements Engine {
  private final NavigableMap<byte[], byte[]> map =
      new ConcurrentSkipListMap<>(Arrays::compareUnsigned);
  private final EngineOptions options;
  private final Path file;
  private final FileChannel log;
  private final LongAdder reads = new LongAdder();
  private final LongAdder user = new LongAdder();
  private long sequence;
  private long logged;
  private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();

  MapEngine(Path directory, EngineOptions options) {
    this.options = options;
    this.file = directory.resolve("map.log");
    try {
      Files.createDirectories(directory);
      load();
      log = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void load() throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file));
    while (all.hasRemaining()) {
      byte[] key = new byte[all.getInt()];
      int length = all.getInt();
      all.get(key);
      if (length < 0) {
        map.remove(key);
      } else {
        byte[] value = new byte[length];
        all.get(value);
        map.put(key, value);
      }
    }
  }

  @Override
  public EngineTraits traits() {
    return MapEngineProvider.TRAITS;
  }

  @Override
  public long write(WriteBatch batch, Durability durability) {
    batch.forEach(
        new BatchVisitor() {
          @Override
          public void put(MemorySegment s, long key, int keyLength, long value, int valueLength) {
            MapEngine.this.put(s, key, keyLength, s, value, valueLength, durability);
          }

          @Override
          public void delete(MemorySegment s, long key, int keyLength) {
            MapEngine.this.delete(s, key, keyLength, durability);
          }

          @Override
          public void deleteRange(MemorySegment s, long from, int fromLength, long to, int length) {
            MapEngine.this.deleteRange(
                KeyRange.of(bytes(s, from, fromLength), bytes(s, to, length)), durability);
          }
        });
    return sequence;
  }

  @Override
  public synchronized long put(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength,
      Durability durability) {
    if (options.toggle("crashing")) {
      Runtime.getRuntime().halt(77);
    }
    if (options.toggle("slow")) {
      LockSupport.parkNanos(200_000);
    }
    traits().requireKey(keyLength);
    traits().requireValue(valueLength);
    byte[] k = bytes(key, keyOffset, keyLength);
    byte[] v = bytes(value, valueOffset, valueLength);
    user.add(keyLength + (long) valueLength);
    sequence++;
    if (options.toggle("forgetful") && sequence % 100 == 0) {
      return sequence;
    }
    ByteBuffer entry = ByteBuffer.allocate(8 + k.length + v.length);
    entry.putInt(k.length).putInt(v.length).put(k).put(v).flip();
    append(entry);
    map.put(k, v);
    return sequence;
  }

  @Override
  public synchronized long delete(
      MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    byte[] k = bytes(key, keyOffset, keyLength);
    user.add(keyLength);
    append(ByteBuffer.allocate(8 + k.length).putInt(k.length).putInt(-1).put(k).flip());
    map.remove(k);
    return ++sequence;
  }

  @Override
  public synchronized long deleteRange(KeyRange range, Durability durability) {
    for (byte[] key : map.keySet()) {
      if (range.contains(key)) {
        delete(MemorySegment.ofArray(key), 0, key.length, durability);
      }
    }
    return sequence;
  }

  private void append(ByteBuffer entry) {
    logged += entry.remaining();
    try {
      if (options.toggle("buffering")) {
        byte[] bytes = new byte[entry.remaining()];
        entry.get(bytes);
        waiting.writeBytes(bytes);
        return;
      }
      log.write(entry);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    byte[] found = map.get(bytes(key, offset, length));
    reads.increment();
    if (found != null) {
      visitor.value(MemorySegment.ofArray(found), 0, found.length);
    }
    return found != null;
  }

  @Override
  public long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    byte[] found = map.get(bytes(key, offset, length));
    reads.increment();
    if (found == null) {
      return -1;
    }
    if (found.length > targetLength) {
      return -2L - found.length;
    }
    MemorySegment.copy(found, 0, target, ValueLayout.JAVA_BYTE, targetOffset, found.length);
    return found.length;
  }

  @Override
  public Cursor cursor(KeyRange range) {
    if (options.toggle("refusing")) {
      throw new StorageException.Unsupported("this engine was told to refuse cursors");
    }
    return new OracleCursor(map);
  }

  @Override
  public Snapshot snapshot() {
    throw new StorageException.Unsupported("snapshot");
  }

  @Override
  public long sequence() {
    return sequence;
  }

  @Override
  public long flush() {
    return sequence;
  }

  @Override
  public void requestFlush() {}

  @Override
  public long durableSequence() {
    return sequence;
  }

  @Override
  public long appliedIndex(long group) {
    return -1;
  }

  @Override
  public long durableAppliedIndex(long group) {
    return -1;
  }

  @Override
  public Registration onDurable(DurabilityListener listener) {
    return () -> {};
  }

  @Override
  public long ingest(EntrySource source) {
    throw new StorageException.Unsupported("ingest");
  }

  @Override
  public void checkpoint(Path directory) {
    throw new StorageException.Unsupported("checkpoint");
  }

  @Override
  public void compact(KeyRange range) {}

  @Override
  public void settle() {}

  @Override
  public Verification verify() {
    return new Verification(1, logged, map.size());
  }

  @Override
  public long approximateBytes(KeyRange range) {
    return logged;
  }

  @Override
  public EngineStats stats() {
    long[] bytes = new long[ByteCause.values().length];
    bytes[ByteCause.LOG.ordinal()] = logged;
    return new EngineStats(
        ByteLedger.of(bytes),
        user.sum(),
        map.size(),
        -1,
        logged,
        reads.sum(),
        reads.sum(),
        0,
        0,
        map.size() * 48L,
        0,
        0,
        new TreeMap<>());
  }

  @Override
  public void close() {
    try {
      log.write(ByteBuffer.wrap(waiting.toByteArray()));
      log.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] bytes(MemorySegment segment, long offset, int length) {
    return segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
  }
}
