package dev.plinth.conformance.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.toy.ToyProvider;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HistoryTest {
  private static final HistoryGenerator.Shape SHAPE =
      new HistoryGenerator.Shape(24, 5000, true, true, true);
  private static final EngineUnderTest TOY = new EngineUnderTest(new ToyProvider(), Map.of());

  @Test
  void anHonestEnginePasses() {
    try (QuietExecutor background = new QuietExecutor()) {
      for (int seed = 0; seed < 20; seed++) {
        History.of(seed, 400, SHAPE, TOY).run(TOY, background);
      }
    }
  }

  @Test
  void anHonestEngineWithoutLogPasses() {
    EngineUnderTest subject = TOY.with("wal", "off");
    try (QuietExecutor background = new QuietExecutor()) {
      for (int seed = 100; seed < 120; seed++) {
        History.of(seed, 400, SHAPE, subject).run(subject, background);
      }
    }
  }

  @Test
  void aHistoryIsReadBackFromItsText() {
    History history = History.of(5, 500, SHAPE, TOY);
    assertEquals(history.toString(), History.parse("# comment\n" + history).toString());
    assertEquals(history.toString(), History.of(5, 500, SHAPE, TOY).toString());
  }

  @Test
  void theReducerKeepsWhatMatters() {
    List<Integer> failing = java.util.stream.IntStream.range(0, 300).boxed().toList();
    List<Integer> reduced = Reducer.reduce(failing, l -> l.contains(17) && l.contains(211), 10_000);
    assertEquals(List.of(17, 211), reduced);
    assertTrue(Reducer.reduce(failing, l -> l.size() > 250, 3).size() > 250);
  }
}
