package dev.plinth.bench.plan;

import dev.plinth.spi.Names;
import dev.plinth.spi.StorageException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/// A ready-made matrix: what a run measures when it is not told otherwise.
@SuppressWarnings("ImmutableEnumChecker") // Map.of gives maps that never change.
public enum Profile {
  /// A first answer within three minutes on two cores.
  QUICK(
      Map.of(
          Setting.KEYS, "200k",
          Setting.VALUE_BYTES, "100",
          Setting.THREADS, "1",
          Setting.SYNC_OPERATIONS, "2k",
          Setting.WARM_UP, "50k",
          Setting.WARM_UP_TIME, "300ms",
          Setting.REPEAT, "1")),
  /// An answer to rely on, on two cores within 90 minutes for every engine and peer: in half of
  /// that where peers in Java are no slower than a tenth of ours.
  STANDARD(
      Map.of(
          Setting.KEYS, "1M",
          Setting.VALUE_BYTES, "100",
          Setting.THREADS, "1,4",
          Setting.UPDATES, "2x",
          Setting.SYNC_OPERATIONS, "10k",
          Setting.WARM_UP, "100k",
          Setting.WARM_UP_TIME, "2s",
          Setting.REPEAT, "1",
          Setting.CELL_TIMEOUT, "5m")),
  /// Sizes that do not fit into caches, small and larger values, repeated.
  FULL(
      Map.of(
          Setting.KEYS, "10M",
          Setting.VALUE_BYTES, "100,1024",
          Setting.THREADS, "1,4",
          Setting.SYNC_OPERATIONS, "50k",
          Setting.WARM_UP, "200k",
          Setting.WARM_UP_TIME, "5s",
          Setting.REPEAT, "3"));

  private static final int QUICK_CONTESTANTS = 8;

  private final Map<Setting, String> settings;

  Profile(Map<Setting, String> settings) {
    this.settings = settings;
  }

  /// What it sets for a number of engines and peers: the quick profile makes its stores smaller the
  /// more there are, so that it keeps its time.
  public Map<Setting, String> settings(int contestants) {
    if (this != QUICK || contestants <= QUICK_CONTESTANTS) {
      return settings;
    }
    Map<Setting, String> smaller = new EnumMap<>(settings);
    boolean many = contestants > 2 * QUICK_CONTESTANTS;
    smaller.put(Setting.KEYS, many ? "50k" : "100k");
    smaller.put(Setting.WARM_UP, many ? "10k" : "20k");
    smaller.put(Setting.SYNC_OPERATIONS, many ? "500" : "1k");
    return smaller;
  }

  /// The profile of a name.
  ///
  /// @throws StorageException.InvalidConfiguration for an unknown one
  public static Profile of(String name) {
    for (Profile profile : values()) {
      if (profile.label().equals(name)) {
        return profile;
      }
    }
    throw new StorageException.InvalidConfiguration(
        Names.unknown("profile", name, Arrays.stream(values()).map(Profile::label).toList()));
  }

  private String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
