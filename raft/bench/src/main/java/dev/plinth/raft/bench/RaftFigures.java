package dev.plinth.raft.bench;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.Details;
import dev.plinth.bench.result.Params;
import dev.plinth.raft.store.GroupedLogs;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.ByteLedger;
import dev.plinth.spi.Engines;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Says what was measured in the form of the bench. What was not measured is null.
///
/// An entry is an operation; latencies are those of a batch until it is durable, or applied.
/// Figures that only Raft logs have are in the details.
final class RaftFigures {
  private static final int STATE_KEY_BYTES = 16;

  private RaftFigures() {}

  static Cell failed(RaftCell cell, String reason) {
    return Cell.without(
        cell.store(),
        variant(cell),
        isPeer(cell),
        cell.workload(),
        Cell.FAILED,
        reason,
        params(cell),
        cell.repeat());
  }

  static Cell of(RaftCell cell, Measured measured) {
    double seconds = measured.nanos / 1e9;
    ByteLedger ledger = isPeer(cell) ? null : measured.ledger;
    return new Cell(
        cell.store(),
        variant(cell),
        isPeer(cell),
        cell.workload(),
        Cell.OK,
        "",
        params(cell),
        cell.repeat(),
        measured.operations,
        seconds,
        measured.operations / Math.max(1e-9, seconds),
        latency(measured),
        measured.latency.getMaxValue(),
        amplification(ledger, measured),
        new Cell.Predicted(null, null, null),
        bytes(ledger, measured),
        new Cell.Memory(null, null, null, null, null),
        measured.digest,
        details(cell, measured));
  }

  /// Engines with and without their own log stand side by side.
  static String variant(RaftCell cell) {
    String wal = cell.options().get(RaftCell.WAL);
    String durability = cell.options().get(RaftCell.DURABILITY);
    return (wal == null ? "" : "wal-" + wal) + (durability == null ? "" : "-" + durability);
  }

  static boolean isPeer(RaftCell cell) {
    return cell.store().equals(RaftCell.RAW)
        || (cell.kind().isLog()
            ? GroupedLogs.foreign(cell.store())
            : Engines.provider(cell.store()).foreign());
  }

  private static Params params(RaftCell cell) {
    boolean log = cell.kind().isLog();
    SortedMap<String, String> options = new TreeMap<>(cell.options());
    options.put("bench.groups", Integer.toString(cell.groups()));
    options.put("bench.kept", Long.toString(cell.kept()));
    return new Params(
        cell.entries(),
        log ? 0 : STATE_KEY_BYTES,
        cell.entryBytes(),
        log ? "sequential" : "uniform",
        cell.threads(),
        false,
        log ? "synced" : cell.options().getOrDefault(RaftCell.DURABILITY, "buffered"),
        !"off".equals(cell.options().get(RaftCell.WAL)),
        cell.batch(),
        cell.burst() > 1 ? cell.burst() : 0,
        0,
        "",
        cell.entries(),
        0,
        "",
        options);
  }

  private static Cell.Latency latency(Measured measured) {
    return new Cell.Latency(
        measured.latency.getValueAtPercentile(50),
        measured.latency.getValueAtPercentile(90),
        measured.latency.getValueAtPercentile(99),
        measured.latency.getValueAtPercentile(99.9),
        measured.latency.getMaxValue());
  }

  private static Cell.Amplification amplification(@Nullable ByteLedger ledger, Measured measured) {
    long user = measured.userBytes;
    Long written = known(measured.io.writeBytes());
    return new Cell.Amplification(
        ledger == null ? null : ratio(unfilled(ledger), user),
        written == null ? null : ratio(written, user),
        ledger == null ? null : ratio(unfilled(ledger) - ledger.bytes(ByteCause.LOG), user),
        ledger == null ? null : ratio(ledger.total(), user),
        null,
        null,
        ratio(measured.diskBytes, measured.liveBytes),
        measured.diskBytesMax == 0 ? null : ratio(measured.diskBytesMax, measured.liveBytes),
        null);
  }

  /// All bytes but those written ahead of the log, which are a cause of their own.
  private static long unfilled(ByteLedger ledger) {
    return ledger.total() - ledger.bytes(ByteCause.PREALLOCATION);
  }

  private static Cell.Bytes bytes(@Nullable ByteLedger ledger, Measured measured) {
    return new Cell.Bytes(
        measured.userBytes,
        bytes(ledger, ByteCause.LOG),
        bytes(ledger, ByteCause.FLUSH),
        bytes(ledger, ByteCause.COMPACTION),
        bytes(ledger, ByteCause.INDEX),
        bytes(ledger, ByteCause.HINT),
        bytes(ledger, ByteCause.MANIFEST),
        bytes(ledger, ByteCause.PREALLOCATION),
        bytes(ledger, ByteCause.OTHER),
        ledger == null ? null : Long.valueOf(ledger.total()),
        known(measured.io.wchar()),
        known(measured.io.writeBytes()),
        known(measured.io.cancelled()));
  }

  private static Details details(RaftCell cell, Measured measured) {
    return new Details(
        cell.batch(),
        0,
        0,
        measured.diskBytes,
        measured.diskBytesMax == 0 ? null : measured.diskBytesMax,
        measured.liveBytes,
        null,
        null,
        null,
        0,
        List.of(),
        measured.details,
        null,
        null,
        null,
        "",
        "");
  }

  private static @Nullable Long bytes(@Nullable ByteLedger ledger, ByteCause cause) {
    return ledger == null ? null : Long.valueOf(ledger.bytes(cause));
  }

  private static @Nullable Long known(long value) {
    return value < 0 ? null : Long.valueOf(value);
  }

  private static @Nullable Double ratio(long part, long whole) {
    return whole <= 0 ? null : part / (double) whole;
  }
}
