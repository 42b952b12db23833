package dev.plinth.cli;

import dev.plinth.bench.plan.Setting;
import java.util.EnumMap;
import java.util.Map;
import picocli.CommandLine.Option;

/// The options that say what is measured. Their texts are checked with those of a matrix file, by
/// the bench.
final class MatrixOptions {
  private final Map<Setting, String> given = new EnumMap<>(Setting.class);

  /// What was given.
  Map<Setting, String> given() {
    return given;
  }

  @Option(
      names = "--engines",
      paramLabel = "A,B@X",
      description =
          "Which engines; all by default. ENGINE@NAME is a further set of options of one engine,"
              + " given by --option ENGINE@NAME.KEY=VALUE.")
  void engines(String text) {
    given.put(Setting.ENGINES, text);
  }

  @Option(
      names = "--peers",
      paramLabel = "A,B|usual|all|none",
      description =
          "Which foreign stores; RocksDB and LMDB where they are there, none when --engines is"
              + " given.")
  void peers(String text) {
    given.put(Setting.PEERS, text);
  }

  @Option(
      names = "--workloads",
      paramLabel = "X,Y",
      description =
          "fillseq, fillrandom, overwrite, readrandom, readmissing, seekrandom, scan, fillsync,"
              + " deleterandom, compact, readwhilewriting, reopen, ycsb-a to ycsb-f, mix, ingest,"
              + " replay; the first eight by default.")
  void workloads(String text) {
    given.put(Setting.WORKLOADS, text);
  }

  @Option(names = "--keys", paramLabel = "10M", description = "How many keys a store has.")
  void keys(String text) {
    given.put(Setting.KEYS, text);
  }

  @Option(names = "--value-bytes", paramLabel = "100,1024", description = "Bytes of a value.")
  void valueBytes(String text) {
    given.put(Setting.VALUE_BYTES, text);
  }

  @Option(
      names = "--key-order",
      paramLabel = "ORDER",
      description =
          "In which order keys are overwritten and read: uniform, zipf, latest," + " sequential.")
  void keyOrder(String text) {
    given.put(Setting.KEY_ORDER, text);
  }

  @Option(names = "--threads", paramLabel = "1,4,64", description = "How many threads.")
  void threads(String text) {
    given.put(Setting.THREADS, text);
  }

  @Option(names = "--virtual", description = "Use virtual threads.")
  void virtual(boolean on) {
    given.put(Setting.VIRTUAL, Boolean.toString(on));
  }

  @Option(
      names = "--durability",
      paramLabel = "LEVELS",
      description = "buffered, written, synced: how far a write must have come when it returns.")
  void durability(String text) {
    given.put(Setting.DURABILITY, text);
  }

  @Option(names = "--batch", paramLabel = "N", description = "Entries in one atomic write.")
  void batch(String text) {
    given.put(Setting.BATCH, text);
  }

  @Option(
      names = "--commit-every",
      paramLabel = "N",
      description = "Flush after so many writes; 0 for never.")
  void commitEvery(String text) {
    given.put(Setting.COMMIT_EVERY, text);
  }

  @Option(
      names = "--operations",
      paramLabel = "N",
      description =
          "How many overwrites and reads, as a number or a multiple of the keys such as 2x; as many"
              + " as keys by default.")
  void operations(String text) {
    given.put(Setting.OPERATIONS, text);
  }

  @Option(
      names = "--updates",
      paramLabel = "20M|10x",
      description =
          "How many overwrites, likewise, so that merges reach a steady state; as many as"
              + " --operations by default.")
  void updates(String text) {
    given.put(Setting.UPDATES, text);
  }

  @Option(
      names = "--sync-operations",
      paramLabel = "N",
      description = "How many writes fillsync makes.")
  void syncOperations(String text) {
    given.put(Setting.SYNC_OPERATIONS, text);
  }

  @Option(
      names = "--warm-up",
      paramLabel = "N",
      description = "How many uncounted operations come before each measurement.")
  void warmUp(String text) {
    given.put(Setting.WARM_UP, text);
  }

  @Option(
      names = "--warm-up-time",
      paramLabel = "T",
      description = "How long to go on with them, so that Java has compiled what is measured.")
  void warmUpTime(String text) {
    given.put(Setting.WARM_UP_TIME, text);
  }

  @Option(names = "--repeat", paramLabel = "N", description = "How often each cell is measured.")
  void repeat(String text) {
    given.put(Setting.REPEAT, text);
  }

  @Option(names = "--seed", paramLabel = "S", description = "Decides keys and values.")
  void seed(String text) {
    given.put(Setting.SEED, text);
  }

  @Option(
      names = "--heap",
      paramLabel = "256MiB",
      description = "The largest heap of a measuring process.")
  void heap(String text) {
    given.put(Setting.HEAP, text);
  }

  @Option(
      names = "--memory-limit",
      paramLabel = "1GiB",
      description =
          "How much memory a measuring process and its part of the page cache may take, so that"
              + " data is read from the device.")
  void memoryLimit(String text) {
    given.put(Setting.MEMORY_LIMIT, text);
  }

  @Option(
      names = "--memory-limit-by",
      paramLabel = "HOW",
      description =
          "group: a control group of Linux; dropping: taking files out of the page cache; auto: the"
              + " first where it is possible.")
  void memoryLimitBy(String text) {
    given.put(Setting.MEMORY_LIMIT_BY, text);
  }

  @Option(
      names = "--ingest-dir",
      paramLabel = "DIR",
      description = "The folder that the workload ingest loads.")
  void ingestDirectory(String text) {
    given.put(Setting.INGEST_DIR, text);
  }

  @Option(names = "--cell-timeout", paramLabel = "1h", description = "How long one cell may take.")
  void cellTimeout(String text) {
    given.put(Setting.CELL_TIMEOUT, text);
  }

  @Option(
      names = "--mix",
      paramLabel = "SHARES",
      description =
          "Of what the workload mix consists, in hundredths:"
              + " reads=70,updates=20,scans=10,entries=50; also inserts, modifications. entries is"
              + " the longest range read.")
  void mix(String text) {
    given.put(Setting.MIX, text);
  }

  @Option(
      names = "--phases",
      paramLabel = "X,Y*5x",
      description =
          "Workloads to do to one store one after the other, each measured, such as"
              + " fillrandom,overwrite*5x,readrandom*100k; instead of --workloads unless that is"
              + " given.")
  void phases(String text) {
    given.put(Setting.PHASES, text);
  }

  @Option(
      names = "--rate",
      paramLabel = "N",
      description =
          "Operations that are due in a second, over all threads; latency counts from the moment at"
              + " which one is due.")
  void rate(String text) {
    given.put(Setting.RATE, text);
  }

  @Option(
      names = "--record",
      description =
          "Write down what each cell does, in traces within --out; 'bench replay' reads it.")
  void record(boolean on) {
    given.put(Setting.RECORD, Boolean.toString(on));
  }
}
