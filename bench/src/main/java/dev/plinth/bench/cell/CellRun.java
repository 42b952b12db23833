package dev.plinth.bench.cell;

import dev.plinth.bench.cell.ExpectedState.Expected;
import dev.plinth.bench.machine.DirectorySize;
import dev.plinth.bench.machine.NativeFiles;
import dev.plinth.bench.machine.ProcFile;
import dev.plinth.bench.noop.NoopEngineProvider;
import dev.plinth.bench.result.Cell;
import dev.plinth.bench.trace.RecordingEngine;
import dev.plinth.bench.trace.TraceState;
import dev.plinth.bench.workload.FolderTree;
import dev.plinth.bench.workload.Keys;
import dev.plinth.bench.workload.Mix;
import dev.plinth.bench.workload.Values;
import dev.plinth.bench.workload.Workload;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.Engines;
import dev.plinth.spi.StateDigest;
import dev.plinth.spi.StorageException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// One cell from the first to the last step: warm up, measure, settle, count, and compare the state
/// with the one that the seed demands. Made for one use on one thread.
final class CellRun {
  private static final long PASS_OPERATIONS_MAX = 4_000_000;

  private final CellSpec spec;
  private final Output output;
  private final EngineProvider provider;
  private final EngineOptions options;
  private final Values values;
  private final Path directory;
  private final @Nullable FolderTree tree;
  private final SortedMap<String, Long> opens = new TreeMap<>();

  CellRun(CellSpec spec, Output output) {
    this.spec = spec;
    this.output = output;
    this.provider = Engines.provider(spec.engine());
    this.options = Engines.options(provider, spec.options());
    this.values = new Values(spec.valueBytes(), spec.seed());
    this.directory = Path.of(spec.directory());
    String folder = spec.ingestDirectory();
    this.tree = folder == null ? null : FolderTree.of(Path.of(folder));
  }

  /// Measures.
  ///
  /// @return the cell, with status `ok`, or `failed` when the state is not the expected one
  Cell run() throws InterruptedException {
    requireOrder();
    MemoryCap cap = new MemoryCap(spec.memory(), directory);
    try {
      if (spec.workload().writes()) {
        warmUpOnScratchStore();
      } else {
        reopening();
        long limit = spec.memory().limitBytes();
        StoreFiles.readAll(directory, limit == 0 ? Long.MAX_VALUE : limit);
      }
      try (Engine engine = recording(open())) {
        preload(engine);
        if (!spec.workload().writes()) {
          warmUp(engine, spec);
        } else if (spec.workload().isMixed()) {
          warmUp(engine, WarmUp.reads(spec));
          Mix mix = spec.mix();
          if (mix != null && mix.scans() > 0) {
            warmUp(engine, WarmUp.scans(spec));
          }
        }
        Observation seen = measure(engine);
        cap.close();
        return judged(seen, digest(engine), expected());
      }
    } finally {
      cap.close();
    }
  }

  /// What comes before the measured opening: one after a clean close, then a process that
  /// overwrites and is killed.
  private void reopening() throws InterruptedException {
    if (spec.workload() == Workload.REOPEN) {
      opens.put("open.closed.micros", Reopening.afterClose(spec));
      Reopening.killed(spec);
    }
  }

  private Engine open() {
    if (spec.workload() != Workload.REOPEN) {
      return open(directory);
    }
    long start = System.nanoTime();
    Engine engine = open(directory);
    Reopening.firstRead(engine);
    opens.put("open.killed.micros", (System.nanoTime() - start) / 1000);
    return engine;
  }

  /// Each range read beside writes sees new ones, for which a store without an ordered index would
  /// sort all keys again.
  private void requireOrder() {
    Mix mix = spec.mix();
    if (mix != null && mix.scans() > 0 && mix.writes() > 0 && !provider.traits(options).ordered()) {
      throw new StorageException.Unsupported(
          "it has no ordered index: each range read beside writes would sort all keys; give it one"
              + " by its options");
    }
  }

  private Cell judged(Observation seen, Digest digest, Expected expected) {
    Figures figures = new Figures(spec, provider, options);
    StateDigest found = digest.found;
    if (spec.workload() == Workload.REOPEN && mayLose() && !expected.digest().equals(found)) {
      return figures.cell(seen, expected, null, "the kill lost what was not committed");
    }
    Cell cell = figures.cell(seen, expected, found == null ? null : found.toString(), digest.note);
    if (found == null || found.equals(expected.digest())) {
      return cell;
    }
    return cell.with(
        Cell.FAILED,
        "the store's digest is "
            + found
            + ", the workload wrote "
            + expected.digest()
            + ": entries are missing or wrong");
  }

  /// Whether a kill may take what was acknowledged: what waits in the process, and what a peer has
  /// not committed.
  private boolean mayLose() {
    return spec.durability() == Durability.BUFFERED || provider.foreign();
  }

  /// What is recorded begins with the warm-up of mixed workloads, which only reads.
  private Engine recording(Engine engine) {
    String file = spec.place().recordFile();
    return file == null ? engine : RecordingEngine.recording(engine, Path.of(file));
  }

  /// Prepares a store that a trace expects to hold something.
  private void preload(Engine engine) {
    String trace = spec.place().trace();
    if (trace != null) {
      ReplayWorker.preload(engine, TraceState.of(Path.of(trace)), values);
      engine.settle();
    }
  }

  private Engine open(Path folder) {
    return Engines.open(folder, provider, options, EngineEnvironment.standard());
  }

  private void warmUpOnScratchStore() throws InterruptedException {
    if (tree != null) {
      tree.parts().forEach(new FolderWarmUp());
    }
    long count = Math.min(spec.warmUpOperations(), spec.keys());
    if (count == 0) {
      return;
    }
    Path scratch = directory.resolveSibling(directory.getFileName() + "-warm-up");
    CellSpec small = WarmUp.spec(spec, count, scratch);
    try (Engine engine = open(scratch)) {
      warmUp(engine, small);
    }
    StoreFiles.delete(scratch);
  }

  private void warmUp(Engine engine, CellSpec what) throws InterruptedException {
    long operations = Math.min(spec.warmUpOperations(), what.operations());
    if (operations == 0) {
      return;
    }
    long end = System.nanoTime() + what.warmUpNanos();
    long count = operations;
    int pass = 1;
    do {
      warmUp(engine, what, count, pass);
      pass++;
      // Few long passes: each has threads and histograms of its own.
      count = what.workload().writes() ? operations : Math.min(2 * count, PASS_OPERATIONS_MAX);
    } while (System.nanoTime() < end);
  }

  private void warmUp(Engine engine, CellSpec what, long operations, int pass)
      throws InterruptedException {
    Progress progress = new Progress(Workers.count(what));
    List<Worker> workers = Workers.of(engine, what, values, operations, pass, null, progress);
    try {
      new Driver(workers, what.virtual(), what.sampledEvery(), 0, progress).run();
    } finally {
      workers.forEach(Worker::close);
    }
  }

  private Observation measure(Engine engine) throws InterruptedException {
    Progress progress = new Progress(Workers.count(spec));
    List<Worker> workers = Workers.of(engine, spec, values, spec.operations(), 0, tree, progress);
    System.gc();
    heapPools().forEach(MemoryPoolMXBean::resetPeakUsage);
    ProcFile.resetPeakResident();
    EngineStats before = engine.stats();
    long harnessBefore = output.bytes();
    OsCounters osBefore = OsCounters.now();
    Driver.Outcome outcome;
    EngineStats atEnd;
    long settleStart;
    Sampler sampler = new Sampler(progress, directory, output::progress);
    try (sampler) {
      try {
        outcome =
            new Driver(workers, spec.virtual(), spec.sampledEvery(), stepNanos(), progress).run();
      } finally {
        workers.forEach(Worker::close);
      }
      atEnd = engine.stats();
      settleStart = System.nanoTime();
      if (spec.workload().writes()) {
        engine.settle();
      }
    }
    long settleNanos = System.nanoTime() - settleStart;
    NativeFiles.syncFileSystem(directory);
    OsCounters os = OsCounters.now().since(osBefore).withoutHarness(output.bytes() - harnessBefore);
    EngineStats settled = engine.stats();
    sampler.lookOnce();
    return new Observation(
        outcome,
        before,
        atEnd,
        settled,
        os,
        workers.stream().mapToLong(Worker::bytesWritten).sum(),
        workers.stream().mapToLong(Worker::bytesReturned).sum(),
        DirectorySize.bytes(directory),
        sampler.diskMax(),
        sampler.diskAverage(),
        sum(heapPools(), pool -> pool.getPeakUsage().getUsed()),
        ProcFile.read(ProcFile.STATUS).bytes("VmHWM"),
        sampler.anonymousMax() < 0 ? null : sampler.anonymousMax(),
        settleNanos,
        sampler.bucketMillis(),
        sampler.throughput(),
        opens);
  }

  /// At a fixed rate, the time between two steps of one thread; else 0.
  private double stepNanos() {
    return spec.ratePerSecond() == 0
        ? 0
        : 1e9 * spec.threads() * spec.batch() / spec.ratePerSecond();
  }

  /// The digest of a store, or why it has none.
  private record Digest(@Nullable StateDigest found, String note) {}

  private Digest digest(Engine engine) {
    if (spec.engine().equals(NoopEngineProvider.NAME)) {
      return new Digest(null, "");
    }
    try {
      return new Digest(engine.digest(), "");
    } catch (StorageException.LimitExceeded | StorageException.Unsupported e) {
      return new Digest(null, "no digest: " + e.getMessage());
    }
  }

  private Expected expected() {
    if (spec.engine().equals(NoopEngineProvider.NAME)) {
      return new Expected(
          new StateDigest.Sum().digest(),
          spec.keys(),
          spec.keys() * (Keys.BYTES + (long) spec.valueBytes()));
    }
    String trace = spec.place().trace();
    return trace == null
        ? ExpectedState.after(spec, values, tree)
        : ReplayWorker.expected(TraceState.of(Path.of(trace)), values);
  }

  private static List<MemoryPoolMXBean> heapPools() {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(pool -> pool.getType() == MemoryType.HEAP)
        .toList();
  }

  private static <T> long sum(List<T> list, ToLongFunction<T> of) {
    return list.stream().mapToLong(of).sum();
  }
}
