package dev.plinth.bench.cell;

import dev.plinth.bench.workload.Dice;
import dev.plinth.bench.workload.KeyChooser;
import dev.plinth.bench.workload.KeyChooser.Range;
import dev.plinth.bench.workload.Mix;
import dev.plinth.bench.workload.Permutation;
import dev.plinth.bench.workload.Workload;
import dev.plinth.bench.workload.Zipf;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import org.jspecify.annotations.Nullable;

/// Which keys each thread of a cell uses, and how often. Decided by the spec alone, so that the
/// state after the cell can be computed without an engine.
///
/// Threads that write own disjoint keys: a fill deals out its order in pieces, an overwrite gives
/// each thread a range. Threads that read use all keys.
final class Choosers {
  private static final long STREAMS = 1_000_003;
  private static final long DELETIONS = 0x64656cL;
  private static final int WRITER = 999_983;
  private static final int READS_PER_WRITE = 10;

  private final CellSpec spec;
  private final long operations;
  private final long stream;
  private final Permutation shuffle;
  private final @Nullable Zipf zipf;
  private final long rangeCountMin;

  /// @param operations how many operations in all
  /// @param pass 0 for the measured pass, others for what comes before it
  Choosers(CellSpec spec, long operations, int pass) {
    this.spec = spec;
    this.operations = operations;
    this.stream =
        (spec.workload().ordinal() + 1) * STREAMS
            + pass * 31L * STREAMS
            + spec.phases().number() * 8_191L * STREAMS;
    this.shuffle = new Permutation(spec.keys(), spec.seed());
    this.rangeCountMin =
        spec.workload() == Workload.OVERWRITE ? spec.keys() / spec.threads() : spec.keys();
    boolean skewed = spec.order() == KeyOrder.ZIPF || spec.order() == KeyOrder.LATEST;
    this.zipf = skewed ? new Zipf(Math.max(1, rangeCountMin)) : null;
  }

  /// How many operations a thread makes.
  long operations(int thread) {
    return Range.share(operations, thread, spec.threads()).count();
  }

  /// The keys of a thread.
  KeyChooser chooser(int thread) {
    return switch (spec.workload()) {
      case FILLRANDOM, FILLSYNC -> {
        Range positions = Range.share(operations, thread, spec.threads());
        yield KeyChooser.shuffled(shuffle, positions.from());
      }
      case DELETERANDOM -> {
        Range positions = Range.share(operations, thread, spec.threads());
        yield KeyChooser.shuffled(
            new Permutation(spec.keys(), spec.seed() ^ DELETIONS), positions.from());
      }
      case FILLSEQ -> {
        Range range = Range.share(operations, thread, spec.threads());
        yield KeyChooser.ascending(range.from(), Math.max(1, range.count()));
      }
      case OVERWRITE -> {
        Range own = Range.share(spec.keys(), thread, spec.threads());
        yield ordered(new Range(own.from(), rangeCountMin), thread);
      }
      default -> ordered(new Range(0, spec.keys()), thread);
    };
  }

  /// The operations of a thread of a mixed workload.
  MixScript script(int thread, Mix mix) {
    return new MixScript(spec, mix, zipf, thread, stream + thread, spec.phases().firstVersion());
  }

  /// The keys of the thread that writes beside readers.
  KeyChooser writer() {
    return ordered(new Range(0, spec.keys()), WRITER);
  }

  /// How many writes it makes.
  long writes() {
    return Math.max(1, operations / READS_PER_WRITE);
  }

  private KeyChooser ordered(Range range, int thread) {
    Permutation loaded =
        range.count() == spec.keys() ? shuffle : new Permutation(range.count(), spec.seed());
    return KeyChooser.of(spec.order(), range, new Dice(spec.seed(), stream + thread), zipf, loaded);
  }
}
