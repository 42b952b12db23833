package dev.plinth.conformance.contract;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.EngineUnderTest;
import dev.plinth.conformance.model.History;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Reader;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// An engine on a simulated disk, with short words for what tests do. Keys and values are texts.
public final class ContractFixture implements AutoCloseable {
  private final EngineUnderTest subject;
  private final Path realFolder;
  private final ExecutorService background =
      Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
  private SimDisk disk = History.disk();
  private @Nullable Engine engine;

  /// @param realFolder an empty folder of the real disk
  public ContractFixture(EngineUnderTest subject, Path realFolder) {
    this.subject = subject;
    this.realFolder = realFolder;
  }

  /// What is tested.
  public EngineUnderTest subject() {
    return subject;
  }

  /// Where the store lies on the simulated disk.
  public Path store() {
    return History.STORE;
  }

  /// A folder of the real disk.
  public Path realFolder() {
    return realFolder;
  }

  /// The disk.
  public SimDisk disk() {
    return disk;
  }

  /// The engine, opened when it is not.
  public Engine engine() {
    Engine now = engine;
    if (now == null) {
      now = open(disk, store());
      engine = now;
    }
    return now;
  }

  /// Opens an engine beside it.
  public Engine open(Disk on, Path directory) {
    return subject.open(on, directory, background);
  }

  /// Opens an engine on the real disk, with threads of its own.
  public Engine openReal(String folder) {
    return dev.plinth.spi.Engines.open(
        realFolder.resolve(folder),
        subject.provider(),
        subject.parsed(),
        dev.plinth.spi.EngineEnvironment.standard());
  }

  /// Closes the engine; the next use opens it again.
  public void closeEngine() {
    Engine now = engine;
    engine = null;
    if (now != null) {
      now.close();
    }
  }

  /// Closes and opens.
  public Engine reopen() {
    closeEngine();
    return engine();
  }

  /// Crashes and opens.
  public Engine crash(CrashState state) {
    Engine dead = engine;
    engine = null;
    disk = disk.crash(state);
    letGo(dead);
    return engine();
  }

  private static void letGo(@Nullable Engine dead) {
    try {
      if (dead != null) {
        dead.close();
      }
    } catch (StorageException e) {
      assert e.getMessage() != null;
    }
  }

  /// A text as bytes.
  public static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /// A value as text, or null.
  public static @Nullable String text(Reader reader, String key) {
    byte[] value = reader.get(bytes(key));
    return value == null ? null : new String(value, StandardCharsets.UTF_8);
  }

  /// Every entry of a range as `key=value`, in order.
  public static List<String> scan(Reader reader, KeyRange range) {
    List<String> found = new ArrayList<>();
    try (Cursor cursor = reader.cursor(range)) {
      while (cursor.next()) {
        found.add(entry(cursor));
      }
    }
    return found;
  }

  /// Every entry.
  public static List<String> scan(Reader reader) {
    return scan(reader, KeyRange.all());
  }

  /// The entry a cursor stands on, as `key=value`.
  public static String entry(Cursor cursor) {
    return new String(cursor.key(), StandardCharsets.UTF_8)
        + "="
        + new String(cursor.value(), StandardCharsets.UTF_8);
  }

  /// A range of texts; null for an open side.
  public static KeyRange range(@Nullable String from, @Nullable String to) {
    return KeyRange.of(from == null ? null : bytes(from), to == null ? null : bytes(to));
  }

  private void requireEnd() {
    try {
      if (!background.awaitTermination(20, TimeUnit.SECONDS)) {
        throw new AssertionError("background tasks of a closed engine do not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    letGo(engine);
    engine = null;
    background.shutdown();
    requireEnd();
    if (!disk.violations().isEmpty()) {
      throw new AssertionError("rules of the disk were broken: " + disk.violations());
    }
  }
}
