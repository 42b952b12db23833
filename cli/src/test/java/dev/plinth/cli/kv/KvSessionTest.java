package dev.plinth.cli.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.house.Repository;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs the session of README.md as it stands there, on other ports and with the classes of this
/// build.
final class KvSessionTest {
  private static final Pattern SESSION =
      Pattern.compile("```sh\\n(\\s*\\./plinth kv serve.*?)```", Pattern.DOTALL);

  @TempDir private Path folder;

  @Test
  void theSessionOfTheReadmeRuns() throws Exception {
    Matcher matcher = SESSION.matcher(Files.readString(Repository.root().resolve("README.md")));
    assertTrue(matcher.find(), "README.md has a session");
    int port = freePorts();
    String session =
        matcher
            .group(1)
            .replace("--cluster 3", "--cluster 3 --port " + port + " --raft-port " + (port + 10))
            .replace("127.0.0.1:7001", "127.0.0.1:" + port)
            .replace("127.0.0.1:7004", "127.0.0.1:" + (port + 3))
            .replace("127.0.0.1:7104", "127.0.0.1:" + (port + 13));
    launcher();
    Path script = folder.resolve("session.sh");
    Files.writeString(script, "set -eu\n" + session);
    Path output = folder.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder("sh", script.toString())
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("PLINTH_KV", "127.0.0.1:" + port);
    Process process = builder.start();
    try {
      assertTrue(process.waitFor(900, TimeUnit.SECONDS), () -> "it hangs:\n" + text(output));
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    String said = text(output);
    assertEquals(0, process.exitValue(), said);
    assertTrue(said.contains("\nhello\n"), said);
    assertTrue(said.contains("greeting\thello\n"), said);
    assertTrue(said.contains("plinth: the key 'greeting' is not there"), said);
    assertTrue(said.contains("exit code 1\n"), said);
    assertTrue(
        Pattern.compile("n4 +127\\.0\\.0\\.1:" + (port + 3) + " +leader").matcher(said).find(),
        said);
    assertTrue(said.contains("\n10\n"), said);
    String end = said.substring(said.lastIndexOf("\n10\n"));
    assertTrue(!end.contains("n4 "), said);
  }

  /// A `./plinth` that starts Java with the classes of this build.
  private void launcher() throws IOException {
    Path launcher = folder.resolve("plinth");
    Files.writeString(
        launcher,
        "#!/bin/sh\nexec '"
            + Path.of(System.getProperty("java.home"), "bin", "java")
            + "' -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"
            + " --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -cp '"
            + System.getProperty("java.class.path")
            + "' dev.plinth.cli.Main \"$@\"\n");
    assertTrue(launcher.toFile().setExecutable(true));
  }

  /// The first of 20 ports in a row that nobody has, below those that the system gives away.
  private static int freePorts() {
    SplittableRandom random = new SplittableRandom(ProcessHandle.current().pid());
    for (int i = 0; i < 1000; i++) {
      int first = 10_000 + random.nextInt(20_000);
      boolean free = true;
      for (int port = first; port < first + 20; port++) {
        free &= isFree(port);
      }
      if (free) {
        return first;
      }
    }
    throw new IllegalStateException("no free ports");
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort() == port;
    } catch (IOException e) {
      return false;
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
