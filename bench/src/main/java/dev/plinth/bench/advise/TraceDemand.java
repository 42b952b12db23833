package dev.plinth.bench.advise;

import dev.plinth.bench.trace.TraceFormat.Kind;
import dev.plinth.bench.trace.TraceReader;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// Reads from a trace what an application asks of a store: shares, sizes, and which keys it
/// prefers. Every key that the trace touches is held in memory. Made for one use on one thread.
public final class TraceDemand {
  /// The share of accesses that the most wanted hundredth of the keys has where few keys are wanted
  /// often; a fiftieth would be even.
  private static final double SKEWED = 0.25;

  private static final double ASCENDING = 0.95;
  private static final int MIN_PER_KEY = 2;

  private static final List<Ask> TOLD =
      List.of(
          Ask.READS,
          Ask.SCANS,
          Ask.INSERTS,
          Ask.SCAN_ENTRIES,
          Ask.KEY_BYTES,
          Ask.VALUE_BYTES,
          Ask.THREADS);

  private final NavigableMap<byte[], int[]> uses = new TreeMap<>(Arrays::compareUnsigned);
  private long reads;
  private long updates;
  private long inserts;
  private long scans;
  private long scanned;
  private long keyBytes;
  private long valued;
  private long valueBytes;
  private long ascending;
  private byte[] last = {};

  private TraceDemand() {}

  /// The demand.
  ///
  /// @param given what the user says beside: keys of the whole store, memory, space, latency,
  ///   durability, order
  /// @throws StorageException.InvalidConfiguration when the trace does not exist or has nothing, or
  ///   the user says what the trace tells
  public static Demand of(Path trace, Map<Ask, String> given) {
    if (!Files.isRegularFile(trace)) {
      throw new StorageException.InvalidConfiguration(
          "--trace " + trace + ": there is no such file; name one that exists");
    }
    for (Ask ask : TOLD) {
      if (given.containsKey(ask)) {
        throw new StorageException.InvalidConfiguration(
            "--" + ask.label() + ": the trace tells that; leave it out");
      }
    }
    TraceDemand counts = new TraceDemand();
    try (TraceReader reader = new TraceReader(trace)) {
      while (reader.next()) {
        counts.add(reader);
      }
    }
    return counts.demand(trace, given);
  }

  private void add(TraceReader reader) {
    Kind kind = reader.kind();
    if (kind == Kind.BATCH || kind == Kind.FLUSH) {
      return;
    }
    byte[] key = reader.key();
    boolean isNew = !uses.containsKey(key);
    switch (kind) {
      case PUT, READ_HIT -> {
        valued++;
        valueBytes += reader.number();
      }
      case SCAN -> scanned += reader.number();
      default -> {}
    }
    switch (kind) {
      case READ_HIT, READ_MISS -> reads++;
      case SCAN -> scans++;
      case PUT -> {
        inserts += isNew ? 1 : 0;
        updates += isNew ? 0 : 1;
      }
      default -> updates++;
    }
    keyBytes += key.length;
    ascending += Arrays.compareUnsigned(last, key) <= 0 ? 1 : 0;
    last = key;
    uses.computeIfAbsent(key, _ -> new int[1])[0]++;
  }

  private Demand demand(Path trace, Map<Ask, String> given) {
    double all = (double) reads + updates + inserts + scans;
    if (all == 0) {
      throw new StorageException.InvalidConfiguration(
          "--trace " + trace + ": nothing was done in it; record one that is longer");
    }
    Map<Ask, String> answers = new EnumMap<>(Ask.class);
    answers.put(Ask.KEYS, Integer.toString(uses.size()));
    answers.put(Ask.KEY_BYTES, Long.toString(Math.max(1, Math.round(keyBytes / all))));
    answers.put(
        Ask.VALUE_BYTES, Long.toString(Math.round(valueBytes / Math.max(1.0, (double) valued))));
    answers.put(Ask.KEY_ORDER, order(all).name().toLowerCase(Locale.ROOT));
    answers.put(
        Ask.SCAN_ENTRIES,
        Long.toString(Math.max(1, Math.round(scanned / Math.max(1.0, (double) scans)))));
    answers.putAll(given);
    Demand told = Ask.demand(answers);
    return new Demand(
        reads / all,
        updates / all,
        inserts / all,
        scans / all,
        told.scanEntries(),
        told.keys(),
        told.keyBytes(),
        told.valueBytes(),
        told.order(),
        told.durability(),
        1,
        told.memoryBytes(),
        told.spaceBytesMax(),
        told.p99NanosMax());
  }

  private KeyOrder order(double all) {
    if (ascending / all >= ASCENDING) {
      return KeyOrder.SEQUENTIAL;
    }
    int[] sorted = uses.values().stream().mapToInt(count -> count[0]).sorted().toArray();
    int most = Math.max(1, sorted.length / 100);
    double wanted = 0;
    for (int i = sorted.length - most; i < sorted.length; i++) {
      wanted += sorted[i];
    }
    boolean enough = all >= MIN_PER_KEY * (double) sorted.length || wanted / all >= 2 * SKEWED;
    return enough && wanted / all >= SKEWED ? KeyOrder.ZIPF : KeyOrder.UNIFORM;
  }
}
