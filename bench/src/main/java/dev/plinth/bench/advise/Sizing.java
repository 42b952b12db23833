package dev.plinth.bench.advise;

import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.OptionSpec;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// How buffers and caches follow the memory that there is, and how all sizes follow the size of a
/// trial, so that a small store has the shape of the large one.
final class Sizing {
  /// The least memory for which advice is given, in bytes.
  static final long MEMORY_MIN = 16L << 20;

  /// A buffer or cache of an engine.
  ///
  /// @param share of the memory
  /// @param minBytes at least so much
  /// @param maxBytes at most so much
  private record Buffer(String engine, String option, double share, long minBytes, long maxBytes) {}

  private static final long MEMTABLE_MAX = 64L << 20;

  private static final List<Buffer> BUFFERS =
      List.of(
          new Buffer("lsm-leveled", "memtable.bytes", 1 / 16.0, 1 << 20, MEMTABLE_MAX),
          new Buffer("lsm-leveled", "cache.bytes", 1 / 16.0, 1 << 20, MEMTABLE_MAX),
          new Buffer("lsm-tiered", "memtable.bytes", 1 / 16.0, 1 << 20, MEMTABLE_MAX),
          new Buffer("lsm-tiered", "cache.bytes", 1 / 16.0, 1 << 20, MEMTABLE_MAX),
          new Buffer("jungle", "memtable.bytes", 1 / 16.0, 1 << 20, MEMTABLE_MAX),
          new Buffer("btree", "cache.bytes", 1 / 2.0, 4 << 20, 64L << 30),
          new Buffer("btree", "dirty.bytes.max", 1 / 8.0, 2 << 20, 4L << 30),
          new Buffer("btree", "commit.every.bytes", 1 / 8.0, 2 << 20, 256L << 20));

  /// Sizes that belong to the shape of a store: those that count levels and files.
  private static final Map<String, Long> SHAPES =
      Map.of(
          "memtable.bytes", 1L << 20,
          "table.bytes.max", 1L << 20,
          "table.bytes", 1L << 20,
          "level.base.bytes", 2L << 20,
          "file.bytes.max", 2L << 20,
          "cache.bytes", 1L << 20,
          "dirty.bytes.max", 2L << 20,
          "commit.every.bytes", 2L << 20,
          "log.segment.bytes", 1L << 20);

  /// Those that hold memory while the store is open.
  private static final Set<String> HELD =
      Set.of("memtable.bytes", "cache.bytes", "dirty.bytes.max");

  private Sizing() {}

  /// The buffers of an engine for a demand: its defaults where nothing is known of the memory but
  /// that there is enough of it.
  static SortedMap<String, String> of(EngineProvider provider, Demand demand) {
    SortedMap<String, String> options = new TreeMap<>();
    for (Buffer buffer : BUFFERS) {
      if (buffer.engine().equals(provider.name()) && demand.memoryBytes() > 0) {
        long bytes = (long) (demand.memoryBytes() * buffer.share());
        long size = Math.clamp(bytes, buffer.minBytes(), buffer.maxBytes());
        options.put(buffer.option(), Long.toString(size & ~63L));
      }
    }
    return options;
  }

  /// Bytes that the buffers and caches of a store may hold.
  static double heldBytes(EngineOptions options) {
    double held = 0;
    for (String name : HELD) {
      if (options.texts().containsKey(name)) {
        double times = name.equals("memtable.bytes") ? (double) options.whole("memtables.max") : 1;
        held += times * options.bytes(name);
      }
    }
    return held;
  }

  /// The options for a store that is `scale` of the size, never below what makes files so small
  /// that syncing them is all that is measured.
  static SortedMap<String, String> scaled(
      EngineProvider provider, EngineOptions options, double scale) {
    SortedMap<String, String> small = new TreeMap<>();
    for (OptionSpec spec : provider.options()) {
      Long least = SHAPES.get(spec.name());
      if (least != null && spec.form() instanceof OptionSpec.Form.Bytes form) {
        long full = options.bytes(spec.name());
        long bytes = Math.max(Math.min(full, least), (long) (full * Math.min(1, scale)));
        small.put(spec.name(), Long.toString(Math.clamp(bytes & ~63L, form.min(), form.max())));
      }
    }
    return small;
  }
}
