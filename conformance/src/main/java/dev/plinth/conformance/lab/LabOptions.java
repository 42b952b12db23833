package dev.plinth.conformance.lab;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the laboratory is asked for.
///
/// @param subjects names of engines and other subjects; empty for all
/// @param engineOptions options for the engines; empty for the sets that each engine names for the
///   laboratory in `META-INF/plinth/lab/NAME.properties`, or its defaults
/// @param profile how much
/// @param layers which layers; empty for all
/// @param seed of the first round
/// @param stateFile where counts and progress are kept, so that a run goes on where the last one
///   ended; null to start anew and keep nothing
/// @param threads how many rounds run at a time, 1 or more
/// @param time ends the run when it is over, whatever was reached: what is left of it is shared
///   evenly by the layers and subjects to come; null for no limit
/// @param commit what is tried, for the state file; `unknown` when nobody knows
public record LabOptions(
    List<String> subjects,
    Map<String, String> engineOptions,
    LabProfile profile,
    Set<Layer> layers,
    long seed,
    @Nullable Path stateFile,
    int threads,
    @Nullable Duration time,
    String commit) {
  public LabOptions {
    subjects = List.copyOf(subjects);
    engineOptions = Map.copyOf(engineOptions);
    layers = layers.isEmpty() ? Set.of(Layer.values()) : Set.copyOf(layers);
  }

  /// Everything of one subject.
  public static LabOptions of(String subject, LabProfile profile) {
    return new LabOptions(
        List.of(subject), Map.of(), profile, Set.of(), 1, null, 1, null, "unknown");
  }
}
