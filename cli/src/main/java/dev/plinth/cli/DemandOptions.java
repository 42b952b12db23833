package dev.plinth.cli;

import dev.plinth.bench.advise.Ask;
import java.util.EnumMap;
import java.util.Map;
import picocli.CommandLine.Option;

/// The options that describe a workload to `plinth advise`. Their texts are checked by the bench.
final class DemandOptions {
  private final Map<Ask, String> given = new EnumMap<>(Ask.class);

  /// What was said.
  Map<Ask, String> given() {
    return given;
  }

  @Option(
      names = "--reads",
      paramLabel = "50",
      description = "Hundredths of all operations that are point reads.")
  void reads(String text) {
    given.put(Ask.READS, text);
  }

  @Option(
      names = "--scans",
      paramLabel = "0",
      description = "Hundredths that are range reads; what is left writes.")
  void scans(String text) {
    given.put(Ask.SCANS, text);
  }

  @Option(
      names = "--inserts",
      paramLabel = "0",
      description = "Hundredths that write new keys; what is left updates old ones.")
  void inserts(String text) {
    given.put(Ask.INSERTS, text);
  }

  @Option(
      names = "--scan-entries",
      paramLabel = "10",
      description = "Entries of a range read, on average.")
  void scanEntries(String text) {
    given.put(Ask.SCAN_ENTRIES, text);
  }

  @Option(names = "--keys", paramLabel = "1M", description = "How many keys the store has.")
  void keys(String text) {
    given.put(Ask.KEYS, text);
  }

  @Option(names = "--key-bytes", paramLabel = "16", description = "Bytes of a key.")
  void keyBytes(String text) {
    given.put(Ask.KEY_BYTES, text);
  }

  @Option(names = "--value-bytes", paramLabel = "100", description = "Bytes of a value.")
  void valueBytes(String text) {
    given.put(Ask.VALUE_BYTES, text);
  }

  @Option(
      names = "--key-order",
      paramLabel = "ORDER",
      description = "uniform, zipf, latest or sequential: which keys are preferred.")
  void order(String text) {
    given.put(Ask.KEY_ORDER, text);
  }

  @Option(
      names = "--durability",
      paramLabel = "LEVEL",
      description = "buffered, written or synced: how far a write must have come.")
  void durability(String text) {
    given.put(Ask.DURABILITY, text);
  }

  @Option(names = "--threads", paramLabel = "1", description = "How many threads use the store.")
  void threads(String text) {
    given.put(Ask.THREADS, text);
  }

  @Option(
      names = "--memory",
      paramLabel = "1GiB",
      description =
          "Memory for the store and its part of the page cache; half of the machine's by default.")
  void memory(String text) {
    given.put(Ask.MEMORY, text);
  }

  @Option(
      names = "--space",
      paramLabel = "20GiB|2x",
      description = "The most room on disk, or how many times the live bytes.")
  void space(String text) {
    given.put(Ask.SPACE, text);
  }

  @Option(
      names = "--latency",
      paramLabel = "5ms",
      description = "How long 99 of 100 operations may take.")
  void latency(String text) {
    given.put(Ask.LATENCY, text);
  }
}
