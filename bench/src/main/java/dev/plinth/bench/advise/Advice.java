package dev.plinth.bench.advise;

import dev.plinth.bench.result.Machine;
import dev.plinth.bench.result.RawLimits;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// What is advised, and all it rests on.
///
/// @param workload the demand in words
/// @param demand the demand
/// @param machine the machine that measured
/// @param limits its own limits
/// @param ranked every candidate by the models, the best first, those out of the question last
/// @param trial what was run, in words; null where models alone were asked for
/// @param tried what the trial gave, the best first
/// @param engine the advised engine, or `ENGINE@NAME` for the further options; null where none can
///   serve
/// @param options the options to open it with, beside its defaults
/// @param reasons why, in sentences
/// @param doubts what is not known, in sentences
public record Advice(
    String workload,
    Demand demand,
    Machine machine,
    RawLimits limits,
    List<Ranked> ranked,
    @Nullable String trial,
    List<Tried> tried,
    @Nullable String engine,
    SortedMap<String, String> options,
    List<String> reasons,
    List<String> doubts) {

  /// What the models say of a candidate. What a model does not say is null.
  ///
  /// @param label the candidate
  /// @param nanos time per operation of the mix; null where it is out of the question
  /// @param readNanos time of a point read
  /// @param writeNanos time of a write
  /// @param scanNanos time of a range read
  /// @param write bytes written per byte of key and value
  /// @param readBlocks blocks a point read touches
  /// @param space bytes on disk per live byte
  /// @param memoryBytes memory that index and buffers hold
  /// @param obstacle why it is out of the question; empty when it is not
  public record Ranked(
      String label,
      @Nullable Double nanos,
      @Nullable Double readNanos,
      @Nullable Double writeNanos,
      @Nullable Double scanNanos,
      @Nullable Double write,
      @Nullable Double readBlocks,
      @Nullable Double space,
      double memoryBytes,
      String obstacle) {
    static Ranked of(Estimate estimate) {
      return new Ranked(
          estimate.candidate().label(),
          known(estimate.nanos()),
          known(estimate.readNanos()),
          known(estimate.writeNanos()),
          known(estimate.scanNanos()),
          known(estimate.prediction().write()),
          known(estimate.prediction().readBlocks()),
          known(estimate.prediction().space()),
          estimate.memoryBytes(),
          estimate.obstacle());
    }

    private static @Nullable Double known(double value) {
      return Double.isFinite(value) ? value : null;
    }
  }
}
