package dev.plinth.bench.cell;

import dev.plinth.bench.cell.ExpectedState.Expected;
import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Cell.Amplification;
import dev.plinth.bench.result.Cell.Bytes;
import dev.plinth.bench.result.Cell.Latency;
import dev.plinth.bench.result.Cell.Memory;
import dev.plinth.bench.result.Cell.Predicted;
import dev.plinth.bench.result.Details;
import dev.plinth.bench.result.Params;
import dev.plinth.bench.workload.Keys;
import dev.plinth.bench.workload.Mix;
import dev.plinth.bench.workload.Workload;
import dev.plinth.bench.workload.Workload.Kind;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.ByteLedger;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.Prediction;
import dev.plinth.spi.WorkloadShape;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Turns what was seen in a cell into the figures of `results.json`. A figure that was not measured
/// is null: for a peer, everything that only our own ledger knows.
final class Figures {
  /// The ledger and the system's count may differ by this share.
  static final double DIFFERENCE_MAX = 0.03;

  private final CellSpec spec;
  private final EngineProvider provider;
  private final EngineOptions options;
  private final boolean peer;
  private final boolean writes;

  Figures(CellSpec spec, EngineProvider provider, EngineOptions options) {
    this.spec = spec;
    this.provider = provider;
    this.options = options;
    this.peer = Contestants.isPeer(provider);
    this.writes = spec.workload().writes();
  }

  /// The measured cell.
  ///
  /// @param expected what is live now
  /// @param digest the store's digest; null when it has none
  /// @param note what a reader should know
  Cell cell(Observation seen, Expected expected, @Nullable String digest, String note) {
    double seconds = seen.outcome().nanos() / 1e9;
    Histogram histogram = seen.outcome().histogram();
    HistogramFile.write(histogram, spec.place().histogramFile());
    Bytes bytes = bytes(seen);
    Double difference = ledgerDifference(bytes);
    return new Cell(
        spec.engine(),
        spec.contestant().variant(),
        peer,
        spec.workload().label(),
        Cell.OK,
        "",
        CellMain.params(spec),
        spec.repeat(),
        seen.outcome().operations(),
        seconds,
        seen.outcome().operations() / Math.max(1e-9, seconds),
        latency(histogram),
        seen.outcome().longestStallNanos(),
        amplification(seen, expected),
        predicted(seen, expected),
        bytes,
        memory(seen, expected),
        digest,
        details(seen, expected, difference, note));
  }

  private static Latency latency(Histogram histogram) {
    return new Latency(
        histogram.getValueAtPercentile(50),
        histogram.getValueAtPercentile(90),
        histogram.getValueAtPercentile(99),
        histogram.getValueAtPercentile(99.9),
        histogram.getMaxValue());
  }

  private Bytes bytes(Observation seen) {
    boolean counted = writes && !peer;
    ByteLedger ledger = seen.settled().ledger().since(seen.before().ledger());
    return new Bytes(
        writes ? seen.userBytes() : null,
        counted ? ledger.bytes(ByteCause.LOG) : null,
        counted ? ledger.bytes(ByteCause.FLUSH) : null,
        counted ? ledger.bytes(ByteCause.COMPACTION) : null,
        counted ? ledger.bytes(ByteCause.INDEX) : null,
        counted ? ledger.bytes(ByteCause.HINT) : null,
        counted ? ledger.bytes(ByteCause.MANIFEST) : null,
        counted ? ledger.bytes(ByteCause.PREALLOCATION) : null,
        counted ? ledger.bytes(ByteCause.OTHER) : null,
        counted ? ledger.total() : null,
        seen.os().wchar(),
        seen.os().writeBytes(),
        seen.os().cancelled());
  }

  private @Nullable Double ledgerDifference(Bytes bytes) {
    Long total = bytes.total();
    Long wchar = bytes.osWchar();
    return total == null || wchar == null || total == 0 ? null : (wchar - total) / (double) total;
  }

  private Amplification amplification(Observation seen, Expected expected) {
    ByteLedger settled = seen.settled().ledger().since(seen.before().ledger());
    ByteLedger atEnd = seen.atEnd().ledger().since(seen.before().ledger());
    boolean counted = writes && !peer;
    long user = seen.userBytes();
    long reads = seen.atEnd().readOperations() - seen.before().readOperations();
    long blocks = seen.atEnd().readBlocks() - seen.before().readBlocks();
    long fileBytes = seen.atEnd().fileBytesRead() - seen.before().fileBytesRead();
    Mix mix = spec.mix();
    boolean pointReads =
        spec.workload() == Workload.READRANDOM
            || spec.workload() == Workload.READMISSING
            || spec.workload() == Workload.READWHILEWRITING
            || spec.workload() == Workload.REOPEN
            || (mix != null && mix.scans() == 0);
    boolean readBytes = !writes && fileBytes > 0 && seen.bytesReturned() > 0;
    Long osBytes = seen.os().writeBytes();
    long live = expected.bytes();
    return new Amplification(
        counted ? ratio(settled.total(), user) : null,
        writes && osBytes != null ? ratio(osBytes, user) : null,
        counted ? ratio(settled.total() - settled.bytes(ByteCause.LOG), user) : null,
        counted ? ratio(atEnd.total(), user) : null,
        pointReads && !peer && reads > 0 ? ratio(blocks, reads) : null,
        readBytes ? ratio(fileBytes, seen.bytesReturned()) : null,
        ratio(seen.diskBytes(), live),
        writes ? ratio(seen.diskBytesMax(), live) : null,
        writes && seen.diskBytesAverage() > 0 ? ratio(seen.diskBytesAverage(), live) : null);
  }

  private Predicted predicted(Observation seen, Expected expected) {
    boolean update = spec.workload().kind() == Kind.UPDATE;
    Params params = CellMain.params(spec);
    WorkloadShape shape =
        new WorkloadShape(
            expected.keys(),
            update ? spec.keys() : 0,
            writes(seen, expected),
            params.keyBytes(),
            params.valueBytes(),
            spec.order(),
            options.wal(),
            spec.commitEvery());
    Prediction prediction = provider.predict(options, shape, seen.settled());
    return new Predicted(
        writes ? known(prediction.write()) : null,
        readsHit() ? known(prediction.readBlocks()) : null,
        known(prediction.space()));
  }

  /// Whether all that is asked for is a point read that finds its key.
  private boolean readsHit() {
    return spec.workload() == Workload.READRANDOM || spec.workload() == Workload.YCSB_C;
  }

  private long writes(Observation seen, Expected expected) {
    if (!writes) {
      return expected.keys();
    }
    return spec.workload() == Workload.INGEST
            || spec.workload() == Workload.REPLAY
            || spec.workload() == Workload.DELETERANDOM
        ? seen.outcome().operations()
        : seen.userBytes() / (Keys.BYTES + (long) spec.valueBytes());
  }

  private Memory memory(Observation seen, Expected expected) {
    long offHeap = seen.settled().offHeapBytes();
    long index = seen.settled().indexBytes();
    return new Memory(
        seen.heapPeakBytes(),
        peer && offHeap <= 0 ? null : offHeap,
        seen.residentPeakBytes(),
        seen.anonymousPeakBytes(),
        peer && index <= 0 ? null : ratio(index, expected.keys()));
  }

  private Details details(
      Observation seen, Expected expected, @Nullable Double difference, String note) {
    String warning =
        difference != null && Math.abs(difference) > DIFFERENCE_MAX
            ? String.format(
                Locale.ROOT, "ledger and write calls differ by %.1f %%", difference * 100)
            : "";
    return new Details(
        spec.sampledEvery(),
        spec.warmUpOperations(),
        seen.settleNanos() / 1e9,
        seen.diskBytes(),
        seen.diskBytesMax(),
        expected.bytes(),
        difference,
        seen.os().readBytes(),
        peer ? null : seen.settled().stallNanos() - seen.before().stallNanos(),
        seen.bucketMillis(),
        seen.throughput(),
        details(seen),
        kinds(seen.outcome()),
        spec.ratePerSecond() > 0 ? latency(seen.outcome().service()) : null,
        beside(seen.outcome()),
        spec.place().histogramName(),
        note.isEmpty() ? warning : warning.isEmpty() ? note : note + "; " + warning);
  }

  private static SortedMap<String, Long> details(Observation seen) {
    SortedMap<String, Long> details = new TreeMap<>(seen.settled().details());
    details.putAll(seen.opens());
    return details;
  }

  /// The times by kind of operation, for workloads that have several.
  private @Nullable SortedMap<String, Latency> kinds(Driver.Outcome outcome) {
    if (spec.mix() == null) {
      return null;
    }
    SortedMap<String, Latency> latencies = new TreeMap<>();
    for (Mix.Action action : Mix.Action.values()) {
      Histogram histogram = outcome.kinds().get(action.ordinal());
      if (histogram.getTotalCount() > 0) {
        latencies.put(action.name().toLowerCase(Locale.ROOT), latency(histogram));
      }
    }
    return latencies;
  }

  private static Details.@Nullable Beside beside(Driver.Outcome outcome) {
    Driver.Beside beside = outcome.beside();
    return beside == null
        ? null
        : new Details.Beside(
            beside.operations(),
            beside.operations() / Math.max(1e-9, beside.nanos() / 1e9),
            latency(beside.histogram()));
  }

  private static @Nullable Double ratio(long part, long whole) {
    return whole <= 0 ? null : part / (double) whole;
  }

  private static @Nullable Double known(double value) {
    return Double.isFinite(value) ? value : null;
  }
}
