package dev.plinth.bench.workload;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Names;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a cell does to an engine. Names are those of LevelDB's and RocksDB's `db_bench`, and of
/// YCSB.
@SuppressWarnings("ImmutableEnumChecker") // A mix is a record of numbers.
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
  /// Existing keys vanish.
  DELETERANDOM("deleterandom", Kind.UPDATE, 16, "half of the keys of a loaded store are deleted"),
  /// The whole store is compacted, once.
  COMPACT("compact", Kind.UPDATE, 1, "one call that compacts the whole store"),
  /// Point reads beside a writer.
  READWHILEWRITING(
      "readwhilewriting",
      Kind.UPDATE,
      16,
      "point reads while one more thread overwrites, a write for ten reads; reads are counted"),
  /// Opening after a kill.
  REOPEN(
      "reopen",
      Kind.UPDATE,
      16,
      "opening a loaded store: closed cleanly, then overwritten and killed; then point reads"),
  /// YCSB's workload A.
  YCSB_A(
      "ycsb-a",
      new Mix(50, 50, 0, 0, 0, KeyOrder.ZIPF),
      "50 % point reads, 50 % updates, few keys often"),
  /// YCSB's workload B.
  YCSB_B(
      "ycsb-b",
      new Mix(95, 5, 0, 0, 0, KeyOrder.ZIPF),
      "95 % point reads, 5 % updates, few keys often"),
  /// YCSB's workload C.
  YCSB_C("ycsb-c", new Mix(100, 0, 0, 0, 0, KeyOrder.ZIPF), "point reads, few keys often"),
  /// YCSB's workload D.
  YCSB_D(
      "ycsb-d",
      new Mix(95, 0, 5, 0, 0, KeyOrder.LATEST),
      "95 % point reads of what was inserted last, 5 % inserts"),
  /// YCSB's workload E.
  YCSB_E(
      "ycsb-e",
      new Mix(0, 0, 5, 95, 0, KeyOrder.ZIPF),
      "95 % range reads of 1 to 100 entries, 5 % inserts"),
  /// YCSB's workload F.
  YCSB_F(
      "ycsb-f",
      new Mix(50, 0, 0, 0, 50, KeyOrder.ZIPF),
      "50 % point reads, 50 % reads that are written back changed, few keys often"),
  /// Shares of a run's own.
  MIX("mix", Kind.UPDATE, 8, "reads, writes and range reads in the shares that --mix gives"),
  /// A recorded trace.
  REPLAY("replay", Kind.FILL, 1, "the operations of a recorded trace, in their order"),
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
  private final @Nullable Mix mix;
  private final String description;

  Workload(String label, Kind kind, int sampledEvery, String description) {
    this.label = label;
    this.kind = kind;
    this.sampledEvery = sampledEvery;
    this.mix = null;
    this.description = description;
  }

  Workload(String label, Mix mix, String description) {
    this.label = label;
    this.kind = mix.reads() == 100 ? Kind.READ : Kind.UPDATE;
    this.sampledEvery = mix.scans() > 0 ? 1 : 8;
    this.mix = mix;
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

  /// Whether what is measured writes.
  public boolean writes() {
    return kind != Kind.READ && this != REOPEN;
  }

  /// Whether it reads beside its writes.
  public boolean isMixed() {
    return this == READWHILEWRITING || this == MIX || (mix != null && kind != Kind.READ);
  }

  /// Whether it inserts or deletes keys of a loaded store.
  public boolean changesKeys() {
    return this == DELETERANDOM || this == MIX || (mix != null && mix.inserts() > 0);
  }

  /// Of what it consists; null unless it is one of YCSB's: [#MIX] is told by its run.
  public @Nullable Mix mix() {
    return mix;
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
      case FILLSEQ, SCAN, INGEST, REPLAY, COMPACT -> KeyOrder.SEQUENTIAL;
      case FILLRANDOM, FILLSYNC, DELETERANDOM -> KeyOrder.UNIFORM;
      case YCSB_A, YCSB_B, YCSB_C, YCSB_E, YCSB_F -> KeyOrder.ZIPF;
      case YCSB_D -> KeyOrder.LATEST;
      case OVERWRITE, READRANDOM, READMISSING, SEEKRANDOM, READWHILEWRITING, REOPEN, MIX -> wanted;
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
