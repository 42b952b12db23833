package dev.plinth.bench.trace;

import dev.plinth.bench.trace.TraceFormat.Kind;
import dev.plinth.spi.BatchVisitor;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.EntrySource;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.ValueVisitor;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// Any engine, with everything that is done to it written to a trace file: keys, lengths of values,
/// hits and misses, but no values. `bench replay` does the same to other engines.
///
/// Threads may share it as they may the engine; the trace has one order, which takes a lock for
/// each operation. Reads through snapshots are not recorded, nor what background work does. Closing
/// it closes the engine and the trace.
public final class RecordingEngine implements Engine {
  private final Engine engine;
  private final TraceWriter trace;
  private final BatchRecorder batches = new BatchRecorder();

  private RecordingEngine(Engine engine, TraceWriter trace) {
    this.engine = engine;
    this.trace = trace;
  }

  /// Records what is done to an engine from now on.
  ///
  /// @param file is overwritten
  public static RecordingEngine recording(Engine engine, Path file) {
    return new RecordingEngine(engine, new TraceWriter(file));
  }

  private final class BatchRecorder implements BatchVisitor {
    @Override
    public void put(MemorySegment s, long key, int keyLength, long value, int valueLength) {
      trace.record(Kind.PUT, s, key, keyLength, valueLength);
    }

    @Override
    public void delete(MemorySegment s, long key, int keyLength) {
      trace.record(Kind.DELETE, s, key, keyLength, -1);
    }

    @Override
    public void deleteRange(MemorySegment s, long from, int fromLength, long to, int toLength) {
      trace.range(s, from, fromLength, s, to, toLength);
    }
  }

  @Override
  public long write(WriteBatch batch, Durability durability) {
    long sequence = engine.write(batch, durability);
    synchronized (trace) {
      trace.mark(Kind.BATCH, batch.count());
      batch.forEach(batches);
    }
    return sequence;
  }

  @Override
  public long put(
      MemorySegment key,
      long keyOffset,
      int keyLength,
      MemorySegment value,
      long valueOffset,
      int valueLength,
      Durability durability) {
    long sequence =
        engine.put(key, keyOffset, keyLength, value, valueOffset, valueLength, durability);
    trace.record(Kind.PUT, key, keyOffset, keyLength, valueLength);
    return sequence;
  }

  @Override
  public long delete(MemorySegment key, long keyOffset, int keyLength, Durability durability) {
    long sequence = engine.delete(key, keyOffset, keyLength, durability);
    trace.record(Kind.DELETE, key, keyOffset, keyLength, -1);
    return sequence;
  }

  @Override
  public long deleteRange(KeyRange range, Durability durability) {
    long sequence = engine.deleteRange(range, durability);
    MemorySegment from = bound(range.from());
    MemorySegment to = bound(range.to());
    trace.range(from, 0, (int) from.byteSize(), to, 0, (int) to.byteSize());
    return sequence;
  }

  @Override
  public boolean read(MemorySegment key, long offset, int length, ValueVisitor visitor) {
    int[] size = {-1};
    boolean found =
        engine.read(
            key,
            offset,
            length,
            (segment, at, valueLength) -> {
              size[0] = valueLength;
              visitor.value(segment, at, valueLength);
            });
    recordRead(key, offset, length, size[0]);
    return found;
  }

  @Override
  public long copy(
      MemorySegment key,
      long offset,
      int length,
      MemorySegment target,
      long targetOffset,
      long targetLength) {
    long found = engine.copy(key, offset, length, target, targetOffset, targetLength);
    recordRead(key, offset, length, (int) (found < -1 ? -2 - found : found));
    return found;
  }

  private void recordRead(MemorySegment key, long offset, int length, int size) {
    trace.record(size < 0 ? Kind.READ_MISS : Kind.READ_HIT, key, offset, length, size);
  }

  @Override
  public Cursor cursor(KeyRange range) {
    return new RecordingCursor(engine.cursor(range), range, trace);
  }

  @Override
  public long flush() {
    long sequence = engine.flush();
    trace.mark(Kind.FLUSH, -1);
    return sequence;
  }

  @Override
  public long ingest(EntrySource source) {
    synchronized (trace) {
      return engine.ingest(new RecordingSource(source, trace));
    }
  }

  @Override
  public void close() {
    try (trace) {
      engine.close();
    }
  }

  @Override
  public EngineTraits traits() {
    return engine.traits();
  }

  @Override
  public Snapshot snapshot() {
    return engine.snapshot();
  }

  @Override
  public long sequence() {
    return engine.sequence();
  }

  @Override
  public void requestFlush() {
    engine.requestFlush();
  }

  @Override
  public long durableSequence() {
    return engine.durableSequence();
  }

  @Override
  public long appliedIndex(long group) {
    return engine.appliedIndex(group);
  }

  @Override
  public long durableAppliedIndex(long group) {
    return engine.durableAppliedIndex(group);
  }

  @Override
  public Registration onDurable(DurabilityListener listener) {
    return engine.onDurable(listener);
  }

  @Override
  public void checkpoint(Path directory) {
    engine.checkpoint(directory);
  }

  @Override
  public void compact(KeyRange range) {
    engine.compact(range);
  }

  @Override
  public void settle() {
    engine.settle();
  }

  @Override
  public Verification verify() {
    return engine.verify();
  }

  @Override
  public long approximateBytes(KeyRange range) {
    return engine.approximateBytes(range);
  }

  @Override
  public EngineStats stats() {
    return engine.stats();
  }

  @Override
  public dev.plinth.spi.StateDigest digest() {
    return engine.digest();
  }

  private static MemorySegment bound(byte @org.jspecify.annotations.Nullable [] key) {
    return MemorySegment.ofArray(key == null ? new byte[0] : key);
  }
}
