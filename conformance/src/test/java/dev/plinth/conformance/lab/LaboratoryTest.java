package dev.plinth.conformance.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.model.EngineUnderTest;
import dev.plinth.conformance.model.Violation;
import dev.plinth.conformance.seeded.SeededBug;
import dev.plinth.conformance.seeded.SeededProvider;
import dev.plinth.conformance.toy.ToyProvider;
import dev.plinth.spi.StorageException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LaboratoryTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  @TempDir private Path folder;

  private static Subject toy(SeededBug bug) {
    SeededProvider provider = new SeededProvider(new ToyProvider(), bug);
    return new EngineSubject(new EngineUnderTest(provider, Map.of()), false);
  }

  private static Tally.Failure failure(Subject subject, Layer layer) {
    return Laboratory.budgeted(subject, Map.of(layer, MINUTE), 1).failures().getFirst();
  }

  private static boolean replays(Subject subject, Tally.Failure failure, String point) {
    PrintStream out = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    return Laboratory.replay(subject, failure.layer(), failure.seed(), point, out);
  }

  @Test
  void aCrashFailureReplaysFromItsPoint() {
    Subject wrong = toy(SeededBug.ACKNOWLEDGED_BEFORE_SYNC);
    Tally.Failure failure = failure(wrong, Layer.CRASH);
    assertTrue(replays(wrong, failure, failure.point()));
    assertFalse(replays(right(), failure, failure.point()));
    assertTrue(failure.command().contains("--layer crash --seed 1 --point " + failure.point()));
  }

  @Test
  void aFaultFailureReplaysFromItsPoint() {
    Subject wrong = toy(SeededBug.FAILED_SYNC_RETRIED);
    Tally.Failure failure = failure(wrong, Layer.FAULT);
    assertTrue(replays(wrong, failure, failure.point()));
  }

  @Test
  void aFailingHistoryIsShortened() {
    Tally.Failure failure = failure(toy(SeededBug.TOMBSTONE_DROPPED_EARLY), Layer.HISTORY);
    String shortened = failure.detail().substring(failure.detail().indexOf("shortened to:"));
    assertTrue(shortened.lines().count() <= 6, failure.detail());
    assertTrue(shortened.contains("delete="), failure.detail());
    assertTrue(shortened.contains("compact"), failure.detail());
  }

  @Test
  void workThatHangsIsAViolation() {
    Pulse pulse = new Pulse(Duration.ofMillis(300));
    pulse.beat("before");
    Violation violation =
        assertThrows(
            Violation.class,
            () ->
                pulse.watch(
                    () -> {
                      pulse.beat("waiting for ever");
                      Thread.sleep(60_000);
                      return true;
                    }));
    assertTrue(violation.getMessage().contains("waiting for ever"));
    assertTrue(violation.getMessage().contains("Thread.sleep"));
  }

  @Test
  void whatTheWorkThrowsComesThrough() {
    Pulse pulse = new Pulse(MINUTE);
    assertEquals(7, pulse.watch(() -> 7));
    assertThrows(
        StorageException.Closed.class,
        () ->
            pulse.watch(
                () -> {
                  throw new StorageException.Closed("on purpose");
                }));
  }

  @Test
  void whatIsFoundAgainIsCountedApart() {
    Tally tally = new Tally();
    String again = "crash states found before";
    Laboratory.watched(right(), new CrashLayer(), 1, 0, tally, () -> tally.count(again) > 5);
    assertEquals(List.of(), tally.failures());
    assertTrue(tally.count("crash states") > 0, tally.toString());
    assertTrue(tally.count(again) > 5, tally.toString());
  }

  @Test
  void aSequenceThatFailsReplaysFromItsLetters() {
    Subject wrong = toy(SeededBug.ACKNOWLEDGED_BEFORE_SYNC);
    Tally.Failure failure = failure(wrong, Layer.SEQUENCE);
    assertTrue(replays(wrong, failure, failure.point()));
    assertFalse(replays(right(), failure, failure.point()));
    assertTrue(failure.point().length() <= 2, failure.point());
  }

  @Test
  void aRaceIsSeenAgainByRunningItsHistoryAgain() {
    Subject wrong = toy(SeededBug.STALE_IN_OTHER_THREADS);
    Tally.Failure failure = failure(wrong, Layer.CONCURRENT);
    assertTrue(failure.detail().contains("smallest part"), failure.detail());
    assertTrue(failure.command().contains("--layer concurrent --seed "), failure.command());
    assertTrue(replays(wrong, failure, failure.point()));
    assertFalse(replays(right(), failure, "5"));
  }

  @Test
  void everySequenceIsRunOnce() {
    LabOptions asked = options(LabProfile.QUICK, Layer.SEQUENCE, null, 2);
    Map<String, Long> counts = run(asked).counts().get(right().toString());
    assertEquals(8, counts.get("sequences of 1"));
    assertEquals(64, counts.get("sequences of 2"));
    assertEquals(72, counts.get("sequences"));
  }

  @Test
  void countsAreKeptInTheStateFile() throws Exception {
    Path file = folder.resolve("state");
    LabState state = new LabState(file);
    Tally round = new Tally();
    round.add("crash states", 17);
    assertEquals(0, state.next("toy x=1", "rounds crash", 2));
    assertEquals(1, state.next("toy x=1", "rounds crash", 2));
    state.save("toy x=1", round, "0123456789");
    state.save("toy x=1", round, "0123456789-modified");
    LabState again = new LabState(file);
    assertEquals(-1, again.next("toy x=1", "rounds crash", 2));
    assertEquals(2, again.next("toy x=1", "rounds crash", 3));
    assertEquals(34, again.tally("toy x=1").count("crash states"));
    assertEquals(0, again.tally("other").count("crash states"));
    assertEquals(
        Map.of("0123456789", 1L, "0123456789-modified", 1L), again.commits().get("toy x=1"));
    Files.writeString(file, "toy/x = seven");
    assertThrows(StorageException.InvalidConfiguration.class, () -> new LabState(file));
  }

  @Test
  void aRunGoesOnWhereTheLastOneEnded() {
    Path file = folder.resolve("soak");
    LabOptions asked = options(LabProfile.QUICK, Layer.HISTORY, file, 2);
    Map<String, Long> first = run(asked).counts().get(right().toString());
    assertTrue(first.get("histories") >= 4, first.toString());
    Map<String, Long> second = run(asked).counts().get(right().toString());
    assertEquals(first, second, "every target was reached: nothing is run again");
    SoakTotals totals = new SoakTotals(List.of(file));
    String row = totals.markdown().lines().skip(2).findFirst().orElseThrow();
    assertTrue(row.startsWith("| toy | 1 | c0ffee1 | - |"), row);
    assertTrue(row.contains("| " + first.get("histories") + " ("), row);
    String page = "a\n<!-- soak totals: begin -->\nold\n<!-- soak totals: end -->\nb\n";
    String made = totals.into(page);
    assertEquals(page.replace("old\n", totals.markdown()), made);
    assertEquals(made, totals.into(made));
    assertThrows(IllegalArgumentException.class, () -> totals.into("no marks"));
  }

  private static Subject right() {
    return new EngineSubject(new EngineUnderTest(new ToyProvider(), Map.of()), false);
  }

  private static LabReport run(LabOptions options) {
    PrintStream out = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    return new LabRun(options, _ -> List.of(right()), out).run();
  }

  private static LabOptions options(
      LabProfile profile, Layer layer, @Nullable Path state, int threads) {
    return new LabOptions(
        List.of("toy"), Map.of(), profile, Set.of(layer), 1, state, threads, MINUTE, "c0ffee123");
  }

  @Test
  void unknownNamesAreRefusedWithTheKnownOnes() {
    for (Runnable call :
        List.<Runnable>of(
            () -> Layer.of("crush"),
            () -> LabProfile.of("quik"),
            () -> LabSubjects.of("bitcusk", Map.of()))) {
      StorageException.InvalidConfiguration e =
          assertThrows(StorageException.InvalidConfiguration.class, call::run);
      assertTrue(e.getMessage().startsWith("unknown "), e.getMessage());
    }
  }
}
