package dev.plinth.bench.advise;

import dev.plinth.bench.workload.Keys;
import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.Names;
import dev.plinth.spi.Quantities;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// One thing that a user may say of a workload, by its name on the command line.
public enum Ask {
  /// Hundredths of all operations that are point reads.
  READS("50"),
  /// Hundredths of all operations that are range reads.
  SCANS("0"),
  /// Hundredths of all operations that write new keys; what is left updates old ones.
  INSERTS("0"),
  /// Entries of a range read, on average.
  SCAN_ENTRIES("10"),
  /// How many keys are live.
  KEYS("1M"),
  /// Bytes of a key.
  KEY_BYTES("16"),
  /// Bytes of a value.
  VALUE_BYTES("100"),
  /// In which order keys are chosen.
  KEY_ORDER("uniform"),
  /// How far a write must have come when it returns.
  DURABILITY("written"),
  /// How many threads use the store.
  THREADS("1"),
  /// Memory for the store, page cache included.
  MEMORY(""),
  /// The most bytes on disk, or how many times the live bytes.
  SPACE(""),
  /// How long 99 of 100 operations may take at most.
  LATENCY("");

  private static final int THREADS_MAX = 1_000;
  private static final int SCAN_ENTRIES_MAX = 100_000;
  private static final double SPACE_TIMES_MAX = 1000;

  private final String fallback;

  Ask(String fallback) {
    this.fallback = fallback;
  }

  /// Its name on the command line and in lists of workloads.
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// The demand that such answers describe.
  ///
  /// @param given what was said; the rest has defaults
  /// @throws StorageException.InvalidConfiguration naming what is wrong and what is possible
  public static Demand demand(Map<Ask, String> given) {
    double reads = READS.share(given);
    double scans = SCANS.share(given);
    double inserts = INSERTS.share(given);
    long keys = KEYS.whole(given, 1, Keys.COUNT_MAX);
    int keyBytes = (int) KEY_BYTES.whole(given, 1, EngineTraits.KEY_BYTES_LIMIT);
    int valueBytes = (int) VALUE_BYTES.whole(given, 0, EngineTraits.VALUE_BYTES_LIMIT);
    double updates = 1 - reads - scans - inserts;
    return new Demand(
        reads,
        Math.abs(updates) < 1e-9 ? 0 : updates,
        inserts,
        scans,
        (int) SCAN_ENTRIES.whole(given, 1, SCAN_ENTRIES_MAX),
        keys,
        keyBytes,
        valueBytes,
        KEY_ORDER.word(given, KeyOrder.class),
        DURABILITY.word(given, Durability.class),
        (int) THREADS.whole(given, 1, THREADS_MAX),
        MEMORY.memory(given),
        SPACE.space(given, keys * ((double) keyBytes + valueBytes)),
        LATENCY.nanos(given));
  }

  /// Reads answers written `reads=70 keys=10M memory=1GiB`.
  ///
  /// @throws StorageException.InvalidConfiguration for an unknown name, with the nearest
  public static Map<Ask, String> answers(String line) {
    Map<Ask, String> given = new EnumMap<>(Ask.class);
    for (String word : line.strip().split("\\s+", -1)) {
      int equals = word.indexOf('=');
      String name = equals < 0 ? word : word.substring(0, equals);
      List<String> known = Arrays.stream(values()).map(Ask::label).toList();
      Ask ask =
          Arrays.stream(values())
              .filter(one -> equals > 0 && one.label().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new StorageException.InvalidConfiguration(
                          Names.unknown("answer", name, known)));
      given.put(ask, word.substring(equals + 1));
    }
    return given;
  }

  private String text(Map<Ask, String> given) {
    return given.getOrDefault(this, fallback).strip();
  }

  private double share(Map<Ask, String> given) {
    String text = text(given);
    double value =
        Quantities.decimal(option(), text.endsWith("%") ? text.replaceFirst(" *%$", "") : text);
    if (!(value >= 0 && value <= 100)) {
      throw refused(text, "a share of 0 to 100 hundredths is expected");
    }
    return value / 100;
  }

  private long whole(Map<Ask, String> given, long min, long max) {
    long value = Quantities.whole(option(), text(given));
    if (value < min || value > max) {
      throw refused(text(given), min + " to " + max + " is possible");
    }
    return value;
  }

  private <E extends Enum<E>> E word(Map<Ask, String> given, Class<E> type) {
    List<String> known =
        Arrays.stream(type.getEnumConstants())
            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
            .toList();
    int at = known.indexOf(text(given));
    if (at < 0) {
      throw new StorageException.InvalidConfiguration(Names.unknown(label(), text(given), known));
    }
    return type.getEnumConstants()[at];
  }

  private long memory(Map<Ask, String> given) {
    long bytes = text(given).isEmpty() ? 0 : Quantities.bytes(option(), text(given));
    if (!text(given).isEmpty() && bytes < Sizing.MEMORY_MIN) {
      throw refused(
          text(given),
          "a store needs at least " + Quantities.bytesText((double) Sizing.MEMORY_MIN));
    }
    return bytes;
  }

  /// Bytes, or `2x` for twice the live bytes.
  private double space(Map<Ask, String> given, double liveBytes) {
    String text = text(given);
    if (text.isEmpty()) {
      return 0;
    }
    if (!text.endsWith("x")) {
      long bytes = Quantities.bytes(option(), text);
      if (bytes < liveBytes) {
        throw refused(
            text, "keys and values alone take " + Quantities.bytesText(liveBytes) + "; raise it");
      }
      return (double) bytes;
    }
    double times = Quantities.decimal(option(), text.substring(0, text.length() - 1));
    if (!(times >= 1 && times <= SPACE_TIMES_MAX)) {
      throw refused(text, "1x to 1000x is possible");
    }
    return times * liveBytes;
  }

  private long nanos(Map<Ask, String> given) {
    long value = text(given).isEmpty() ? 0 : Quantities.nanos(option(), text(given));
    if (!text(given).isEmpty() && value < 1) {
      throw refused(text(given), "more than nothing is expected");
    }
    return value;
  }

  private String option() {
    return "--" + label();
  }

  private StorageException refused(String text, String why) {
    return new StorageException.InvalidConfiguration(option() + " = " + text + ": " + why);
  }
}
