package dev.plinth.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.Engines;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A soak of a second, and the rest of it.
final class SoakCommandTest {
  @TempDir Path folder;

  private record Outcome(int exit, String out, String err) {}

  @Test
  void aSoakGoesOnWhereItEnded() throws Exception {
    Outcome first = soak("--seconds", "0.4");
    assertEquals(0, first.exit(), first::toString);
    assertTrue(first.out().contains("filled with 2,000 keys"), first::out);
    assertTrue(first.out().contains("sustains"), first::out);
    assertTrue(first.out().contains("within all limits"), first::out);
    assertTrue(first.out().contains("1 checkpoints"), first::out);
    Outcome second = soak("--seconds", "0.8");
    assertEquals(0, second.exit(), second::toString);
    assertTrue(second.out().contains("goes on after 0 s"), second::out);
    assertFalse(second.out().contains("sustains"), "the rate is known");
    Outcome third = soak("--seconds", "0.8", "--descriptors-max", "1");
    assertEquals(1, third.exit(), "nothing is left to do, and the limit is looked at anew");
    assertTrue(third.out().contains("descriptors, and 1 are allowed"), third::out);
    Outcome other = soak("--seconds", "0.8", "--value-bytes", "50");
    assertEquals(2, other.exit());
    assertTrue(other.err().contains("is of another soak"), other::err);
    assertFalse(Files.exists(folder.resolve("probe.tmp")));
    assertFalse(Files.exists(folder.resolve("checkpoint")));
  }

  @Test
  void aLostWriteIsNoticed() {
    assertEquals(0, soak("--seconds", "0.2").exit());
    Map<String, String> configuration = Map.of(Engines.ENGINE_KEY, "lsm-leveled");
    try (Engine engine = Engines.open(folder.resolve("store"), configuration)) {
      for (int i = 0; i < 100; i++) {
        engine.delete(
            String.format("%016d", 2 * i).getBytes(StandardCharsets.US_ASCII), Durability.WRITTEN);
      }
    }
    Outcome outcome = soak("--seconds", "0.4");
    assertEquals(1, outcome.exit());
    assertTrue(outcome.err().contains("was closed with the digest"), outcome::err);
  }

  @Test
  void wrongOptionsAreRefused() {
    assertEquals(2, soak("--seconds", "0").exit());
    assertEquals(2, soak("--share", "1.5").exit());
    assertEquals(2, soak("--keys", "3").exit());
    assertEquals(2, soak("--value-bytes", "8").exit());
    assertEquals(2, soak("--option", "no.such=1").exit());
    assertFalse(Files.exists(folder.resolve("store")));
  }

  private Outcome soak(String... more) {
    Map<String, String> options = new TreeMap<>();
    options.put("--engine", "lsm-leveled");
    options.put("--dir", folder.toString());
    options.put("--keys", "2000");
    options.put("--slice-seconds", "0.2");
    options.put("--calibrate-seconds", "0.3");
    options.put("--option", "memtable.bytes=1MiB");
    options.put("--stall-millis", "60000");
    options.put("--heap-max", "64GiB");
    options.put("--off-heap-max", "64GiB");
    options.put("--descriptors-max", "1000000");
    options.put("--disk-max", "64GiB");
    for (int i = 0; i < more.length; i += 2) {
      options.put(more[i], more[i + 1]);
    }
    List<String> arguments = new ArrayList<>(List.of("soak"));
    options.forEach((name, value) -> arguments.addAll(List.of(name, value)));
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exit =
        Main.commandLine()
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(arguments.toArray(String[]::new));
    return new Outcome(exit, out.toString(), err.toString());
  }
}
