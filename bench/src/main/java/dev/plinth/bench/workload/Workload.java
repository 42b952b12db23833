package dev.plinth.bench.workload;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Names;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.util.Arrays;
import java.util.List;

/// What a cell does to an engine. Most names are those of LevelDB's and RocksDB's `db_bench`.
public enum Workload {
  /// Every key once, ascending.
  FILLSEQ("fillseq", Kind.FILL, 16, "every key once in ascending order, into an empty store"),
  /// Every key once, shuffled.
  FILLRANDOM("fillrandom", Kind.FILL, 16, "every key once in shuffled order, into an empty store"),
  /// Existing keys again.
  OVERWRITE("overwrite", Kind.UPDATE, 16, "new values for existing keys of a loaded store"),
  /// Point reads of existing keys.
  READRANDOM("readrandom", Kind.READ, 16, "point reads of existing keys"),
  /// Point reads of missing keys.
  READMISSING("readmissing", Kind.READ, 16, "point reads of keys that lie between existing ones"),
  /// Short range reads.
  SEEKRANDOM("seekrandom", Kind.READ, 1, "seek to a key, then ten steps forward"),
  /// All entries in order.
  SCAN("scan", Kind.READ, 64, "one walk over all entries in key order; an entry is an operation"),
  /// Synced writes.
  FILLSYNC(
      "fillsync", Kind.FILL, 1, "keys in shuffled order into an empty store, each write synced"),
  /// A folder tree.
  INGEST("ingest", Kind.FILL, 1, "a real folder tree: path -> content, into an empty store");

  /// How a workload treats the store.
  public enum Kind {
    /// Writes into an empty store.
    FILL,
    /// Writes into a loaded store.
    UPDATE,
    /// Reads a loaded store.
    READ
  }

  private final String label;
  private final Kind kind;
  private final int sampledEvery;
  private final String description;

  Workload(String label, Kind kind, int sampledEvery, String description) {
    this.label = label;
    this.kind = kind;
    this.sampledEvery = sampledEvery;
    this.description = description;
  }

  /// Its name on the command line and in results.
  @JsonValue
  public String label() {
    return label;
  }

  /// How it treats the store.
  public Kind kind() {
    return kind;
  }

  /// Whether it writes.
  public boolean writes() {
    return kind != Kind.READ;
  }

  /// Every how many operations one is timed, and the clock read twice.
  public int sampledEvery() {
    return sampledEvery;
  }

  /// One line on what it does.
  public String description() {
    return description;
  }

  /// The order of keys that is meant when a run asks for `wanted`: fills and scans have their own.
  public KeyOrder order(KeyOrder wanted) {
    return switch (this) {
      case FILLSEQ, SCAN, INGEST -> KeyOrder.SEQUENTIAL;
      case FILLRANDOM, FILLSYNC -> KeyOrder.UNIFORM;
      case OVERWRITE, READRANDOM, READMISSING, SEEKRANDOM -> wanted;
    };
  }

  /// The durability that is meant when a run asks for `wanted`.
  public Durability durability(Durability wanted) {
    return this == FILLSYNC ? Durability.SYNCED : wanted;
  }

  /// The names of all workloads.
  public static List<String> labels() {
    return Arrays.stream(values()).map(Workload::label).toList();
  }

  /// The workload of a name.
  ///
  /// @throws StorageException.InvalidConfiguration for an unknown one
  @JsonCreator
  public static Workload of(String label) {
    for (Workload workload : values()) {
      if (workload.label.equals(label)) {
        return workload;
      }
    }
    throw new StorageException.InvalidConfiguration(Names.unknown("workload", label, labels()));
  }
}
