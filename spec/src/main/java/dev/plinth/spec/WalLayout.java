package dev.plinth.spec;

import dev.plinth.conformance.trace.TraceStep;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where a store with a log, a manifest and tables keeps them, and what its edits say.
interface WalLayout {
  /// Whether a file is a log segment.
  boolean isLog(Path path);

  default boolean isManifest(Path path) {
    return String.valueOf(path.getFileName()).startsWith("MANIFEST-");
  }

  /// A flush that an edit installs.
  ///
  /// @param upTo every write up to this one is in tables now
  /// @param tables the names of the files that hold what was not in tables before
  record Flush(long upTo, List<String> tables) {}

  /// The flush that an edit installs; null when it is of something else.
  @Nullable Flush flush(byte[] edit);

  /// Of each table file that a flush makes: that flush.
  Map<String, Flush> flushedTables(List<TraceStep> steps);

  /// Whether memtables are frozen at the last write of each flush, unless the driver tells when.
  boolean tellsFreezes();
}
