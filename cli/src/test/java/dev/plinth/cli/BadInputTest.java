package dev.plinth.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/// Wrong input gives one clear line and an exit code, no stack trace, and changes nothing.
final class BadInputTest {
  @TempDir Path folder;

  private record Outcome(int exit, String out, String err) {}

  @Test
  void wrongUsageIsNamedWithTheNearest() throws IOException {
    refused(2, "unknown engine 'bitkask'", "bench", "--engines", "bitkask");
    refused(2, "did you mean readrandom?", "bench", "--workloads", "readrandm");
    refused(2, "unknown profile 'quik' (did you mean quick?)", "bench", "--profile", "quik");
    refused(2, "did you mean --keys?", "bench", "--keyz", "3");
    refused(2, "unknown command or argument 'benhc' (did you mean bench?)", "benhc");
    refused(2, "--keys = 10Q", "bench", "--engines", "noop", "--keys", "10Q");
    refused(2, "is not of the form ENGINE.KEY=VALUE", "bench", "--option", "wal");
    refused(2, "unknown subject of the laboratory", "lab", "--engine", "bitkask");
    refused(2, "did you mean crash?", "lab", "--engine", "noop", "--layers", "crsh");
    refused(2, "raise it or lower --heap", "bench", "--memory-limit", "64MiB");
    refused(2, "did you mean wal?", "bench", "--engines", "noop", "--option", "noop.wall=off");
    refused(2, "is not measured", "bench", "--engines", "noop", "--option", "bitcask.wal=off");
    refused(2, "such as 10x is expected", "bench", "--engines", "noop", "--updates", "yx");
    refused(2, "the specifications and TLC are not on the class path", "lab", "--specs");
    refused(2, "--shard 3/2", "bench", "--engines", "noop", "--shard", "3/2");
    refused(2, "name its folder by --out", "bench", "--engines", "noop", "--resume");
    refused(2, "add --ingest-dir", "bench", "--engines", "noop", "--workloads", "ingest");
    refused(2, "unknown peer 'rocks'", "bench", "--engines", "noop", "--peers", "rocks");
    refused(2, "did you mean --value-bytes?", "bench", "--value-byte", "3");
  }

  @Test
  void wrongQuestionsForAdviceAreNamed() throws IOException {
    refused(2, "--reads = 120", "advise", "--reads", "120");
    refused(2, "they sum to 100 at most", "advise", "--reads", "60", "--scans", "50");
    refused(2, "did you mean zipf?", "advise", "--key-order", "zipff");
    refused(2, "keys and values alone take", "advise", "--space", "1MiB");
    refused(2, "unknown engine 'bitkask'", "advise", "--engines", "bitkask");
    refused(2, "there is no such file", "advise", "--trace", folder + "/none");
    refused(2, "--repeat = 0", "advise", "--repeat", "0");
    refused(2, "--trial-keys = few", "advise", "--trial-keys", "few");
    refused(2, "leave the description out", "advise", "--check", "--reads", "10");
    refused(2, "did you mean --latency?", "advise", "--latenc", "1ms");
    refused(2, "add --mix", "bench", "--engines", "noop", "--workloads", "mix");
  }

  @Test
  void anUnknownKeyOfAMatrixFileIsNamed() throws IOException {
    Path file = folder.resolve("m.properties");
    Files.writeString(file, "engins = noop\n");
    Outcome outcome = plinth("bench", "--matrix", file.toString());
    assertEquals(2, outcome.exit());
    assertTrue(outcome.err().contains("did you mean engines?"), outcome::err);
  }

  @Test
  void storesThatAreNotThereAreNotMade() throws IOException {
    String missing = folder.resolve("none").toString();
    for (String command : List.of("verify", "stats", "digest", "dump")) {
      refused(2, "is no directory", command, missing);
      refused(2, "holds no store", command, folder.toString());
      refused(2, "holds no store", command, folder.toString(), "--engine", "noop");
    }
    refused(2, "holds no results.json", "bench", "compare", missing, missing);
    refused(2, "holds no results.json", "bench", "merge", missing, "--out", missing);
  }

  @Test
  void aRunThatDoesNotFitOrHasNoPlaceFails() throws IOException {
    refused(
        1,
        "this run needs about",
        "bench",
        "--engines",
        "noop",
        "--keys",
        "100G",
        "--out",
        folder.resolve("o").toString());
    Path file = Files.createFile(folder.resolve("file"));
    Outcome outcome =
        plinth("bench", "--engines", "noop", "--keys", "1k", "--out", file + "/below");
    assertEquals(1, outcome.exit());
    assertTrue(outcome.err().contains("name another one by --out"), outcome::err);
    assertEquals(1, outcome.err().lines().count(), outcome::err);
  }

  @Test
  void debugShowsWhere() {
    Outcome outcome = plinth("bench", "--engines", "none-such", "--debug");
    assertEquals(2, outcome.exit());
    assertTrue(outcome.err().contains("\tat dev.plinth."), outcome::err);
  }

  @Test
  void everyCommandHasHelp() {
    for (String command :
        List.of(
            "bench", "advise", "engines", "lab", "soak", "verify", "stats", "digest", "dump",
            "version")) {
      Outcome outcome = plinth(command, "--help");
      assertEquals(0, outcome.exit(), command);
      assertTrue(outcome.out().startsWith("Usage: plinth " + command), outcome::out);
    }
    assertTrue(plinth("bench", "compare", "--help").out().contains("Usage: plinth bench compare"));
    assertTrue(plinth("bench", "merge", "--help").out().contains("Usage: plinth bench merge"));
    assertTrue(plinth("bench", "micro", "--help").out().contains("Usage: plinth bench micro"));
  }

  @Test
  void argumentsForJmhKeepTheirOrder() {
    String[] arguments = {"bench", "micro", "-f", "1", "Some.*", "-p", "engine=noop", "-i", "2"};
    CommandLine command = Main.commandLine();
    command.parseArgs(arguments);
    assertEquals(
        List.of("-f", "1", "Some.*", "-p", "engine=noop", "-i", "2"),
        command
            .getSubcommands()
            .get("bench")
            .getSubcommands()
            .get("micro")
            .getUnmatchedArguments());
  }

  @Test
  void enginesAreListed() {
    Outcome outcome = plinth("engines", "noop");
    assertEquals(0, outcome.exit());
    assertTrue(outcome.out().contains("wal = on"), outcome::out);
    assertTrue(outcome.out().contains("noop\n  does nothing"), outcome::out);
  }

  private void refused(int exit, String words, String... arguments) throws IOException {
    Outcome outcome = plinth(arguments);
    assertEquals(exit, outcome.exit(), outcome::err);
    assertTrue(outcome.err().contains(words), outcome::err);
    assertTrue(outcome.err().startsWith("plinth: "), outcome::err);
    assertFalse(outcome.err().contains("\tat "), outcome::err);
    assertEquals("", outcome.out());
    assertTrue(outcome.err().lines().count() <= 2, outcome::err);
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(0, left.count(), "nothing is made");
    }
  }

  private static Outcome plinth(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine command =
        Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int exit = command.execute(arguments);
    return new Outcome(exit, out.toString(), err.toString());
  }
}
