package dev.plinth.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.jar.Attributes;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class VersionCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void namesVersionCommitAndJava() {
    assertEquals(0, run("version"));
    String text = out.toString();
    assertTrue(text.contains("plinth "), text);
    assertTrue(text.contains("commit "), text);
    assertTrue(text.contains("java " + Runtime.version()), text);
  }

  @Test
  void theFactsComeFromTheManifest() {
    Attributes attributes = new Attributes();
    attributes.put(Attributes.Name.IMPLEMENTATION_VERSION, "1.2.3");
    attributes.put(new Attributes.Name("Plinth-Commit"), "0123abcd");
    assertEquals(new BuildFacts("1.2.3", "0123abcd"), BuildFacts.of(attributes));
    attributes.put(new Attributes.Name("Plinth-Modified"), "true");
    assertEquals(new BuildFacts("1.2.3", "0123abcd-modified"), BuildFacts.of(attributes));
  }

  @Test
  void anUnknownCommandIsWrongUsage() {
    assertEquals(CommandLine.ExitCode.USAGE, run("nonsense"));
    assertTrue(err.toString().contains("nonsense"), err::toString);
  }

  private int run(String... args) {
    return Main.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }
}
