package dev.plinth.conformance.lab;

import dev.plinth.spi.Names;
import dev.plinth.spi.StorageException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// How much the laboratory does.
///
/// The targets are counted over all runs that share a state file. Those of [#SOAK] are for an
/// engine or log store with all its option sets together; those of the others for each set.
public enum LabProfile {
  /// Seconds, to see that everything works.
  QUICK(2_000, 1, 0, 4, 300, 5_000, 2, 2, 20),
  /// What an issue is accepted with.
  ACCEPTANCE(20_000, 1, 0, 200, 2_000, 0, 20, 3, 2_000),
  /// Hours.
  SOAK(1_000_000, 0, 50_000, 20_000, 2_000, 0, 5_000, 4, 100_000);

  private static final int KILLS_PER_ROUND_MAX = 20;

  private final long crashStates;
  private final long faultScripts;
  private final long faultRuns;
  private final long histories;
  private final int historyOperations;
  private final long damages;
  private final int kills;
  private final int sequenceOperations;
  private final long concurrentHistories;

  /// @param crashStates how many to check
  /// @param faultScripts scripts of which every call is refused; 0 to count runs
  /// @param faultRuns scripts with a refused call; 0 to count scripts
  /// @param histories how many to run
  /// @param historyOperations how long they are
  /// @param damages how many bytes to change; 0 for all of a store
  /// @param kills of processes
  /// @param sequenceOperations the length up to which every sequence is run
  /// @param concurrentHistories how many to run
  LabProfile(
      long crashStates,
      long faultScripts,
      long faultRuns,
      long histories,
      int historyOperations,
      long damages,
      int kills,
      int sequenceOperations,
      long concurrentHistories) {
    this.crashStates = crashStates;
    this.faultScripts = faultScripts;
    this.faultRuns = faultRuns;
    this.histories = histories;
    this.historyOperations = historyOperations;
    this.damages = damages;
    this.kills = kills;
    this.sequenceOperations = sequenceOperations;
    this.concurrentHistories = concurrentHistories;
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
    return Math.min(kills, KILLS_PER_ROUND_MAX);
  }

  /// Whether a layer has reached its target.
  ///
  /// @param sets how many option sets of the same engine are tried
  boolean isDone(Layer layer, Tally tally, int sets) {
    return switch (layer) {
      case HISTORY -> tally.count("histories") >= share(histories, sets);
      case CRASH -> tally.count("crash states") >= share(crashStates, sets);
      case FAULT ->
          faultRuns == 0
              ? tally.count("fault scripts") >= faultScripts
              : tally.count("fault runs") >= share(faultRuns, sets);
      case DAMAGE ->
          damages == 0
              ? tally.count("damaged stores") >= 1
              : tally.count("damages reported") + tally.count("damages harmless") >= damages;
      case SEQUENCE -> false;
      case CONCURRENT -> tally.count(ConcurrentLayer.HISTORIES) >= share(concurrentHistories, sets);
      case KILL -> tally.count("kills") >= share(kills, sets);
    };
  }

  /// How many rounds there are to run at most: sequences are run once each.
  long roundsMax(Layer layer) {
    return layer == Layer.SEQUENCE ? SequenceLayer.rounds(sequenceOperations) : Long.MAX_VALUE;
  }

  private long share(long target, int sets) {
    return this == SOAK ? (target + sets - 1) / sets : target;
  }

  /// Whether a round may be ended in its middle when the target is reached.
  boolean endsRounds(Layer layer) {
    return this == QUICK && layer != Layer.FAULT && layer != Layer.SEQUENCE;
  }
}
