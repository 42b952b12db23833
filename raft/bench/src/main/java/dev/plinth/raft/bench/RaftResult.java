package dev.plinth.raft.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.plinth.raft.store.GroupedLogs;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.ByteLedger;
import dev.plinth.spi.Engines;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One cell of `results.json` (schema 1 of the bench). What was not measured is null.
///
/// @param engine the log store, or the engine of the state machine
/// @param opsPerSecond entries per second
/// @param details figures beyond the schema, by name
public record RaftResult(
    String engine,
    boolean peer,
    String workload,
    String status,
    String reason,
    Map<String, @Nullable Object> params,
    int repeat,
    @Nullable Long operations,
    @Nullable Double seconds,
    @JsonProperty("ops_per_second") @Nullable Double opsPerSecond,
    @JsonProperty("latency_nanos") @Nullable Map<String, @Nullable Object> latency,
    @JsonProperty("longest_stall_nanos") @Nullable Long longestStallNanos,
    @Nullable Map<String, @Nullable Object> amplification,
    @Nullable Map<String, @Nullable Object> predicted,
    @Nullable Map<String, @Nullable Object> bytes,
    @Nullable Map<String, @Nullable Object> memory,
    @Nullable String digest,
    SortedMap<String, Number> details) {
  private static final String OK = "ok";

  static RaftResult failed(RaftCell cell, String reason) {
    return new RaftResult(
        cell.store(),
        isPeer(cell),
        cell.workload(),
        "failed",
        reason,
        params(cell),
        cell.repeat(),
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        new TreeMap<>());
  }

  static RaftResult of(RaftCell cell, Measured measured) {
    double seconds = measured.nanos / 1e9;
    return new RaftResult(
        cell.store(),
        isPeer(cell),
        cell.workload(),
        OK,
        "",
        params(cell),
        cell.repeat(),
        measured.operations,
        seconds,
        measured.operations / Math.max(1e-9, seconds),
        latency(measured),
        measured.latency.getMaxValue(),
        amplification(cell, measured),
        map("write", null, "read_blocks", null, "space", null),
        bytes(cell, measured),
        map(
            "heap_peak_bytes", null,
            "off_heap_bytes", null,
            "resident_peak_bytes", null,
            "anonymous_peak_bytes", null,
            "index_bytes_per_key", null),
        measured.digest,
        measured.details);
  }

  /// Whether it was measured.
  boolean isOk() {
    return status.equals(OK);
  }

  private static boolean isPeer(RaftCell cell) {
    return cell.store().equals(RaftCell.RAW)
        || (cell.kind().isLog()
            ? GroupedLogs.foreign(cell.store())
            : Engines.provider(cell.store()).foreign());
  }

  private static Map<String, @Nullable Object> params(RaftCell cell) {
    boolean log = cell.kind().isLog();
    Map<String, @Nullable Object> params =
        map(
            "keys",
            cell.entries(),
            "key_bytes",
            log ? 0 : 16,
            "value_bytes",
            cell.entryBytes(),
            "key_order",
            "sequential",
            "threads",
            cell.threads(),
            "virtual",
            false,
            "durability",
            log ? "synced" : "buffered",
            "wal",
            !"off".equals(cell.options().get("wal")),
            "batch",
            cell.batch(),
            "commit_every",
            0);
    params.put("options", cell.options());
    params.put("groups", cell.groups());
    params.put("kept", cell.kept());
    return params;
  }

  private static Map<String, @Nullable Object> latency(Measured measured) {
    return map(
        "p50", measured.latency.getValueAtPercentile(50),
        "p90", measured.latency.getValueAtPercentile(90),
        "p99", measured.latency.getValueAtPercentile(99),
        "p999", measured.latency.getValueAtPercentile(99.9),
        "max", measured.latency.getMaxValue());
  }

  private static Map<String, @Nullable Object> amplification(RaftCell cell, Measured measured) {
    ByteLedger ledger = isPeer(cell) ? null : measured.ledger;
    long user = measured.userBytes;
    Map<String, @Nullable Object> amplification = new LinkedHashMap<>();
    amplification.put("write", ledger == null ? null : ratio(unfilled(ledger), user));
    amplification.put(
        "write_os", measured.io.writeBytes() < 0 ? null : ratio(measured.io.writeBytes(), user));
    amplification.put(
        "write_without_log",
        ledger == null ? null : ratio(unfilled(ledger) - ledger.bytes(ByteCause.LOG), user));
    amplification.put("write_at_end_of_load", ledger == null ? null : ratio(ledger.total(), user));
    amplification.put("read_blocks", null);
    amplification.put("read_bytes", null);
    amplification.put("space", ratio(measured.diskBytes, measured.liveBytes));
    amplification.put("space_max", null);
    return amplification;
  }

  /// All bytes but those written ahead of the log, which are a cause of their own.
  private static long unfilled(ByteLedger ledger) {
    return ledger.total() - ledger.bytes(ByteCause.PREALLOCATION);
  }

  private static Map<String, @Nullable Object> bytes(RaftCell cell, Measured measured) {
    ByteLedger ledger = isPeer(cell) ? null : measured.ledger;
    Map<String, @Nullable Object> bytes = new LinkedHashMap<>();
    bytes.put("user", measured.userBytes);
    for (ByteCause cause : ByteCause.values()) {
      bytes.put(cause.name().toLowerCase(Locale.ROOT), ledger == null ? null : ledger.bytes(cause));
    }
    bytes.put("total", ledger == null ? null : ledger.total());
    bytes.put("os_wchar", known(measured.io.wchar()));
    bytes.put("os_write_bytes", known(measured.io.writeBytes()));
    bytes.put("os_cancelled", known(measured.io.cancelled()));
    return bytes;
  }

  private static @Nullable Long known(long value) {
    return value < 0 ? null : Long.valueOf(value);
  }

  private static @Nullable Double ratio(long part, long whole) {
    return whole <= 0 ? null : part / (double) whole;
  }

  private static Map<String, @Nullable Object> map(@Nullable Object... pairs) {
    Map<String, @Nullable Object> map = new LinkedHashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      map.put(String.valueOf(pairs[i]), pairs[i + 1]);
    }
    return map;
  }
}
