package dev.plinth.bench.workload;

import dev.plinth.spi.Names;
import dev.plinth.spi.Quantities;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/// Of what a mixed workload consists, in hundredths, and which keys it prefers: the core workloads
/// of Cooper et al., "Benchmarking cloud serving systems with YCSB" (SoCC 2010).
///
/// @param reads point reads
/// @param updates new values for existing keys
/// @param inserts values for new keys
/// @param scans range reads of 1 to `scanEntriesMax` entries
/// @param modifications a read and a new value for the same key
/// @param scanEntriesMax the longest range read; from 1 on each length is as likely
/// @param order which keys are preferred; `LATEST` prefers keys that were inserted last; for a mix
///   of a run's own the order of its cell counts
public record Mix(
    int reads,
    int updates,
    int inserts,
    int scans,
    int modifications,
    int scanEntriesMax,
    KeyOrder order) {
  /// The longest range read of YCSB.
  public static final int SCAN_ENTRIES_MAX = 100;

  private static final int SCAN_ENTRIES_LIMIT = 1_000_000;
  private static final String ENTRIES = "entries";
  private static final int ALL = 100;
  private static final List<String> NAMES =
      List.of("reads", "updates", "inserts", "scans", "modifications", ENTRIES);

  public Mix {
    if (reads + updates + inserts + scans + modifications != ALL) {
      throw new IllegalArgumentException("the shares must sum to " + ALL);
    }
  }

  /// Of what one of YCSB's consists.
  public Mix(int reads, int updates, int inserts, int scans, int modifications, KeyOrder order) {
    this(reads, updates, inserts, scans, modifications, SCAN_ENTRIES_MAX, order);
  }

  /// Reads a mix as users write it: `reads=70,updates=20,scans=10,entries=50`. Shares that are not
  /// named are 0; `entries` is the longest range read.
  ///
  /// @throws StorageException.InvalidConfiguration naming what is wrong
  public static Mix of(String text) {
    Map<String, Integer> given = new HashMap<>();
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      String name = equals < 0 ? part.strip() : part.substring(0, equals).strip();
      if (equals < 0 || !NAMES.contains(name)) {
        throw wrong(text, Names.unknown("share", name, NAMES));
      }
      long number = Quantities.whole("mix: " + name, part.substring(equals + 1));
      long most = name.equals(ENTRIES) ? SCAN_ENTRIES_LIMIT : ALL;
      if (number < 0 || number > most) {
        throw wrong(text, name + " is 0 to " + most);
      }
      if (given.put(name, (int) number) != null) {
        throw wrong(text, name + " is there twice");
      }
    }
    int entries = given.getOrDefault(ENTRIES, SCAN_ENTRIES_MAX);
    given.remove(ENTRIES);
    if (given.values().stream().mapToInt(Integer::intValue).sum() != ALL || entries < 1) {
      throw wrong(text, "the shares must sum to " + ALL + ", and a range read has an entry");
    }
    return new Mix(
        given.getOrDefault("reads", 0),
        given.getOrDefault("updates", 0),
        given.getOrDefault("inserts", 0),
        given.getOrDefault("scans", 0),
        given.getOrDefault("modifications", 0),
        entries,
        KeyOrder.UNIFORM);
  }

  private static StorageException wrong(String text, String why) {
    return new StorageException.InvalidConfiguration("mix = " + text + ": " + why);
  }

  /// Hundredths that write.
  public int writes() {
    return updates + inserts + modifications;
  }

  /// The mix as [#of(String)] reads it.
  public String label() {
    StringJoiner parts = new StringJoiner(",");
    int[] shares = {reads, updates, inserts, scans, modifications};
    for (int i = 0; i < shares.length; i++) {
      if (shares[i] > 0) {
        parts.add(NAMES.get(i) + "=" + shares[i]);
      }
    }
    return scans > 0 ? parts.add(ENTRIES + "=" + scanEntriesMax).toString() : parts.toString();
  }

  /// One operation of a mixed workload.
  public enum Action {
    /// A point read.
    READ,
    /// A new value for an existing key.
    UPDATE,
    /// A value for a new key.
    INSERT,
    /// A range read.
    SCAN,
    /// A read, then a new value for the same key.
    MODIFY
  }

  /// What comes next.
  public Action next(Dice dice) {
    long at = dice.below(ALL) - reads;
    if (at < 0) {
      return Action.READ;
    }
    at -= updates;
    if (at < 0) {
      return Action.UPDATE;
    }
    at -= inserts;
    if (at < 0) {
      return Action.INSERT;
    }
    return at < scans ? Action.SCAN : Action.MODIFY;
  }
}
