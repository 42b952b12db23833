package dev.plinth.conformance.lab;

import dev.plinth.conformance.linear.Call;
import dev.plinth.conformance.linear.Scan;
import dev.plinth.conformance.linear.Write;
import dev.plinth.conformance.model.Violation;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Reader;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// One of the threads that use an engine at a time, with what it has seen. Its operations follow
/// from a seed. After a write that failed it only reads.
final class ConcurrentClient {
  /// How many keys all of them share.
  static final int KEYS = 5;

  private static final int VALUE_BYTES_MAX = 900;

  private final int number;
  private final Engine engine;
  private final boolean logged;
  private final SplittableRandom random;
  private final AtomicLong clock;
  private final BooleanSupplier tolerated;
  private final List<Write> writes = new ArrayList<>();
  private final List<Call> reads = new ArrayList<>();
  private final List<Scan> scans = new ArrayList<>();
  private long written;
  private long synced;
  private long values;
  private boolean readsOnly;

  /// @param logged whether writes may ask for `SYNCED`, and `WRITTEN` ones survive the process
  /// @param clock gives moments, each once
  /// @param tolerated whether a call of the disk was refused, so that calls may fail
  ConcurrentClient(
      int number,
      Engine engine,
      boolean logged,
      long seed,
      AtomicLong clock,
      BooleanSupplier tolerated) {
    this.number = number;
    this.engine = engine;
    this.logged = logged;
    this.random = new SplittableRandom(seed * 31 + number);
    this.clock = clock;
    this.tolerated = tolerated;
  }

  List<Write> writes() {
    return writes;
  }

  List<Call> reads() {
    return reads;
  }

  List<Scan> scans() {
    return scans;
  }

  /// The sequence number up to which it was promised that a crash leaves everything.
  ///
  /// @param powerLost else the process was killed
  long promised(boolean powerLost) {
    return powerLost ? synced : Math.max(synced, written);
  }

  static String key(int number) {
    return "k" + number;
  }

  /// Makes the next call.
  ///
  /// @throws Violation for an error that nothing excuses
  void next() {
    int dice = random.nextInt(100);
    try {
      if (dice < 34 || (readsOnly && dice < 60)) {
        get(random.nextInt(KEYS));
      } else if (dice >= 84 || readsOnly) {
        look(dice);
      } else if (dice < 80) {
        write(dice);
      } else if (dice < 83) {
        synced = Math.max(synced, engine.flush());
      } else {
        engine.compact(KeyRange.all());
      }
    } catch (StorageException e) {
      if (e instanceof StorageException.Corrupt || !tolerated.getAsBoolean()) {
        throw new Violation("SPI", "client " + number + " failed: " + e, e);
      }
    }
  }

  private void get(int which) {
    byte[] key = bytes(key(which));
    long begun = clock.incrementAndGet();
    byte[] value = engine.get(key);
    long ended = clock.incrementAndGet();
    reads.add(
        new Call(
            number,
            key(which),
            new Call.Action.Get(),
            new Call.Outcome.Read(text(value)),
            begun,
            ended));
  }

  private void look(int dice) {
    if (dice >= 94) {
      long begun = clock.incrementAndGet();
      try (Snapshot snapshot = engine.snapshot()) {
        long ended = clock.incrementAndGet();
        Map<String, String> found = content(snapshot, dice % 2 == 0);
        requireFrozen(snapshot, found);
        scans.add(new Scan(number, found, snapshot.sequence(), begun, ended));
      }
      return;
    }
    long begun = clock.incrementAndGet();
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      long ended = clock.incrementAndGet();
      scans.add(new Scan(number, walk(cursor, dice % 2 == 0), Write.UNKNOWN, begun, ended));
    }
  }

  private static void requireFrozen(Snapshot snapshot, Map<String, String> found) {
    for (int i = 0; i < KEYS; i++) {
      String value = text(snapshot.get(bytes(key(i))));
      if (!Objects.equals(value, found.get(key(i)))) {
        throw new Violation(
            "D10", "a snapshot's scan shows " + found + ", but " + key(i) + " reads " + value);
      }
    }
  }

  /// Everything that a reader's cursor shows.
  static Map<String, String> content(Reader reader, boolean forward) {
    try (Cursor cursor = reader.cursor(KeyRange.all())) {
      return walk(cursor, forward);
    }
  }

  private static Map<String, String> walk(Cursor cursor, boolean forward) {
    Map<String, String> found = new TreeMap<>();
    while (forward ? cursor.next() : cursor.previous()) {
      String key = new String(cursor.key(), StandardCharsets.UTF_8);
      if (found.put(key, Objects.requireNonNull(text(cursor.value()))) != null) {
        throw new Violation("D11", "a scan shows " + key + " twice");
      }
    }
    return found;
  }

  private void write(int dice) {
    WriteBatch batch = new WriteBatch();
    Map<String, Optional<String>> effects = new HashMap<>();
    int operations = dice < 60 ? 1 : 2 + random.nextInt(3);
    for (int i = 0; i < operations; i++) {
      addTo(batch, effects);
    }
    Durability durability = Durability.values()[random.nextInt(logged ? 3 : 2)];
    long begun = clock.incrementAndGet();
    long sequence = Write.UNKNOWN;
    try {
      sequence = engine.write(batch, durability);
    } finally {
      readsOnly = sequence == Write.UNKNOWN;
      long ended = readsOnly ? Long.MAX_VALUE : clock.incrementAndGet();
      writes.add(new Write(number, effects, sequence, begun, ended));
    }
    if (durability == Durability.SYNCED) {
      synced = Math.max(synced, sequence);
    } else if (durability == Durability.WRITTEN && logged) {
      written = Math.max(written, sequence);
    }
  }

  private void addTo(WriteBatch batch, Map<String, Optional<String>> effects) {
    int which = random.nextInt(KEYS);
    int dice = random.nextInt(100);
    if (dice < 72) {
      byte[] value = value();
      batch.put(bytes(key(which)), value);
      effects.put(key(which), Optional.ofNullable(text(value)));
    } else if (dice < 95) {
      batch.delete(bytes(key(which)));
      effects.put(key(which), Optional.empty());
    } else {
      batch.deleteRange(KeyRange.of(bytes(key(which)), bytes(key(which + 2))));
      effects.put(key(which), Optional.empty());
      effects.put(key(Math.min(which + 1, KEYS - 1)), Optional.empty());
    }
  }

  /// Bytes that tell which write they are of, behind them a rest that tells when it is not whole.
  private byte[] value() {
    int length = random.nextInt(6) == 0 ? random.nextInt(VALUE_BYTES_MAX) : random.nextInt(30);
    return bytes(number + "-" + values++ + "*" + length + "*" + "x".repeat(length));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// A value in few letters: the rest is left out where it is whole.
  private static @Nullable String text(byte @Nullable [] value) {
    if (value == null) {
      return null;
    }
    String text = new String(value, StandardCharsets.UTF_8);
    String[] parts = text.split("\\*", -1);
    boolean whole = parts.length == 3 && parts[1].equals(Integer.toString(parts[2].length()));
    return whole && parts[2].chars().allMatch(letter -> letter == 'x')
        ? parts[0] + "*" + parts[1]
        : text;
  }
}
