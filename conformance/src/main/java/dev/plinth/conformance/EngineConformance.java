package dev.plinth.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.plinth.conformance.contract.ContractCase;
import dev.plinth.conformance.contract.ContractFixture;
import dev.plinth.conformance.lab.EngineSubject;
import dev.plinth.conformance.lab.LabSubjects;
import dev.plinth.conformance.lab.Laboratory;
import dev.plinth.conformance.lab.Layer;
import dev.plinth.conformance.lab.Pulse;
import dev.plinth.conformance.lab.Tally;
import dev.plinth.conformance.model.EngineUnderTest;
import dev.plinth.conformance.seeded.BugHunt;
import dev.plinth.conformance.seeded.SeededBug;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineTraits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/// Everything that an engine has to pass: extend it, name the provider, done.
///
/// It runs the cases of the SPI, a quick tier of the laboratory (histories, crashes, faults,
/// damage, threads beside each other; fixed seeds, a time budget, counts printed), and shows that
/// the laboratory catches bugs seeded around this engine. `./plinth lab` runs the same for longer.
///
/// ```java
/// class BitcaskConformanceTest extends EngineConformance {
///   @Override
///   protected EngineProvider provider() {
///     return new BitcaskProvider();
///   }
/// }
/// ```
public abstract class EngineConformance {
  private static final Duration CASE_LIMIT = Duration.ofSeconds(60);
  private static final long SEED = 20_260_101;

  /// Files of the tests on the real disk.
  @TempDir protected Path realFolder;

  private int folders;

  /// The engine.
  protected abstract EngineProvider provider();

  /// The option sets it is tried with. By default those it names for the laboratory; they should
  /// make files and caches small, so that short histories reach every part.
  protected List<Map<String, String>> optionSets() {
    return LabSubjects.optionSets(provider());
  }

  /// Whether it is tried with `wal = off` as well, where no option set has that.
  protected boolean triesLogOff() {
    return true;
  }

  /// How long the quick tier of the laboratory works in all, but for a tenth more for the
  /// concurrent histories; two option sets are worked on at a time.
  protected Duration budget() {
    return Duration.ofSeconds(6);
  }

  /// How long to look for one seeded bug; most are found at once.
  protected Duration bugBudget() {
    return Duration.ofSeconds(60);
  }

  /// The bugs that are seeded around this engine: a sample, or all with `-Dplinth.bugs=all`.
  protected List<SeededBug> bugs() {
    boolean all = System.getProperty("plinth.bugs", "sample").equals("all");
    return all ? Arrays.asList(SeededBug.values()) : SeededBug.sample();
  }

  /// Cases of the SPI that this engine does not pass, by name, with the reason; they are skipped
  /// visibly. An engine that is meant to be used has none.
  protected Map<String, String> shortcomings() {
    return Map.of();
  }

  private List<EngineUnderTest> subjects() {
    List<EngineUnderTest> subjects = new ArrayList<>();
    boolean triesOff =
        triesLogOff() && optionSets().stream().noneMatch(set -> "off".equals(set.get("wal")));
    for (Map<String, String> options : optionSets()) {
      EngineUnderTest subject = new EngineUnderTest(provider(), options);
      subjects.add(subject);
      boolean off = subject.traits().logOff() == EngineTraits.LogOff.NO_LOG;
      if (triesOff && off && subject.parsed().wal()) {
        subjects.add(subject.with("wal", "off"));
      }
    }
    return subjects;
  }

  /// What the SPI says, case by case, with every option set.
  @TestFactory
  Stream<DynamicTest> contract() {
    List<DynamicTest> tests = new ArrayList<>();
    for (EngineUnderTest subject : subjects()) {
      for (ContractCase one : ContractCase.all()) {
        tests.add(
            DynamicTest.dynamicTest(one.name() + " [" + subject + "]", () -> run(subject, one)));
      }
    }
    return tests.stream();
  }

  private void run(EngineUnderTest subject, ContractCase one) throws Exception {
    String shortcoming = shortcomings().get(one.name());
    Assumptions.assumeTrue(shortcoming == null, () -> one.name() + ": " + shortcoming);
    Path folder = Files.createDirectory(realFolder.resolve("case-" + folders++));
    Pulse pulse = new Pulse(CASE_LIMIT);
    pulse.watch(
        () -> {
          try (ContractFixture fixture = new ContractFixture(subject, folder)) {
            one.body().run(fixture);
          }
          return true;
        });
  }

  /// The quick tier of the laboratory.
  @TestFactory
  Stream<DynamicTest> laboratory() {
    List<EngineUnderTest> subjects = subjects();
    Duration each = budget().dividedBy(subjects.size());
    Map<Layer, Duration> shares =
        Map.of(
            Layer.HISTORY, each.dividedBy(5),
            Layer.CRASH, each.multipliedBy(3).dividedBy(10),
            Layer.SEQUENCE, each.dividedBy(10),
            Layer.FAULT, each.dividedBy(4),
            Layer.DAMAGE, each.multipliedBy(3).dividedBy(20),
            Layer.CONCURRENT, each.dividedBy(10));
    Map<String, Executable> cases = new LinkedHashMap<>();
    for (EngineUnderTest subject : subjects) {
      cases.put("laboratory [" + subject + "]", () -> run(subject, shares));
    }
    return SideBySide.tests(cases);
  }

  private static void run(EngineUnderTest subject, Map<Layer, Duration> shares) {
    Tally tally = Laboratory.budgeted(new EngineSubject(subject, false), shares, SEED);
    System.out.println("lab quick " + subject + ": " + tally);
    Laboratory.print(tally.failures(), System.out);
    assertEquals(List.of(), tally.failures().stream().map(Tally.Failure::detail).toList());
  }

  /// Every seeded bug is caught by its layer.
  @TestFactory
  Stream<DynamicTest> seededBugs() {
    EngineUnderTest subject = subjects().getFirst();
    Map<String, Executable> cases = new LinkedHashMap<>();
    for (SeededBug bug : bugs()) {
      Path folder = realFolder.resolve("bug-" + bug);
      cases.put("caught: " + bug + " [" + subject + "]", () -> hunt(subject, bug, folder));
    }
    return SideBySide.tests(cases);
  }

  private void hunt(EngineUnderTest subject, SeededBug bug, Path folder) throws Exception {
    Files.createDirectory(folder);
    List<String> found = BugHunt.run(subject, bug, bugBudget(), folder);
    assertFalse(found.isEmpty(), bug.net() + " does not catch " + bug);
  }
}
