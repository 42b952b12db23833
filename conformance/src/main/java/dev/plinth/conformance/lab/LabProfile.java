package dev.plinth.conformance.lab;

import dev.plinth.spi.Names;
import dev.plinth.spi.StorageException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// How much the laboratory does.
///
/// The targets are counted over all runs that share a state file.
public enum LabProfile {
  /// Seconds, to see that everything works.
  QUICK(1, 2_000, 4, 300, 5_000, 2),
  /// What an issue is accepted with.
  ACCEPTANCE(1, 20_000, 200, 2_000, 0, 20),
  /// Hours.
  SOAK(20, 2_000_000, 20_000, 2_000, 0, 5_000);

  private final long faultScripts;
  private final long crashStates;
  private final long histories;
  private final int historyOperations;
  private final long damages;
  private final int kills;

  LabProfile(
      long faultScripts,
      long crashStates,
      long histories,
      int historyOperations,
      long damages,
      int kills) {
    this.faultScripts = faultScripts;
    this.crashStates = crashStates;
    this.histories = histories;
    this.historyOperations = historyOperations;
    this.damages = damages;
    this.kills = kills;
  }

  /// The name in commands.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// The profile of a label.
  ///
  /// @throws StorageException.InvalidConfiguration for an unknown one
  public static LabProfile of(String label) {
    for (LabProfile profile : values()) {
      if (profile.label().equals(label)) {
        return profile;
      }
    }
    List<String> known = Arrays.stream(values()).map(LabProfile::label).toList();
    throw new StorageException.InvalidConfiguration(Names.unknown("profile", label, known));
  }

  /// How many operations a history has.
  int historyOperations() {
    return historyOperations;
  }

  /// How many kills a round of them has.
  int killsPerRound() {
    return Math.min(kills, 20);
  }

  /// Whether a layer has reached its target.
  boolean isDone(Layer layer, Tally tally) {
    return switch (layer) {
      case HISTORY -> tally.count("histories") >= histories;
      case CRASH -> tally.count("crash states") >= crashStates;
      case FAULT -> tally.count("fault scripts") >= faultScripts;
      case DAMAGE ->
          damages == 0
              ? tally.count("damaged stores") >= 1
              : tally.count("damages reported") + tally.count("damages harmless") >= damages;
      case KILL -> tally.count("kills") >= kills;
    };
  }

  /// Whether a round may be ended in its middle when the target is reached.
  boolean endsRounds(Layer layer) {
    return this == QUICK && layer != Layer.FAULT;
  }
}
