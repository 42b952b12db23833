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
    Subject right = new EngineSubject(new EngineUnderTest(new ToyProvider(), Map.of()), false);
    assertFalse(replays(right, failure, failure.point()));
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
  void countsAreKeptInTheStateFile() throws Exception {
    Path file = folder.resolve("state");
    LabState state = new LabState(file);
    Tally tally = state.tally("toy");
    tally.add("crash states", 17);
    state.put("toy", "rounds crash", 3);
    state.save("toy", tally);
    LabState again = new LabState(file);
    assertEquals(3, again.get("toy", "rounds crash"));
    assertEquals(17, again.tally("toy").count("crash states"));
    assertEquals(0, again.tally("other").count("crash states"));
    Files.writeString(file, "toy/x = seven");
    assertThrows(StorageException.InvalidConfiguration.class, () -> new LabState(file));
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
