package dev.plinth.bench.cell;

import dev.plinth.bench.trace.TraceFormat.Kind;
import dev.plinth.bench.trace.TraceReader;
import dev.plinth.bench.trace.TraceState;
import dev.plinth.bench.workload.Values;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StateDigest;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Map;

/// Does what a trace tells, in its order, with values of the same lengths.
final class ReplayWorker extends Worker {
  private final Engine engine;
  private final TraceReader trace;
  private final Values values;
  private final Durability durability;
  private final WriteBatch batch = new WriteBatch();
  private final MemorySegment target;
  private long puts;
  private long bytesReturned;
  private long bytesWritten;
  private long touched;

  /// @param values as large as the largest of the trace
  ReplayWorker(Engine engine, Path trace, Values values, Durability durability, long operations) {
    super(operations, 1);
    this.engine = engine;
    this.trace = new TraceReader(trace);
    this.values = values;
    this.durability = durability;
    this.target = Arena.ofAuto().allocate(Math.max(1, values.valueBytes()), 8);
  }

  /// Puts keys into an engine that a trace reads before it writes them.
  static void preload(Engine engine, TraceState state, Values values) {
    for (Map.Entry<byte[], TraceState.Value> entry : state.preloaded().entrySet()) {
      MemorySegment key = MemorySegment.ofArray(entry.getKey());
      engine.put(
          key,
          0,
          entry.getKey().length,
          values.segment(),
          offset(values, entry.getValue().number()),
          entry.getValue().length(),
          Durability.WRITTEN);
    }
  }

  /// What the engine must hold at the end.
  static ExpectedState.Expected expected(TraceState state, Values values) {
    StateDigest.Sum sum = new StateDigest.Sum();
    long live = 0;
    long bytes = 0;
    for (Map.Entry<byte[], TraceState.Value> entry : state.keys().entrySet()) {
      TraceState.Value value = entry.getValue();
      if (value.length() >= 0) {
        MemorySegment key = MemorySegment.ofArray(entry.getKey());
        int length = entry.getKey().length;
        long at = offset(values, value.number());
        sum.add(key, 0, length, values.segment(), at, value.length());
        live++;
        bytes += length + (long) value.length();
      }
    }
    return new ExpectedState.Expected(sum.digest(), live, bytes);
  }

  private static long offset(Values values, long number) {
    return values.offset(number, 1);
  }

  @Override
  void step() {
    if (!trace.next()) {
      throw new WrongAnswerException("the trace became shorter while it was replayed");
    }
    switch (trace.kind()) {
      case PUT -> {
        long value = offset(values, ++puts);
        engine.put(
            trace.memory(),
            trace.keyOffset(),
            trace.keyLength(),
            values.segment(),
            value,
            trace.number(),
            durability);
        bytesWritten += trace.keyLength() + (long) trace.number();
      }
      case DELETE -> {
        engine.delete(trace.memory(), trace.keyOffset(), trace.keyLength(), durability);
        bytesWritten += trace.keyLength();
      }
      case DELETE_RANGE -> {
        engine.deleteRange(range(), durability);
        bytesWritten += trace.keyLength() + (long) trace.toLength();
      }
      case READ_HIT, READ_MISS -> {
        long found =
            engine.copy(
                trace.memory(), trace.keyOffset(), trace.keyLength(), target, 0, target.byteSize());
        bytesReturned += Math.max(0, found);
      }
      case SCAN -> scan();
      case BATCH -> write(trace.number());
      case FLUSH -> engine.flush();
    }
  }

  @Override
  int kind() {
    return Math.min(Timings.KINDS - 1, trace.kind().ordinal());
  }

  private void write(int entries) {
    batch.clear();
    for (int i = 0; i < entries && trace.next(); i++) {
      Kind kind = trace.kind();
      bytesWritten += trace.keyLength();
      if (kind == Kind.PUT) {
        long value = offset(values, ++puts);
        batch.put(
            trace.memory(),
            trace.keyOffset(),
            trace.keyLength(),
            values.segment(),
            value,
            trace.number());
        bytesWritten += trace.number();
      } else if (kind == Kind.DELETE) {
        batch.delete(trace.memory(), trace.keyOffset(), trace.keyLength());
      } else {
        batch.deleteRange(range());
        bytesWritten += trace.toLength();
      }
    }
    engine.write(batch, durability);
  }

  private void scan() {
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      boolean found =
          trace.keyLength() == 0
              ? cursor.first()
              : cursor.seek(trace.memory(), trace.keyOffset(), trace.keyLength());
      for (int i = 0; found && i < trace.number(); i++) {
        int length = cursor.valueLength();
        bytesReturned += length;
        if (length > 0) {
          touched += cursor.valueSegment().get(ValueLayout.JAVA_BYTE, cursor.valueOffset());
        }
        found = cursor.next();
      }
    }
  }

  private KeyRange range() {
    byte[] from = trace.key();
    byte[] to = trace.to();
    return KeyRange.of(from.length == 0 ? null : from, to.length == 0 ? null : to);
  }

  @Override
  long bytesReturned() {
    return touched == Long.MIN_VALUE ? -1 : bytesReturned;
  }

  @Override
  long bytesWritten() {
    return bytesWritten;
  }

  @Override
  public void close() {
    trace.close();
  }
}
