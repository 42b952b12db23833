package dev.plinth.engine.bitcask;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Reader;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.WriteBatch;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Deletes against merges against snapshots, all at once. Writers change all their keys in one
/// batch a round, so that every state shown is that of one round of each, whatever is merged
/// meanwhile.
@Timeout(120)
class MergeRaceTest {
  private static final int WRITERS = 2;
  private static final int KEYS = 60;
  private static final int ROUNDS = 120;
  private static final int SNAPSHOTS_HELD = 4;

  @TempDir Path folder;

  private BitcaskEngine open(String index) {
    return BitcaskEngine.open(
        folder.resolve("s"),
        EngineOptions.of(
            BitcaskOptions.specs(),
            Map.of(
                "index",
                index,
                "file.bytes.max",
                "16KiB",
                "chunk.bytes",
                "8KiB",
                "merge.garbage.min",
                "0.2")),
        EngineEnvironment.standard());
  }

  @ParameterizedTest
  @ValueSource(strings = {"hash", "ordered"})
  void everyStateShownIsThatOfOneRound(String index) throws Exception {
    try (BitcaskEngine engine = open(index);
        Watcher watcher = new Watcher(engine);
        ExecutorService threads = Executors.newThreadPerTaskExecutor(Thread::new)) {
      CountDownLatch writing = new CountDownLatch(WRITERS);
      AtomicBoolean failed = new AtomicBoolean();
      List<Future<?>> tasks = new ArrayList<>();
      for (int writer = 0; writer < WRITERS; writer++) {
        int number = writer;
        tasks.add(threads.submit(() -> write(engine, number, writing, failed)));
      }
      tasks.add(threads.submit(until(writing, failed, () -> engine.compact(KeyRange.all()))));
      tasks.add(threads.submit(until(writing, failed, watcher)));
      for (Future<?> task : tasks) {
        task.get();
      }
      assertTrue(engine.stats().details().get("merges") > 0);
      requireLastRound(engine);
    }
    try (BitcaskEngine engine = open(index)) {
      requireLastRound(engine);
      engine.compact(KeyRange.all());
      requireLastRound(engine);
      assertTrue(engine.verify().entries() > 0);
    }
  }

  private static void requireLastRound(Engine engine) {
    for (int writer = 0; writer < WRITERS; writer++) {
      assertEquals(ROUNDS, round(engine, writer));
    }
  }

  private static Void write(
      Engine engine, int writer, CountDownLatch writing, AtomicBoolean failed) {
    try {
      for (int round = 1; round <= ROUNDS && !failed.get(); round++) {
        WriteBatch batch = new WriteBatch();
        batch.put(key(writer, "round"), bytes(Integer.toString(round)));
        for (int i = 0; i < KEYS; i++) {
          byte[] key = key(writer, Integer.toString(i));
          if (isDeleted(i, round)) {
            batch.delete(key);
          } else {
            batch.put(key, value(i, round));
          }
        }
        engine.write(batch, Durability.WRITTEN);
      }
      return null;
    } finally {
      writing.countDown();
    }
  }

  /// Runs again and again while there are writers, at least once.
  private static Callable<Void> until(CountDownLatch writing, AtomicBoolean failed, Runnable task) {
    return () -> {
      try {
        do {
          task.run();
        } while (writing.getCount() > 0);
        return null;
      } catch (Throwable e) {
        failed.set(true);
        throw e;
      }
    };
  }

  /// Takes a snapshot, and looks at the oldest ones again before they go.
  private static final class Watcher implements Runnable, AutoCloseable {
    private final Engine engine;
    private final Deque<Seen> held = new ArrayDeque<>();

    Watcher(Engine engine) {
      this.engine = engine;
    }

    private record Seen(Snapshot snapshot, List<Integer> rounds) {}

    @Override
    public void run() {
      Snapshot snapshot = engine.snapshot();
      List<Integer> rounds = new ArrayList<>();
      for (int writer = 0; writer < WRITERS; writer++) {
        rounds.add(round(snapshot, writer));
      }
      held.add(new Seen(snapshot, rounds));
      while (held.size() > SNAPSHOTS_HELD) {
        Seen oldest = held.remove();
        for (int writer = 0; writer < WRITERS; writer++) {
          assertEquals(oldest.rounds().get(writer), round(oldest.snapshot(), writer));
        }
        oldest.snapshot().close();
      }
    }

    @Override
    public void close() {
      held.forEach(seen -> seen.snapshot().close());
    }
  }

  /// The round that a writer's keys show; fails when they show none.
  private static int round(Reader reader, int writer) {
    byte[] marker = reader.get(key(writer, "round"));
    int round =
        marker == null ? 0 : Integer.parseInt(new String(marker, StandardCharsets.US_ASCII));
    for (int i = 0; i < KEYS; i++) {
      byte[] found = reader.get(key(writer, Integer.toString(i)));
      String expected =
          round == 0 || isDeleted(i, round)
              ? "nothing"
              : new String(value(i, round), StandardCharsets.US_ASCII);
      assertEquals(
          expected, found == null ? "nothing" : new String(found, StandardCharsets.US_ASCII));
    }
    return round;
  }

  /// A third of the keys is deleted in a round, each for several rounds.
  private static boolean isDeleted(int i, int round) {
    return (i + round / 3) % 3 == 0;
  }

  private static byte[] value(int i, int round) {
    return bytes(i + ":" + round + ":" + "x".repeat(i));
  }

  private static byte[] key(int writer, String name) {
    return bytes(writer + "/" + name);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
