package dev.plinth.bench.plan;

import dev.plinth.bench.cell.Contestant;
import dev.plinth.bench.workload.Keys;
import dev.plinth.bench.workload.Mix;
import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// Everything that a run measures: each engine with each workload, key count, value size,
/// durability, key order and number of threads. Complete and checked.
///
/// @param contestants engines and peers with their options, in the order in which they are measured
/// @param operations how many reads and overwrites; as many as keys when nothing was said
/// @param updates how many overwrites; as many as `operations` when nothing was said
/// @param ingestDirectory the folder for the workload `ingest`
/// @param trace the trace for the workload `replay`
/// @param recording whether each cell writes down what it does
/// @param mix the shares of the workload `mix`
/// @param phases workloads to do to one store one after the other
/// @param ratePerSecond operations that are due in a second, over all threads; 0 for a closed loop
/// @param heap the largest heap of a measuring process, as the JVM's flag wants it
/// @param memoryLimitBytes how much memory and page cache a cell may take; 0 for no limit
/// @param memoryLimitBy how that is brought about
public record Matrix(
    List<Contestant> contestants,
    List<Workload> workloads,
    List<Long> keys,
    List<Integer> valueBytes,
    List<KeyOrder> orders,
    List<Integer> threads,
    boolean virtual,
    List<Durability> durabilities,
    int batch,
    long commitEvery,
    Amount operations,
    Amount updates,
    long syncOperations,
    long warmUp,
    long warmUpNanos,
    int repeat,
    long seed,
    String heap,
    long memoryLimitBytes,
    LimitBy memoryLimitBy,
    @Nullable Path ingestDirectory,
    @Nullable Trace trace,
    boolean recording,
    @Nullable Mix mix,
    PhaseList phases,
    long ratePerSecond,
    long cellTimeoutNanos) {

  private static final int THREADS_MAX = 10_000;
  private static final int REPEAT_MAX = 1_000;
  private static final long RATE_MAX = 100_000_000;
  private static final int BATCH_MAX = 1_000_000;

  /// The matrix that settings describe.
  ///
  /// @param settings as given; the rest is filled in from profile and defaults
  /// @param engineOptions option texts by engine and name
  /// @throws StorageException.InvalidConfiguration naming what is wrong and what is possible
  public static Matrix of(
      Profile profile,
      Map<Setting, String> settings,
      Map<String, SortedMap<String, String>> engineOptions) {
    int contestants = new SettingReader(profile.settings(1), settings).contestants().size();
    SettingReader read = new SettingReader(profile.settings(contestants), settings);
    List<Workload> workloads = read.workloads();
    PhaseList phases = PhaseList.of(read.text(Setting.PHASES));
    return new Matrix(
        Roster.of(read.contestants(), engineOptions),
        workloads,
        read.wholes(Setting.KEYS, 1, Keys.COUNT_MAX),
        read.wholes(Setting.VALUE_BYTES, 0, EngineTraits.VALUE_BYTES_LIMIT).stream()
            .map(Math::toIntExact)
            .toList(),
        read.list(Setting.KEY_ORDER, text -> read.word(Setting.KEY_ORDER, text, KeyOrder.class)),
        read.wholes(Setting.THREADS, 1, THREADS_MAX).stream().map(Math::toIntExact).toList(),
        read.toggle(Setting.VIRTUAL),
        read.list(
            Setting.DURABILITY, text -> read.word(Setting.DURABILITY, text, Durability.class)),
        (int) read.whole(Setting.BATCH, 1, BATCH_MAX),
        read.whole(Setting.COMMIT_EVERY, 0, Long.MAX_VALUE),
        read.amount(Setting.OPERATIONS),
        read.amount(Setting.UPDATES),
        read.whole(Setting.SYNC_OPERATIONS, 1, Keys.COUNT_MAX),
        read.whole(Setting.WARM_UP, 0, Keys.COUNT_MAX),
        read.nanos(Setting.WARM_UP_TIME),
        (int) read.whole(Setting.REPEAT, 1, REPEAT_MAX),
        read.whole(Setting.SEED, Long.MIN_VALUE, Long.MAX_VALUE),
        read.heap(),
        read.memoryLimit(),
        read.word(Setting.MEMORY_LIMIT_BY, read.text(Setting.MEMORY_LIMIT_BY), LimitBy.class),
        read.ingestDirectory(workloads),
        read.trace(workloads),
        read.toggle(Setting.RECORD),
        read.mix(workloads, phases),
        phases,
        read.whole(Setting.RATE, 0, RATE_MAX),
        read.nanos(Setting.CELL_TIMEOUT));
  }

  /// A trace to replay.
  ///
  /// @param file where it is
  /// @param keys how many keys it touches
  /// @param operations how many operations it has
  /// @param valueBytesMax bytes of its largest value
  public record Trace(Path file, long keys, long operations, int valueBytesMax) {}

  /// How a limit on memory is brought about.
  public enum LimitBy {
    /// A control group where the system allows one, else dropping.
    AUTO,
    /// A control group, or the run is refused.
    GROUP,
    /// Dropping the store's files from the page cache again and again.
    DROPPING
  }
}
