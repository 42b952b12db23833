package dev.plinth.bench.advise;

import dev.plinth.bench.result.RawLimits;
import dev.plinth.spi.Durability;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.Engines;
import dev.plinth.spi.Prediction;
import dev.plinth.spi.Quantities;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// Puts the engines' models and the machine's costs together: the time of an operation of the mix.
/// Pure: measures nothing.
///
/// A call costs what it costs in a small store, and one miss of the processor's caches more for
/// each of the blocks that a large one cannot keep there, two at most; the blocks of a range read
/// are fetched while others are under way. Where memory is short, the share of the store that does
/// not fit is read from the device: one read for a point read or for a put that needs its page, one
/// for each block of a range read. A write costs at least the time in which its amplified bytes
/// reach the disk, at half of the rate of large writes, since merges read what they write. A sync
/// is shared by all threads.
///
/// @param demand what is asked for
/// @param limits what the machine can do
/// @param memoryBytes memory there is for the store
record Estimator(Demand demand, RawLimits limits, double memoryBytes) {
  /// What a probe of a table in the processor's caches costs.
  private static final double CACHED_NANOS = 150;

  private static final double CACHED_AHEAD_NANOS = 50;

  /// How many of the blocks of an operation a large store does not keep in the processor's caches.
  private static final double BLOCKS_FAR_MAX = 2;

  private static final double MERGES_SHARE = 0.5;

  /// Estimates in the order of their score, those out of the question last.
  ///
  /// @param costs by [Candidate#calls()]
  List<Estimate> ranking(List<Candidate> candidates, Map<String, EngineCosts> costs) {
    return candidates.stream()
        .map(candidate -> estimate(candidate, costs))
        .sorted(
            Comparator.comparingDouble(Estimate::nanos)
                .thenComparing(estimate -> estimate.candidate().label()))
        .toList();
  }

  private Estimate estimate(Candidate candidate, Map<String, EngineCosts> costs) {
    EngineProvider provider = Engines.provider(candidate.engine());
    EngineOptions options = Engines.options(provider, candidate.options());
    Prediction model = provider.predict(options, demand.shape(options.wal()), EngineStats.NONE);
    double space = known(model.space(), 1) * demand.liveBytes();
    double held = known(model.indexBytesPerKey(), 0) * demand.keys() + Sizing.heldBytes(options);
    String obstacle = obstacle(provider, options, model, space);
    EngineCosts call = costs.get(candidate.calls());
    if (obstacle.isEmpty() && call == null) {
      obstacle = "it could not be tried even in a small store";
    }
    if (!obstacle.isEmpty() || call == null) {
      double never = Double.POSITIVE_INFINITY;
      return new Estimate(candidate, model, never, never, never, never, 0, space, held, obstacle);
    }
    double cold = (1 - hitShare(space, held)) * deviceReadNanos();
    double read = call.getNanos() + far() * blocks(model.readBlocks(), 1);
    double write =
        Math.max(call.putNanos() + far() * blocks(model.writeBlocks(), 0), drained(model))
            + syncNanos();
    double entries = demand.scanEntries();
    double scanned = known(model.nextBlocks(), 1) * (entries - 1);
    double scan =
        call.seekNanos()
            + (entries - 1) * call.nextNanos()
            + far() * blocks(model.seekBlocks(), 1)
            + ahead() * scanned;
    double coldWrite = known(model.writeBlocks(), 0) > 0 ? cold : 0;
    double waited =
        cold * demand.reads() + coldWrite * demand.writes() + cold * (1 + scanned) * demand.scans();
    double nanos = read * demand.reads() + write * demand.writes() + scan * demand.scans() + waited;
    return new Estimate(
        candidate,
        model,
        nanos,
        read + cold,
        write + coldWrite,
        scan + cold * (1 + scanned),
        waited,
        space,
        held,
        "");
  }

  /// Why a candidate cannot serve; empty when it can.
  private String obstacle(
      EngineProvider provider, EngineOptions options, Prediction model, double space) {
    var traits = provider.traits(options);
    double index = known(model.indexBytesPerKey(), 0) * demand.keys();
    if (demand.scans() > 0 && !traits.ordered()) {
      return "it has no ordered index for range reads";
    }
    if (demand.keyBytes() > traits.keyBytesMax() || demand.valueBytes() > traits.valueBytesMax()) {
      return "it takes keys to "
          + Quantities.bytesText(traits.keyBytesMax())
          + " and values to "
          + Quantities.bytesText(traits.valueBytesMax());
    }
    if (index > memoryBytes) {
      return "its index of "
          + demand.keys()
          + " keys takes "
          + Quantities.bytesText(index)
          + " of memory";
    }
    if (demand.spaceBytesMax() > 0 && space > demand.spaceBytesMax()) {
      return "it takes " + Quantities.bytesText(space) + " on disk by its model";
    }
    return "";
  }

  /// The share of accesses that find their block in memory.
  double hitShare(double spaceBytes, double heldBytes) {
    double room = Math.max(0, memoryBytes - Math.min(heldBytes, memoryBytes / 2));
    double share = Math.min(1, room / Math.max(1, spaceBytes));
    boolean skewed = demand.order() != KeyOrder.UNIFORM;
    double keys = Math.max(2, demand.keys());
    return share < 1 && skewed ? Math.log1p(share * keys) / Math.log1p(keys) : share;
  }

  /// What a read of the device costs; where that could not be measured, a write with its sync
  /// stands in for it.
  private double deviceReadNanos() {
    Double measured = limits.deviceReadMicrosP50();
    return 1e3 * (measured != null ? measured : limits.syncPreallocatedMicrosP50());
  }

  /// What a block costs that is in memory, but not in the processor's caches.
  private double far() {
    Double chained = limits.hashCopyChainedOperationsPerSecond();
    return chained == null ? 0 : Math.max(0, 1e9 / chained - CACHED_NANOS);
  }

  /// What such a block costs where the next ones are fetched meanwhile.
  private double ahead() {
    return Math.max(0, 1e9 / limits.hashCopyOperationsPerSecond() - CACHED_AHEAD_NANOS);
  }

  private double drained(Prediction model) {
    double bytes = known(model.write(), 1) * demand.recordBytes();
    return 1e9 * bytes / (limits.sequentialWriteBytesPerSecond() * MERGES_SHARE);
  }

  private double syncNanos() {
    return demand.durability() == Durability.SYNCED
        ? 1e3 * limits.syncPreallocatedMicrosP50() / demand.threads()
        : 0;
  }

  private static double blocks(double blocks, double fallback) {
    return Math.min(BLOCKS_FAR_MAX, known(blocks, fallback));
  }

  private static double known(double value, double fallback) {
    return Double.isFinite(value) ? value : fallback;
  }
}
