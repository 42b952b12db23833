package dev.plinth.bench.soak;

import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/// What a soak is asked for.
///
/// @param engine the engine's name
/// @param options its options
/// @param folder where the store and `soak.json` are; a soak that was begun there goes on
/// @param seconds how long writes go on, in all runs together
/// @param sliceSeconds after so many seconds everything is looked at, and progress is kept
/// @param calibrationSeconds how long writes go on as fast as they can, to find the sustainable
///   rate
/// @param rate writes a second, instead of a share of what is sustainable; 0 for none
/// @param share which share of the sustainable rate
/// @param keys how many keys
/// @param valueBytes the size of a value
/// @param limits what may not be exceeded
public record SoakPlan(
    String engine,
    Map<String, String> options,
    Path folder,
    double seconds,
    double sliceSeconds,
    double calibrationSeconds,
    long rate,
    double share,
    int keys,
    int valueBytes,
    SoakLimits limits) {
  public SoakPlan {
    options = Map.copyOf(options);
    require(seconds > 0 && sliceSeconds > 0, "--seconds and --slice-seconds", "more than 0");
    require(rate >= 0, "--rate", "0 or more");
    require(rate > 0 || calibrationSeconds > 0, "--calibrate-seconds", "more than 0");
    require(share > 0 && share <= 1, "--share", "more than 0 and at most 1");
    require(keys >= SoakContent.RANGE_KEYS, "--keys", "at least " + SoakContent.RANGE_KEYS);
    require(
        valueBytes >= SoakContent.VALUE_BYTES_MIN,
        "--value-bytes",
        "at least " + SoakContent.VALUE_BYTES_MIN);
  }

  private static void require(boolean holds, String option, String expected) {
    if (!holds) {
      throw new StorageException.InvalidConfiguration(option + " must be " + expected);
    }
  }

  /// Where the store is.
  Path store() {
    return folder.resolve("store");
  }

  /// Where a checkpoint is for a moment.
  Path checkpoint() {
    return folder.resolve("checkpoint");
  }

  /// Where progress is kept.
  Path state() {
    return folder.resolve("soak.json");
  }

  /// What a soak that goes on must have in common with this.
  Map<String, String> identity() {
    Map<String, String> identity = new TreeMap<>(options);
    identity.put("engine", engine);
    identity.put("keys", Integer.toString(keys));
    identity.put("value bytes", Integer.toString(valueBytes));
    return identity;
  }
}
