package dev.plinth.raft.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.lab.Laboratory;
import dev.plinth.conformance.lab.Layer;
import dev.plinth.conformance.lab.Tally;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What the laboratory demands of the log that an adapter makes (clause D12), on the segmented log
/// and on an engine: extend it, name the script, and run it. `-Dplinth.lab.seconds=600` makes it
/// thorough.
public abstract class LibraryLogContract {
  private static final String SECONDS = "plinth.lab.seconds";
  private static final String ENGINE = "bitcask";

  /// What is done to the log.
  protected abstract LibraryScript<?, ?> script();

  @Test
  final void theLaboratoryFindsNoCounterexampleOnTheSegmentedLog() {
    run(RaftLogSubjects.SEGMENTED, RaftLogSubjects.segmented());
  }

  @Test
  final void theLaboratoryFindsNoCounterexampleOnAnEngine() {
    run(ENGINE, RaftLogSubjects.onEngine(ENGINE));
  }

  private void run(String on, RaftLogFactory factory) {
    long seconds = Long.getLong(SECONDS, 1);
    Duration rest = Duration.ofSeconds(seconds).dividedBy(4);
    Map<Layer, Duration> shares =
        Map.of(
            Layer.CRASH, Duration.ofSeconds(seconds),
            Layer.FAULT, rest,
            Layer.HISTORY, rest,
            Layer.DAMAGE, rest);
    Tally tally = Laboratory.budgeted(subject(script(), on, factory), shares, 1);
    System.out.println("lab quick " + script().name() + " on " + on + ": " + tally);
    Laboratory.print(tally.failures(), System.out);
    assertEquals(List.of(), tally.failures());
    assertTrue(tally.counts().values().stream().mapToLong(Long::longValue).sum() > 0);
  }

  private static <L, S> LibraryLogSubject<L, S> subject(
      LibraryScript<L, S> script, String on, RaftLogFactory factory) {
    return new LibraryLogSubject<>(script.name() + "-on-" + on, script, factory);
  }
}
