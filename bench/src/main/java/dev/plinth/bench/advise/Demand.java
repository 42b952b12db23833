package dev.plinth.bench.advise;

import dev.plinth.bench.workload.Mix;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Quantities;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WorkloadShape;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What an application asks of a store. The shares are of all operations and sum to 1.
///
/// @param reads point reads
/// @param updates new values for existing keys, and deletes
/// @param inserts values for new keys
/// @param scans range reads
/// @param scanEntries entries of a range read, on average
/// @param keys how many keys are live
/// @param keyBytes bytes of a key, on average
/// @param valueBytes bytes of a value, on average
/// @param order in which order keys are chosen
/// @param durability how far a write must have come when it returns
/// @param threads how many threads use the store
/// @param memoryBytes memory for the store, page cache included; 0 for what the machine has
/// @param spaceBytesMax the most bytes on disk; 0 for no limit
/// @param p99NanosMax how long 99 of 100 operations may take at most; 0 for no aim
public record Demand(
    double reads,
    double updates,
    double inserts,
    double scans,
    int scanEntries,
    long keys,
    int keyBytes,
    int valueBytes,
    KeyOrder order,
    Durability durability,
    int threads,
    long memoryBytes,
    double spaceBytesMax,
    long p99NanosMax) {
  private static final int UPDATES_PER_KEY = 4;
  private static final int ALL = 100;

  public Demand {
    double sum = reads + updates + inserts + scans;
    if (Math.abs(sum - 1) > 1e-6 || reads < 0 || updates < 0 || inserts < 0 || scans < 0) {
      throw new StorageException.InvalidConfiguration(
          "reads, scans and inserts are shares of all operations: they sum to 100 at most");
    }
  }

  /// The share of operations that write.
  public double writes() {
    return updates + inserts;
  }

  /// Bytes of a key and its value.
  public double recordBytes() {
    return keyBytes + (double) valueBytes;
  }

  /// Bytes of all keys and values.
  public double liveBytes() {
    return keys * recordBytes();
  }

  /// What cost models are asked: a store that was written for long with this mix.
  WorkloadShape shape(boolean logged) {
    double fresh = writes() == 0 ? 1 : inserts / writes();
    return new WorkloadShape(
        keys,
        Math.round(keys * (1 - fresh)),
        Math.max(1, Math.round(keys * (fresh + (1 - fresh) * UPDATES_PER_KEY))),
        keyBytes,
        valueBytes,
        order,
        logged,
        0);
  }

  /// The same in hundredths, for a trial.
  Mix mix() {
    int read = (int) Math.round(reads * ALL);
    int scan = (int) Math.round(scans * ALL);
    int insert = (int) Math.round(inserts * ALL);
    int update = Math.max(0, ALL - read - scan - insert);
    read = ALL - scan - insert - update;
    return new Mix(read, update, insert, scan, 0, Math.max(1, 2 * scanEntries - 1), order);
  }

  /// In words.
  public String words() {
    List<String> parts = new ArrayList<>();
    share(parts, reads, "point reads");
    share(parts, updates, "updates");
    share(parts, inserts, "inserts");
    share(parts, scans, "range reads of " + scanEntries + " entries");
    String text =
        String.join(", ", parts)
            + String.format(
                Locale.ROOT,
                "; %,d keys of %d B with values of %d B, %s; %s, %d %s",
                keys,
                keyBytes,
                valueBytes,
                order.name().toLowerCase(Locale.ROOT),
                durability.name().toLowerCase(Locale.ROOT),
                threads,
                threads == 1 ? "thread" : "threads");
    if (memoryBytes > 0) {
      text += "; memory " + Quantities.bytesText((double) memoryBytes);
    }
    if (spaceBytesMax > 0) {
      text += "; at most " + Quantities.bytesText(spaceBytesMax) + " on disk";
    }
    return p99NanosMax == 0
        ? text
        : text + "; 99 of 100 operations within " + Words.nanos((double) p99NanosMax);
  }

  private static void share(List<String> parts, double share, String what) {
    if (share > 0) {
      parts.add(Words.percent(share) + " " + what);
    }
  }
}
