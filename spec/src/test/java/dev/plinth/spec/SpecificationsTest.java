package dev.plinth.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The small models of all specifications, some mutants, and traces of the code.
final class SpecificationsTest {
  private static final int LINES_MAX = 250;
  private static final int MUTANTS_MIN = 3;
  private static final int TRACES_MIN = 12;

  @Test
  void specificationsHoldMutantsFailAndTracesFit() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    boolean good;
    try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
      good = new SpecLaboratory(false).run(out);
    }
    String output = bytes.toString(StandardCharsets.UTF_8);
    System.out.print(output);
    assertTrue(good, output);
    assertTrue(count(output, "specs") >= 6, output);
    assertTrue(count(output, "mutants") >= 6 * MUTANTS_MIN, output);
    assertTrue(count(output, "traces") >= TRACES_MIN, output);
    assertTrue(count(output, "replays") >= 12, output);
  }

  private static int count(String output, String what) {
    return output
        .lines()
        .filter(line -> line.matches("[0-9]+ " + what))
        .mapToInt(line -> Integer.parseInt(line.substring(0, line.indexOf(' '))))
        .findFirst()
        .orElse(0);
  }

  @Test
  void everySpecificationIsShortAndHasMutantsThatNameTheirInvariant() throws Exception {
    List<String> wrong = new ArrayList<>();
    try (SpecificationFiles files = new SpecificationFiles()) {
      for (Specification one : files.all()) {
        long lines = Files.readAllLines(one.folder().resolve(one.module())).size();
        if (lines > LINES_MAX || one.mutants().size() < MUTANTS_MIN) {
          wrong.add(one.name() + ": " + lines + " lines, mutants " + one.mutants());
        }
        String model = Files.readString(one.folder().resolve(one.model(true)));
        for (String mutant : one.mutants()) {
          String invariant = Mutants.rejectedBy(one.folder().resolve(one.mutantModel(mutant)));
          if (!model.contains("\n  " + invariant + "\n")) {
            wrong.add(one.name() + ": " + mutant + " names " + invariant);
          }
        }
      }
      assertEquals(6, files.all().size());
    }
    assertEquals(List.of(), wrong);
  }

  @Test
  void aTraceThatIsNoBehaviourIsRefusedAndSoIsACopyThatIsNotAltered() {
    Trace.Event put = Trace.Event.of("Put", 1);
    Trace.Event write = Trace.Event.of("Write", 1);
    Trace.Event sync = Trace.Event.of("Sync", 1);
    Trace.Event acknowledge = Trace.Event.of("Acknowledge", 1);
    Trace right = new Trace("right", List.of(put, write, sync, acknowledge));
    Trace early = new Trace("early", List.of(put, write, acknowledge, sync));
    try (SpecificationFiles files = new SpecificationFiles()) {
      TraceSource source =
          new TraceSource() {
            @Override
            public String specification() {
              return "WalFlush";
            }

            @Override
            public Trace record(long seed) {
              return seed == 2 ? early : right;
            }

            @Override
            public List<Trace> altered(Trace trace) {
              return List.of(trace.equals(early) ? right : trace.swapped(2));
            }
          };
      List<Finding> findings = TraceCheck.run(new Tlc(), files.named("WalFlush"), source, 2);
      assertEquals(List.of(true, false), findings.stream().map(Finding::good).toList());
      assertTrue(findings.get(1).detail().startsWith("refused at event 3"), findings.toString());
      TraceSource careless = new Careless(right);
      List<Finding> found = TraceCheck.run(new Tlc(), files.named("WalFlush"), careless, 1);
      assertTrue(found.getFirst().detail().startsWith("accepted, though altered"));
    }
  }

  /// Gives copies that say the same.
  private record Careless(Trace trace) implements TraceSource {
    @Override
    public String specification() {
      return "WalFlush";
    }

    @Override
    public Trace record(long seed) {
      return trace;
    }

    @Override
    public List<Trace> altered(Trace original) {
      return List.of(original);
    }
  }
}
