package dev.plinth.spi;

import java.nio.file.Path;
import java.util.List;

/// Makes engines of one kind. Found by [java.util.ServiceLoader]: an engine's jar names its
/// provider in `META-INF/services/dev.plinth.spi.EngineProvider`.
public interface EngineProvider {
  /// The name in configuration, as `engine = NAME`: lower case, digits and hyphens.
  String name();

  /// One line on what it is good at, for listings.
  String description();

  /// Whether it is another project's store behind this interface: its figures are a yardstick, its
  /// byte ledger is empty.
  default boolean foreign() {
    return false;
  }

  /// The options it takes beside those common to all ([EngineOptions#common()]).
  List<OptionSpec> options();

  /// The limits and choices an engine opened with these options will have.
  EngineTraits traits(EngineOptions options);

  /// Opens or creates an engine. Leaves a directory that it refuses as it was, and nothing open
  /// when it throws.
  ///
  /// @param directory the engine's own; created when missing
  /// @throws StorageException.Locked when it is open elsewhere
  /// @throws StorageException.UnsupportedFormat when it belongs to another engine or a newer
  ///   version
  /// @throws StorageException.Corrupt when acknowledged data is damaged
  Engine open(Path directory, EngineOptions options, EngineEnvironment environment);

  /// What the engine's cost model expects; [Prediction#UNKNOWN] where there is none.
  ///
  /// @param shape the workload
  /// @param measured what an engine counted during it, for parameters that only a run can tell;
  ///   [EngineStats#NONE] before there is one, and the model takes what is usual
  default Prediction predict(EngineOptions options, WorkloadShape shape, EngineStats measured) {
    return Prediction.UNKNOWN;
  }
}
