package dev.plinth.kv.rpc;

import dev.plinth.kv.replica.Replica;
import dev.plinth.kv.replica.ReplicaFigures;
import dev.plinth.kv.state.KvStateMachine;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.StorageException;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.LongSupplier;

/// What an operator wants to know of a node, by name with the unit last, and as Prometheus text.
public final class Figures {
  private static final String ENGINE_PREFIX = "engine_";

  private final Replica replica;
  private final SortedMap<String, LongSupplier> further = new ConcurrentSkipListMap<>();

  public Figures(Replica replica) {
    this.replica = replica;
  }

  /// Adds a figure that something else counts.
  public void add(String name, LongSupplier figure) {
    further.put(name, figure);
  }

  /// `leader`, `follower`, or `failed`.
  String role() {
    return replica.roles().failure() != null ? "failed" : replica.leads() ? "leader" : "follower";
  }

  /// The term of the last entry that is applied here.
  long term() {
    return Math.max(0, replica.store().applied(KvStateMachine.GROUP).term());
  }

  /// The engine that keeps the state.
  String engine() {
    return replica.options().storage().getOrDefault("state.engine", "");
  }

  /// The log that keeps the entries.
  String log() {
    return replica.options().storage().getOrDefault("log.engine", "segmented");
  }

  /// All figures.
  public SortedMap<String, Long> all() {
    SortedMap<String, Long> all = new TreeMap<>();
    ReplicaFigures node = replica.figures();
    all.put("last_log_index", node.lastLogIndex());
    all.put("committed_index", node.committedIndex());
    all.put("applied_index", node.appliedIndex());
    all.put("durable_applied_index", node.durableAppliedIndex());
    all.put("lag_entries", Math.max(0, node.lastLogIndex() - node.appliedIndex()));
    all.put("pending_writes", node.pending());
    all.put("writes_total", node.writes());
    all.put("read_barriers_total", node.barriers());
    all.put("refused_writes_total", node.refusals());
    all.put("elections_won_total", replica.roles().elections());
    all.put("leader", replica.leads() ? 1L : 0L);
    further.forEach((name, figure) -> all.put(name, figure.getAsLong()));
    try {
      addEngine(replica.store().stats(), all);
    } catch (StorageException.Closed e) {
      // The node is stopping: what it counted itself is still told.
      all.put("stopping", 1L);
    }
    return all;
  }

  private static void addEngine(EngineStats stats, SortedMap<String, Long> all) {
    all.put(ENGINE_PREFIX + "user_bytes_total", stats.userBytes());
    all.put(ENGINE_PREFIX + "written_bytes_total", stats.ledger().total());
    all.put(ENGINE_PREFIX + "live_entries", stats.liveEntries());
    all.put(ENGINE_PREFIX + "live_bytes", stats.liveBytes());
    all.put(ENGINE_PREFIX + "disk_bytes", stats.diskBytes());
    all.put(ENGINE_PREFIX + "read_operations_total", stats.readOperations());
    all.put(ENGINE_PREFIX + "off_heap_bytes", stats.offHeapBytes());
    all.put(ENGINE_PREFIX + "stall_nanos_total", stats.stallNanos());
    all.put(ENGINE_PREFIX + "pending_bytes", stats.pendingBytes());
  }

  /// The figures in the text format that Prometheus reads, version 0.0.4.
  public String prometheus() {
    StringBuilder text = new StringBuilder();
    String labels =
        "{node=\"" + replica.options().id() + "\",cluster=\"" + replica.options().cluster() + "\"}";
    all()
        .forEach(
            (name, value) ->
                text.append("# TYPE plinth_kv_")
                    .append(name)
                    .append(name.endsWith("_total") ? " counter\n" : " gauge\n")
                    .append("plinth_kv_")
                    .append(name)
                    .append(labels)
                    .append(' ')
                    .append(value)
                    .append('\n'));
    return text.toString();
  }
}
