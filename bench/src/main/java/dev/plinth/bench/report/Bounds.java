package dev.plinth.bench.report;

import dev.plinth.bench.noop.NoopEngineProvider;
import dev.plinth.bench.oracle.OracleEngineProvider;
import dev.plinth.bench.result.Cell;
import java.util.Set;

/// Rows that show what is possible at all. They stand in tables, and win nothing.
final class Bounds {
  /// Plain writes and syncs beside Raft logs.
  private static final String RAW = "raw";

  private static final Set<String> NAMES =
      Set.of(NoopEngineProvider.NAME, OracleEngineProvider.NAME, RAW);

  private Bounds() {}

  /// Whether a contestant, with or without its variant, is one.
  static boolean isBound(String contestant) {
    int mark = contestant.indexOf(Cell.VARIANT_MARK);
    return NAMES.contains(mark < 0 ? contestant : contestant.substring(0, mark));
  }

  /// How tables name a contestant.
  static String label(String contestant) {
    return isBound(contestant) ? contestant + " (bound)" : contestant;
  }
}
