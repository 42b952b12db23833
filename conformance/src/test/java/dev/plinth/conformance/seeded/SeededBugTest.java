package dev.plinth.conformance.seeded;

import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.plinth.conformance.lab.Tally;
import dev.plinth.conformance.model.EngineUnderTest;
import dev.plinth.conformance.toy.ToyProvider;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SeededBugTest {
  @ParameterizedTest
  @EnumSource
  void everySeededBugIsCaught(SeededBug bug) {
    EngineUnderTest toy = new EngineUnderTest(new ToyProvider(), Map.of());
    List<Tally.Failure> failures = BugHunt.run(toy, bug, Duration.ofSeconds(30));
    assertFalse(failures.isEmpty(), bug + " went uncaught");
    String detail = failures.getFirst().detail().lines().findFirst().orElseThrow();
    System.out.println(
        "seeded bug " + bug + " caught by " + failures.getFirst().layer() + ": " + detail);
  }
}
