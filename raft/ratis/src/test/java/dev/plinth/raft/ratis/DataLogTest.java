package dev.plinth.raft.ratis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.History;
import dev.plinth.raft.store.StorageConfiguration;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Large values beside Ratis's log, on a disk that loses what was not synced.
final class DataLogTest {
  private static final String SEGMENTED = "segmented";
  private static final String ENGINE = "bitcask";

  private final Path folder = Path.of("/values").toAbsolutePath();
  private SimDisk disk = History.disk();
  private DataLog values;
  private CompletableFuture<Void> newest;

  @AfterEach
  void close() {
    values.close();
  }

  private void open(String engine) {
    Map<String, String> keys =
        engine.equals(SEGMENTED)
            ? Map.of("log.engine", engine, "log.segment.bytes", "64KiB", "log.buffer.bytes", "8KiB")
            : Map.of("log.engine", engine);
    EngineEnvironment environment = EngineEnvironment.standard().withDisk(disk).withEvents(_ -> {});
    values = DataLog.open(folder, 0, StorageConfiguration.of(keys, environment), 100);
  }

  private void crash(String engine) {
    SimDisk found = disk.crash(new CrashState.NothingUnsynced());
    disk.kill("power");
    reopen(engine, found);
  }

  private void reopen(String engine, SimDisk found) {
    try {
      values.close();
    } catch (StorageException e) {
      assertTrue(e.getMessage() != null);
    }
    disk = found;
    open(engine);
  }

  private static ByteString value(long index, long term) {
    return ByteString.copyFromUtf8("value " + index + " of term " + term);
  }

  private void write(long index, long term) {
    newest = values.write(index, term, value(index, term));
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void aWriteThatIsDoneIsDurable(String engine) {
    open(engine);
    for (long index = 1; index <= 50; index++) {
      write(2 * index, 1);
      CompletableFuture<Void> older = newest;
      write(2 * index + 1, 1);
      newest.join();
      assertTrue(older.isDone());
      crash(engine);
      assertEquals(value(2 * index, 1), values.read(2 * index, 1));
      assertEquals(value(2 * index + 1, 1), values.read(2 * index + 1, 1));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void aWriteOnALostDiskIsNeverDone(String engine) {
    open(engine);
    write(1, 1);
    newest.join();
    SimDisk found = disk.crash(new CrashState.NothingUnsynced());
    disk.kill("power");
    assertThrows(
        RuntimeException.class,
        () -> {
          write(2, 1);
          newest.join();
        });
    reopen(engine, found);
    assertEquals(value(1, 1), values.read(1, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void aLogThatBeginsAnewTakesThePlaceOfWhatWasGivenBack(String engine) {
    open(engine);
    write(7, 1);
    newest.join();
    values.compact(7);
    write(0, 2);
    write(1, 2);
    newest.join();
    crash(engine);
    assertEquals(value(0, 2), values.read(0, 2));
    assertEquals(value(1, 2), values.read(1, 2));
    assertThrows(StorageException.Corrupt.class, () -> values.read(7, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void whatWasSyncedIsThereWithItsGaps(String engine) {
    open(engine);
    assertTrue(values.takes(100) && !values.takes(99));
    write(0, 1);
    write(7, 1);
    write(9, 2);
    assertEquals(value(9, 2), values.read(9, 2));
    values.sync();
    crash(engine);
    assertEquals(value(0, 1), values.read(0, 1));
    assertEquals(value(7, 1), values.read(7, 1));
    assertEquals(value(9, 2), values.read(9, 2));
    assertThrows(StorageException.Corrupt.class, () -> values.read(8, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {SEGMENTED, ENGINE})
  void aNewTermTakesThePlaceOfTheOld(String engine) {
    open(engine);
    for (long index = 3; index <= 8; index++) {
      write(index, 1);
    }
    values.truncate(6);
    write(5, 2);
    values.sync();
    crash(engine);
    assertEquals(value(4, 1), values.read(4, 1));
    assertEquals(value(5, 2), values.read(5, 2));
    assertThrows(StorageException.Corrupt.class, () -> values.read(5, 1));
    assertThrows(StorageException.Corrupt.class, () -> values.read(6, 1));
    values.compact(5);
    assertThrows(StorageException.Corrupt.class, () -> values.read(4, 1));
    assertEquals(value(5, 2), values.read(5, 2));
  }
}
