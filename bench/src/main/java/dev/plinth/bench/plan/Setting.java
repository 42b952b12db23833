package dev.plinth.bench.plan;

import dev.plinth.spi.Names;
import dev.plinth.spi.StorageException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// One thing that a run can be told, on the command line as `--name` or in a matrix file as `name`.
public enum Setting {
  /// Which engines; all on the class path by default.
  ENGINES(""),
  /// Which foreign stores: names, `all`, `none`, or `usual` for RocksDB and LMDB where they are
  /// there.
  PEERS("usual"),
  /// Which workloads; all but `ingest` by default.
  WORKLOADS("fillseq,fillrandom,overwrite,readrandom,readmissing,seekrandom,scan,fillsync"),
  /// How many keys a store has; several make cells of each.
  KEYS("200k"),
  /// Bytes of a value; several make cells of each.
  VALUE_BYTES("100"),
  /// The shares of the workload `mix`, as [dev.plinth.bench.workload.Mix] reads them.
  MIX(""),
  /// In which order overwrites and reads choose keys.
  KEY_ORDER("uniform"),
  /// How many threads; several make cells of each.
  THREADS("1"),
  /// Whether threads are virtual.
  VIRTUAL("false"),
  /// How far a write must have come when the call returns; several make cells of each.
  DURABILITY("written"),
  /// Entries in one atomic write.
  BATCH("1"),
  /// Writes between two flushes; 0 for none.
  COMMIT_EVERY("0"),
  /// How many overwrites and reads, as a number or a multiple of the keys such as `2x`; 0 for as
  /// many as keys (a tenth for `seekrandom`).
  OPERATIONS("0"),
  /// How many overwrites, likewise, so that merges reach a steady state; 0 for as many as reads.
  UPDATES("0"),
  /// How many writes `fillsync` makes.
  SYNC_OPERATIONS("2k"),
  /// How many uncounted operations come first.
  WARM_UP("50k"),
  /// How long a cell goes on warming up by so many operations again and again.
  WARM_UP_TIME("0s"),
  /// How often each cell is measured.
  REPEAT("1"),
  /// Decides keys and values.
  SEED("1"),
  /// The largest heap of a measuring process.
  HEAP("256MiB"),
  /// How much memory a cell and its part of the page cache may take; empty for no limit.
  MEMORY_LIMIT(""),
  /// How the limit on memory is brought about: `group`, `dropping`, or `auto` for what is possible.
  MEMORY_LIMIT_BY("auto"),
  /// The folder that `ingest` loads.
  INGEST_DIR(""),
  /// The trace that `replay` replays.
  TRACE(""),
  /// Whether each cell writes down what it does, as a trace.
  RECORD("false"),
  /// Workloads to do to one store one after the other, as [PhaseList] reads them.
  PHASES(""),
  /// Operations that are due in a second, over all threads; 0 for as many as possible.
  RATE("0"),
  /// How long one cell may take.
  CELL_TIMEOUT("1h");

  private final String fallback;

  Setting(String fallback) {
    this.fallback = fallback;
  }

  /// Its name on the command line and in matrix files.
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// Its value when neither profile, file nor command line gives one.
  public String fallback() {
    return fallback;
  }

  /// The setting of a name.
  public static Optional<Setting> find(String label) {
    return Arrays.stream(values()).filter(setting -> setting.label().equals(label)).findFirst();
  }

  /// The setting of a name.
  ///
  /// @throws StorageException.InvalidConfiguration for an unknown one
  public static Setting of(String label) {
    return find(label)
        .orElseThrow(
            () ->
                new StorageException.InvalidConfiguration(
                    Names.unknown(
                        "setting", label, Arrays.stream(values()).map(Setting::label).toList())));
  }
}
