package dev.plinth.raft.bench;

import dev.plinth.spi.Durability;
import dev.plinth.spi.Names;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;

/// What one process is asked to measure.
///
/// @param store a log store, an engine (for the state machine's workloads), or `raw`
/// @param workload the name of a [Kind]
/// @param entries how many entries, in all groups together
/// @param entryBytes bytes of an entry's payload
/// @param batch entries appended and synced together
/// @param threads how many threads append, each to groups of its own
/// @param groups how many Raft groups share the log
/// @param burst how many groups a thread appends to, one batch each, before it waits for all of
///   them
/// @param kept how many entries compaction leaves; 0 for no compaction
/// @param options of the store
/// @param directory where it is to be; must not exist
/// @param seed decides the payloads
/// @param repeat which repetition, from 0
public record RaftCell(
    String store,
    String workload,
    long entries,
    int entryBytes,
    int batch,
    int threads,
    int groups,
    int burst,
    long kept,
    SortedMap<String, String> options,
    String directory,
    long seed,
    int repeat) {

  /// The name of what is not a store: plain sequential writes, each synced.
  public static final String RAW = "raw";

  /// The option of engines that turns their own log on and off.
  public static final String WAL = "wal";

  /// The option of state machines that says how far each applied batch is brought by the engine's
  /// own log: `buffered` (the default), `written` or `synced`. Not handed on to the engine.
  public static final String DURABILITY = "apply.durability";

  /// The workloads.
  public enum Kind {
    /// Appends in synced batches with compaction, reads the tail, truncates, restarts.
    RAFTLOG("raftlog", "synced batches with compaction; then the tail read, 1 % cut off, restart"),
    /// Many groups in one log.
    RAFTGROUPS("raftgroups", "the same batches over many groups and threads, without compaction"),
    /// One group that writes beside others that stand still.
    RAFTLAG(
        "raftlag", "one group appends and compacts while a tenth of the log belongs to idle ones"),
    /// Restart of a long log.
    RAFTRESTART("raftrestart", "opening a log again that was never compacted"),
    /// Applies batches to a state machine.
    RAFTAPPLY("raftapply", "batches with applied index, checkpoints, restart and replay"),
    /// Freezes, ships and installs a state machine.
    SNAPSHOT("snapshot", "a state exported while it is written, and installed elsewhere");

    private final String label;
    private final String description;

    Kind(String label, String description) {
      this.label = label;
      this.description = description;
    }

    /// Its name on the command line and in results.
    public String label() {
      return label;
    }

    /// One line on what it does.
    public String description() {
      return description;
    }

    /// Whether it is about logs, not state machines.
    public boolean isLog() {
      return this != RAFTAPPLY && this != SNAPSHOT;
    }

    /// The workload of a name.
    ///
    /// @throws StorageException.InvalidConfiguration for an unknown one
    public static Kind of(String label) {
      for (Kind kind : values()) {
        if (kind.label.equals(label)) {
          return kind;
        }
      }
      throw new StorageException.InvalidConfiguration(Names.unknown("workload", label, labels()));
    }

    /// The names of all.
    public static List<String> labels() {
      return Arrays.stream(values()).map(Kind::label).toList();
    }
  }

  /// How far each applied batch is brought.
  ///
  /// @throws StorageException.InvalidConfiguration for an unknown name
  public Durability durability() {
    String name = options.getOrDefault(DURABILITY, "buffered");
    for (Durability durability : Durability.values()) {
      if (durability.name().equalsIgnoreCase(name)) {
        return durability;
      }
    }
    List<String> names = Arrays.stream(Durability.values()).map(d -> d.name()).toList();
    throw new StorageException.InvalidConfiguration(Names.unknown("durability", name, names));
  }

  /// The workload.
  public Kind kind() {
    return Kind.of(workload);
  }

  /// The same in a directory.
  RaftCell at(Path path) {
    return at(path, entries);
  }

  /// The same in a directory, with another number of entries.
  RaftCell at(Path path, long count) {
    return new RaftCell(
        store,
        workload,
        count,
        entryBytes,
        batch,
        threads,
        groups,
        burst,
        kept,
        options,
        path.toString(),
        seed,
        repeat);
  }
}
