package dev.plinth.kit.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileLocksTest {
  private final Disk disk = new SystemDisk();

  @TempDir Path folder;

  @Test
  void oneHolderInAProcessWhateverTheName() throws Exception {
    Path file = folder.resolve("LOCK");
    Path alias = Files.createSymbolicLink(folder.resolve("alias"), folder);
    Disk.Lock lock = disk.lock(file);
    assertThrows(StorageException.Locked.class, () -> disk.lock(file));
    assertThrows(StorageException.Locked.class, () -> disk.lock(alias.resolve("LOCK")));
    assertEquals("refused", tryInAnotherProcess(file));
    lock.close();
    Disk.Lock again = disk.lock(file);
    lock.close();
    assertThrows(StorageException.Locked.class, () -> disk.lock(file));
    again.close();
    assertEquals("taken", tryInAnotherProcess(file));
  }

  @Test
  void anotherProcessKeepsUsOut() throws Exception {
    Path file = folder.resolve("LOCK");
    Process holder = start(file, "hold");
    try {
      assertEquals('t', holder.getInputStream().read());
      String message =
          assertThrows(StorageException.Locked.class, () -> disk.lock(file)).getMessage();
      assertTrue(message.contains("in use elsewhere"), message);
    } finally {
      holder.destroyForcibly().waitFor();
    }
    disk.lock(file).close();
  }

  private static String tryInAnotherProcess(Path file) throws Exception {
    Process process = start(file, "try");
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    return output;
  }

  private static Process start(Path file, String what) throws Exception {
    return new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                file.toString(),
                what))
        .redirectErrorStream(true)
        .start();
  }

  /// Takes the lock in a process of its own, and keeps it until killed when told to hold it.
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws Exception {
      try (Disk.Lock _ = new SystemDisk().lock(Path.of(arguments[0]))) {
        System.out.print("taken");
        System.out.flush();
        if (arguments[1].equals("hold")) {
          Thread.sleep(60_000);
        }
      } catch (StorageException.Locked e) {
        System.out.print("refused");
      }
    }
  }
}
