package dev.plinth.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SimulationTest {
  @Test
  void behavioursAreReadThoughTlcBreaksTheirLines() {
    String output =
        """
        << "behaviour",
           << <<"Put", 1>>,
              <<"Sync",
                1>> >> >>
        some other line
        <<"behaviour", <<<<"Write", "a", 1>>, <<"Crash", "", 0>>>>>>
        """;
    assertEquals(
        List.of(
            List.of(new Simulation.Step("Put", "", 1), new Simulation.Step("Sync", "", 1)),
            List.of(new Simulation.Step("Write", "a", 1), new Simulation.Step("Crash", "", 0))),
        Simulation.parse(output));
  }

  @Test
  void tracesAreWrittenAsAModuleAndTheirProgressIsRead() {
    Trace trace = new Trace("t", List.of(Trace.Event.of("Put", 1), Trace.Event.of("SyncEdit")));
    String module = TraceModule.text(List.of(trace, trace));
    assertTrue(module.contains("[e |-> \"Put\", n |-> 1]"), module);
    assertTrue(module.contains("[e |-> \"SyncEdit\"]"), module);
    String output =
        """
        <<"reached", 1, 1>>
        <<"reached", 2, 1>>
        <<"reached", 1, 3>>
        <<"reached", 2, 2>>
        """;
    assertArrayEquals(new int[] {2, 1}, TraceModule.followed(output, 2));
  }

  @Test
  void recordsOfALogAreReadBehindItsHeader() {
    byte[] bytes = new byte[64 + 20];
    int[] record = {0, 0, 0, 0, 129, 2, 7, 1, 'h', 'i'};
    for (int i = 0; i < record.length; i++) {
      bytes[64 + i] = (byte) record[i];
    }
    List<LogBytes.Logged> found = LogBytes.records(0, MemorySegment.ofArray(bytes));
    assertEquals(1, found.size());
    assertEquals(1, found.getFirst().type());
    assertEquals(7, found.getFirst().first());
    assertArrayEquals(new byte[] {'h', 'i'}, found.getFirst().bytes());
  }
}
