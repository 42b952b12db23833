package dev.plinth.bench.advise;

import dev.plinth.bench.cell.StoreFiles;
import dev.plinth.bench.workload.Dice;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Times the calls of each candidate in a store of a few megabytes: what its code costs on this
/// machine before memory and device count. Made for one use on one thread.
final class CostProbe {
  private static final long STORE_BYTES = 4L << 20;
  private static final int KEYS_MAX = 20_000;
  private static final int KEYS_MIN = 64;
  private static final int ROUND = 32;
  private static final int WALK = 30;
  private static final int BOXES = 6;

  /// One of so many keys is written again before reads, since a store that is written to is never
  /// settled.
  private static final int UNSETTLED = 10;

  private static final ValueLayout.OfLong DIGITS =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final Demand demand;
  private final Path folder;
  private final long boxNanos;
  private final int keys;
  private final Durability durability;
  private final Dice dice = new Dice(7, 7);
  private final MemorySegment key;
  private final MemorySegment value;
  private final MemorySegment target;
  private long shown;

  /// @param folder where small stores are made and removed
  /// @param boxNanos how long each call is repeated, once to warm up and once to be timed
  CostProbe(Demand demand, Path folder, long boxNanos) {
    this.demand = demand;
    this.folder = folder;
    this.boxNanos = boxNanos;
    long distinct = demand.keyBytes() >= 3 ? KEYS_MAX : 1L << (8 * demand.keyBytes() - 1);
    long fitting = (long) Math.max(KEYS_MIN, STORE_BYTES / demand.recordBytes());
    this.keys = (int) Math.min(Math.min(distinct, KEYS_MAX), fitting);
    this.durability =
        demand.durability() == Durability.SYNCED ? Durability.WRITTEN : demand.durability();
    Arena arena = Arena.ofAuto();
    this.key = arena.allocate(demand.keyBytes() + (long) Long.BYTES, 8);
    this.value = arena.allocate(Math.max(1, demand.valueBytes()), 8);
    this.target = arena.allocate(Math.max(1, demand.valueBytes()), 8);
    for (long at = 0; at < value.byteSize(); at++) {
      value.set(ValueLayout.JAVA_BYTE, at, (byte) dice.bits());
    }
  }

  /// The costs of each candidate by its label; one that fails has none.
  Map<String, EngineCosts> measure(List<Candidate> candidates) {
    Map<String, EngineCosts> costs = new HashMap<>();
    for (Candidate candidate : candidates) {
      Path store = folder.resolve("probe-" + candidate.label());
      try {
        costs.put(candidate.label(), measure(candidate, store));
      } catch (StorageException e) {
        System.getLogger("dev.plinth.bench")
            .log(System.Logger.Level.WARNING, candidate.label() + " cannot be probed", e);
      } finally {
        StoreFiles.delete(store);
      }
    }
    return costs;
  }

  private EngineCosts measure(Candidate candidate, Path store) {
    EngineProvider provider = Engines.provider(candidate.engine());
    var options = Engines.options(provider, candidate.options());
    try (Engine engine =
        Engines.open(store, provider, options, EngineEnvironment.standard().withEvents(_ -> {}))) {
      for (int i = 0; i < keys; i++) {
        choose(i);
        put(engine);
      }
      double put = timed(() -> put(chosen(engine)));
      engine.settle();
      for (int i = 0; demand.writes() > 0 && i < keys / UNSETTLED; i++) {
        put(chosen(engine));
      }
      double get = timed(() -> get(chosen(engine)));
      if (demand.scans() == 0 || !engine.traits().ordered()) {
        return new EngineCosts(put, get, 0, 0);
      }
      double seek = timed(() -> scan(chosen(engine), 1));
      double walk = timed(() -> scan(chosen(engine), WALK));
      if (shown == 0 && demand.valueBytes() > 0) {
        throw new IllegalStateException("range reads showed nothing");
      }
      return new EngineCosts(put, get, seek, Math.max(0, walk - seek) / (WALK - 1));
    }
  }

  /// The time of one call after a time to warm up: the least of several short rounds, since
  /// whatever else runs on the machine can only add to it.
  private double timed(Runnable call) {
    box(call, boxNanos);
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < BOXES; i++) {
      least = Math.min(least, box(call, boxNanos / BOXES));
    }
    return least;
  }

  private static double box(Runnable call, long nanos) {
    long calls = 0;
    long start = System.nanoTime();
    long elapsed;
    do {
      for (int i = 0; i < ROUND; i++) {
        call.run();
      }
      calls += ROUND;
      elapsed = System.nanoTime() - start;
    } while (elapsed < nanos);
    return elapsed / (double) calls;
  }

  private Engine chosen(Engine engine) {
    choose(dice.below(keys));
    return engine;
  }

  /// The number stands at the end of the key, most significant byte first.
  private void choose(long index) {
    int length = demand.keyBytes();
    if (length >= Long.BYTES) {
      key.set(DIGITS, length - Long.BYTES, index + 1);
    } else {
      key.set(DIGITS, 0, (index + 1) << (Long.SIZE - 8 * length));
    }
  }

  private void put(Engine engine) {
    engine.put(key, 0, demand.keyBytes(), value, 0, demand.valueBytes(), durability);
  }

  private void get(Engine engine) {
    long found = engine.copy(key, 0, demand.keyBytes(), target, 0, demand.valueBytes());
    if (found != demand.valueBytes()) {
      throw new IllegalStateException("a key that was written is read with " + found + " bytes");
    }
  }

  private void scan(Engine engine, int entries) {
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      boolean found = cursor.seek(key, 0, demand.keyBytes());
      for (int i = 1; found && i < entries; i++) {
        shown += cursor.valueLength();
        found = cursor.next();
      }
    }
  }
}
