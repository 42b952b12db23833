package dev.plinth.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// From the command line to a trial in processes of its own, on tiny stores.
final class AdviseCommandTest {
  @TempDir Path folder;

  @Test
  void enginesAreRankedTriedAndAdvised() throws Exception {
    Path out = folder.resolve("out");
    StringWriter said = new StringWriter();
    int exit =
        Main.commandLine()
            .setOut(new PrintWriter(said))
            .execute(
                "advise",
                "--reads=50",
                "--scans=10",
                "--keys=8k",
                "--engines=bitcask,btree",
                "--trial-keys=2k",
                "--repeat=1",
                "--json",
                "--out=" + out);
    assertEquals(0, exit, said::toString);
    JsonNode advice = new ObjectMapper().readTree(said.toString());
    assertEquals(5, advice.get("ranked").size(), "four ways to have bitcask, and the tree");
    JsonNode hash = advice.get("ranked").get(4);
    assertTrue(hash.get("obstacle").asText().contains("ordered index"), hash::toString);
    assertTrue(hash.get("nanos").isNull());
    assertEquals(2, advice.get("tried").size(), advice::toString);
    for (JsonNode one : advice.get("tried")) {
      assertEquals("", one.get("obstacle").asText());
      assertTrue(one.get("nanos").asDouble() > 0, one::toString);
      assertTrue(one.get("space").asDouble() >= 1, one::toString);
    }
    assertEquals(advice.get("tried").get(0).get("label"), advice.get("engine"));
    assertFalse(advice.get("reasons").isEmpty());
    assertTrue(advice.get("trial").asText().startsWith("2,000 keys (25 % of yours)"));
    assertTrue(Files.exists(out.resolve("trial/results.json")));
    assertEquals(0, out.resolve("stores").toFile().list().length, "stores are removed");
  }
}
