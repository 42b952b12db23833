package dev.plinth.raft.store;

import dev.plinth.spi.EngineEnvironment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Opens kinds of grouped logs by name, so that tools can compare log stores that they do not know.
/// Found by [java.util.ServiceLoader]; see [GroupedLogs].
public interface GroupedLogProvider {
  /// The names of the logs that it opens, in lower case, words joined by `-`.
  List<String> names();

  /// Whether a log of this name keeps its bytes with a foreign library: a peer to compare with.
  boolean foreign(String name);

  /// Opens or makes a log.
  ///
  /// @param name one of [#names()]
  /// @param directory the log's own directory
  /// @param options by name, those of the log or of the engine under it
  GroupedLog open(
      String name, Path directory, Map<String, String> options, EngineEnvironment environment);
}
