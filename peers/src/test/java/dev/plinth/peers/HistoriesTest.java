package dev.plinth.peers;

import dev.plinth.conformance.model.EngineUnderTest;
import dev.plinth.conformance.model.HistoryGenerator;
import dev.plinth.conformance.model.Operation;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.model.Trial;
import dev.plinth.conformance.model.Violation;
import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.spi.Engines;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opentest4j.TestAbortedException;

/// Long seeded histories of the conformance kit, with reopenings, frozen states, ingestions and
/// checkpoints, beside its model. Crashes are left out: a peer does its own file work.
final class HistoriesTest {
  private static final int OPERATIONS = 200;
  private static final long SEEDS = Long.getLong("plinth.histories", 1);

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "rocksdb-leveled, write.buffer.bytes, 64KiB",
    "rocksdb-universal, write.buffer.bytes, 64KiB",
    "rocksdb-leveled, wal, off",
    "lmdb, map.bytes, 256MiB",
    "lmdb-writemap, map.bytes, 64MiB",
    "mvstore, commit.every, 10",
    "xodus, commit.every, 10"
  })
  void aHistoryAgreesWithTheModel(String name, String option, String value) {
    EngineUnderTest subject =
        new EngineUnderTest(new OnRealDisk(Engines.provider(name)), Map.of(option, value));
    boolean logged = subject.parsed().wal();
    for (long seed = 1; seed <= SEEDS; seed++) {
      HistoryGenerator.Shape shape = new HistoryGenerator.Shape(24, 3000, false, true, logged);
      HistoryGenerator generator = new HistoryGenerator(seed, shape, subject.traits());
      Path store = folder.resolve(name + "-" + value + "-" + seed);
      try (QuietExecutor background = new QuietExecutor();
          Trial trial = new Trial(subject, new SystemDisk(), store, background, generator.keys())) {
        trial.open(0);
        int number = 0;
        for (Operation operation : generator.next(OPERATIONS)) {
          number++;
          run(trial, operation, name, "seed " + seed + ", operation " + number + ": " + operation);
        }
        trial.run(Operation.Plain.REOPEN);
        trial.closeEngine();
      } catch (StorageException.Unsupported e) {
        throw new TestAbortedException(e.getMessage(), e);
      }
    }
  }

  private static void run(Trial trial, Operation operation, String name, String where) {
    if (operation instanceof Operation.Compact && name.startsWith("lmdb")) {
      return;
    }
    try {
      trial.run(operation);
    } catch (Violation e) {
      throw new Violation(e.clause(), where + ": " + e.getMessage(), e);
    }
  }
}
