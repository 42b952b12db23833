package dev.plinth.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.plinth.kit.directory.EngineDirectory;
import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.Engines;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Stores and disks that a command cannot work with: one clear line with a next step, exit 1, no
/// stack trace, and the files stay what they were.
final class BadStoresTest {
  private static final Map<String, String> BITCASK = Map.of(Engines.ENGINE_KEY, "bitcask");

  @TempDir Path folder;

  private record Outcome(int exit, String out, String err) {}

  @Test
  void aStoreOfAnotherEngineIsRefused() throws Exception {
    Path store = foreign("somebody-else", 1);
    Outcome outcome = refused(store, "verify", store.toString(), "--engine", "bitcask");
    assertTrue(outcome.err().contains("somebody-else"), outcome::err);
  }

  @Test
  void aStoreOfANewerVersionIsRefused() throws Exception {
    Path store = foreign("bitcask", 9_999);
    Outcome outcome = refused(store, "digest", store.toString(), "--engine", "bitcask");
    assertTrue(outcome.err().contains("9999"), outcome::err);
  }

  @Test
  void aStoreInUseByAnotherProcessIsRefused() throws Exception {
    Path store = store();
    Process holder = new ProcessBuilder(java(HeldStore.class.getName(), store.toString())).start();
    try {
      assertTrue(holder.inputReader().readLine().startsWith("open"));
      for (String command : List.of("verify", "stats", "digest", "dump")) {
        Outcome outcome = refused(store, command, store.toString());
        assertTrue(outcome.err().contains("in use"), outcome::err);
      }
    } finally {
      holder.getOutputStream().close();
      assertEquals(0, holder.waitFor());
    }
  }

  @Test
  void aReadOnlyFolderIsNamed() throws Exception {
    Path sealed = Files.createDirectories(folder.resolve("sealed"));
    String mount = "mount -t tmpfs -o ro,size=99m none " + sealed;
    String[] bench = {"bench", "--engines", "bitcask", "--keys", "1k", "--out"};
    Outcome outcome = onMount(mount, sealed, with(bench, sealed.resolve("out").toString()));
    oneLine(outcome);
    assertTrue(outcome.err().contains("name another one by --out"), outcome::err);
    assertTrue(outcome.err().contains(sealed.toString()), outcome::err);
  }

  @Test
  void aReadOnlyStoreIsNamed() throws Exception {
    Path store = store();
    String mount = "mount --bind " + store + " " + store + " && mount -o remount,bind,ro " + store;
    Outcome outcome = onMount(mount, store, "verify", store.toString());
    oneLine(outcome);
    assertTrue(outcome.err().contains(store.toString()), outcome::err);
  }

  @Test
  void aDiskThatFillsUpDuringARunIsToldAndTheRestIsMeasured() throws Exception {
    Path small = Files.createDirectories(folder.resolve("small"));
    Path out = folder.resolve("out");
    String mount = "mount -t tmpfs -o size=80m none " + small;
    Outcome outcome =
        onMount(
            mount,
            small,
            "bench --engines bitcask,noop --keys 50k --workloads overwrite,fillseq --updates 40x"
                .concat(" --warm-up 0 --heap 64MiB --option bitcask.file.bytes.max=8MiB")
                .concat(" --option bitcask.merge=off --data ")
                .concat(small + " --out " + out)
                .split(" "));
    assertEquals(1, outcome.exit(), outcome::toString);
    assertFalse(outcome.err().contains("\tat "), outcome::err);
    assertTrue(outcome.err().contains("failed bitcask overwrite: "), outcome::err);
    assertTrue(outcome.err().contains("space"), outcome::err);
    assertTrue(outcome.out().contains("! bitcask failed: "), outcome::out);
    String results = Files.readString(out.resolve("results.json"));
    assertTrue(results.contains("\"status\" : \"ok\""), "the others are measured");
    assertTrue(Files.exists(out.resolve("report.html")));
  }

  /// A command on a mount that only its own process sees.
  private Outcome onMount(String mount, Path at, String... arguments) throws Exception {
    assumeTrue(canMount(), "only root can mount");
    List<String> command =
        new ArrayList<>(
            List.of("unshare", "--mount", "/bin/sh", "-c", mount + " && exec \"$@\"", "sh"));
    command.addAll(java(Main.class.getName(), arguments));
    Path err = folder.resolve("err.txt");
    Process process = new ProcessBuilder(command).redirectError(err.toFile()).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int exit = process.waitFor();
    String said = Files.readString(err);
    Files.delete(err);
    assertTrue(Files.exists(at, LinkOption.NOFOLLOW_LINKS));
    return new Outcome(exit, out, said);
  }

  private static boolean canMount() throws InterruptedException {
    try {
      return new ProcessBuilder("unshare", "--mount", "/bin/sh", "-c", "mount -t tmpfs none /mnt")
              .redirectErrorStream(true)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private Path foreign(String engine, int format) {
    Path store = folder.resolve("foreign");
    EngineOptions options = EngineOptions.of(List.of(), Map.of());
    EngineDirectory.open(new SystemDisk(), store, engine, format, options).close();
    return store;
  }

  private Path store() {
    Path store = folder.resolve("store");
    try (Engine engine = Engines.open(store, BITCASK)) {
      for (int i = 0; i < 100; i++) {
        byte[] key = ("key " + i).getBytes(StandardCharsets.UTF_8);
        engine.put(key, key, Durability.WRITTEN);
      }
    }
    return store;
  }

  private Outcome refused(Path store, String... arguments) throws Exception {
    Map<String, byte[]> before = files(store);
    List<String> command = java(Main.class.getName(), arguments);
    Path err = folder.resolve("err.txt");
    Process process = new ProcessBuilder(command).redirectError(err.toFile()).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Outcome outcome = new Outcome(process.waitFor(), out, Files.readString(err));
    Files.delete(err);
    oneLine(outcome);
    Map<String, byte[]> after = files(store);
    assertEquals(before.keySet(), after.keySet());
    before.forEach((name, content) -> assertArrayEquals(content, after.get(name), name));
    return outcome;
  }

  private static void oneLine(Outcome outcome) {
    assertEquals(1, outcome.exit(), outcome::toString);
    assertEquals("", outcome.out());
    assertTrue(outcome.err().startsWith("plinth: "), outcome::err);
    assertEquals(1, outcome.err().lines().count(), outcome::err);
    assertFalse(outcome.err().contains("\tat "), outcome::err);
    assertTrue(outcome.err().contains(";"), () -> "a next step: " + outcome.err());
  }

  private static Map<String, byte[]> files(Path store) throws IOException {
    Map<String, byte[]> contents = new TreeMap<>();
    try (Stream<Path> all = Files.walk(store)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        contents.put(store.relativize(file).toString(), content(file));
      }
    }
    return contents;
  }

  private static byte[] content(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String[] with(String[] arguments, String last) {
    String[] all = java.util.Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = last;
    return all;
  }

  private static List<String> java(String main, String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                main));
    command.addAll(List.of(arguments));
    return command;
  }
}
