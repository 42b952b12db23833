package dev.plinth.bench.trace;

import dev.plinth.bench.trace.TraceFormat.Kind;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.NavigableMap;
import java.util.TreeMap;

/// What a trace needs before it can be replayed, and what it leaves: every key that it touches, in
/// memory. Values are known by their length and the number of the put that wrote them.
public final class TraceState {
  private static final Value ABSENT = new Value(-1, 0);

  private final NavigableMap<byte[], Value> keys = new TreeMap<>(Arrays::compareUnsigned);
  private final NavigableMap<byte[], Value> preloaded = new TreeMap<>(Arrays::compareUnsigned);
  private final TraceSummary.Counts counts = new TraceSummary.Counts();
  private long puts;

  private TraceState() {}

  /// A value of a trace.
  ///
  /// @param length how many bytes; -1 for a key that is absent
  /// @param number which put wrote it, from 1; for preloaded keys the negative number of the key
  public record Value(int length, long number) {}

  /// Plays a trace through.
  public static TraceState of(Path file) {
    TraceState state = new TraceState();
    try (TraceReader reader = new TraceReader(file)) {
      int inBatch = 0;
      while (reader.next()) {
        boolean heads = inBatch == 0;
        state.counts.add(reader, heads);
        inBatch = reader.kind() == Kind.BATCH ? reader.number() : Math.max(0, inBatch - 1);
        state.apply(reader);
      }
    }
    return state;
  }

  /// Keys that were there before the trace began, since it reads them before it writes them.
  public NavigableMap<byte[], Value> preloaded() {
    return preloaded;
  }

  /// Every key that the trace touches with its value at the end, in order; absent ones have a
  /// length of -1.
  public NavigableMap<byte[], Value> keys() {
    return keys;
  }

  /// The trace in numbers.
  public TraceSummary summary() {
    return counts.summary(keys.size());
  }

  private void apply(TraceReader reader) {
    switch (reader.kind()) {
      case PUT -> keys.put(reader.key(), new Value(reader.number(), ++puts));
      case DELETE -> keys.put(reader.key(), ABSENT);
      case DELETE_RANGE -> range(reader.key(), reader.to()).replaceAll((_, _) -> ABSENT);
      case READ_HIT -> {
        byte[] key = reader.key();
        if (!keys.containsKey(key)) {
          Value value = new Value(reader.number(), -1 - preloaded.size());
          preloaded.put(key, value);
          keys.put(key, value);
        }
      }
      case READ_MISS -> keys.putIfAbsent(reader.key(), ABSENT);
      case SCAN, BATCH, FLUSH -> {}
    }
  }

  private NavigableMap<byte[], Value> range(byte[] from, byte[] to) {
    NavigableMap<byte[], Value> above = from.length == 0 ? keys : keys.tailMap(from, true);
    if (to.length == 0) {
      return above;
    }
    return from.length > 0 && Arrays.compareUnsigned(from, to) >= 0
        ? new TreeMap<>(Arrays::compareUnsigned)
        : above.headMap(to, false);
  }
}
