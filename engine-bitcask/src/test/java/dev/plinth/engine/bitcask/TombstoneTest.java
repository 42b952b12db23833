package dev.plinth.engine.bitcask;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.lab.EngineSubject;
import dev.plinth.conformance.lab.Laboratory;
import dev.plinth.conformance.lab.Layer;
import dev.plinth.conformance.model.EngineUnderTest;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.EngineProvider;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.OptionSpec;
import dev.plinth.spi.WriteBatch;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// When deletes may be forgotten. The numbers are those of the issues of basho/bitcask in which
/// deleted keys came back, or their deletes stayed for ever.
class TombstoneTest {
  private static final TombstoneRule EARLY = (sequence, oldestDeadPut) -> true;

  @TempDir Path folder;
  private TombstoneRule rule = TombstoneRule.SAFE;
  private BitcaskEngine engine;

  @BeforeEach
  void open() {
    EngineOptions options =
        EngineOptions.of(BitcaskOptions.specs(), Map.of("merge", "off", "file.bytes.max", "16KiB"));
    engine = BitcaskEngine.open(folder.resolve("s"), options, EngineEnvironment.standard(), rule);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private void reopen() {
    engine.close();
    open();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void put(String key, String value) {
    engine.put(bytes(key), bytes(value), Durability.WRITTEN);
  }

  private void delete(String key) {
    engine.delete(bytes(key), Durability.WRITTEN);
  }

  /// Ends the file that is appended to and says its number.
  private int seal() {
    engine.parts().rollAndSeal();
    return newest();
  }

  private int newest() {
    return engine.parts().table.all().stream()
        .filter(file -> file.isSealed() && !file.isObsolete())
        .mapToInt(file -> file.number)
        .max()
        .orElseThrow();
  }

  private void merge(Integer... numbers) {
    engine.parts().merger.mergeFiles(Set.of(numbers));
  }

  private long tombstones() {
    return engine.stats().details().get("tombstones");
  }

  @Test
  void issue82MergingADeleteWithoutItsPutDoesNotBringThePutBack() {
    put("k", "v");
    put("other", "v");
    seal();
    delete("k");
    int second = seal();
    merge(second);
    assertEquals(1, tombstones());
    reopen();
    assertNull(engine.get(bytes("k")));
    assertEquals(1, engine.stats().liveEntries());
  }

  @Test
  void issue82AlsoWhenTheDeleteIsMergedAgainAndAgain() {
    put("k", "v");
    put("other", "v");
    int first = seal();
    delete("k");
    int last = seal();
    for (int i = 0; i < 3; i++) {
      merge(last);
      last = newest();
      reopen();
      assertNull(engine.get(bytes("k")));
    }
    merge(first);
    reopen();
    assertNull(engine.get(bytes("k")));
  }

  @Test
  void issue148APutBetweenTwoDeletesStaysDeletedWhateverIsMerged() {
    put("k", "1");
    int first = seal();
    delete("k");
    put("x", "x");
    int second = seal();
    put("k", "2");
    int third = seal();
    delete("k");
    int fourth = seal();
    merge(second);
    merge(fourth);
    reopen();
    assertNull(engine.get(bytes("k")));
    merge(third, newest());
    reopen();
    assertNull(engine.get(bytes("k")));
    merge(first);
    reopen();
    assertNull(engine.get(bytes("k")));
    assertArrayEquals(bytes("x"), engine.get(bytes("x")));
  }

  @Test
  void issue148AWriteDuringTheMergeWins() {
    put("k", "old");
    put("x", "x");
    int first = seal();
    delete("k");
    put("k", "new");
    merge(first);
    reopen();
    assertArrayEquals(bytes("new"), engine.get(bytes("k")));
  }

  @Test
  void issue156TombstonesGoOnceNothingOlderIsDead() {
    for (int i = 0; i < 100; i++) {
      put("k" + i, "v");
    }
    seal();
    for (int i = 0; i < 100; i++) {
      delete("k" + i);
    }
    put("left", "v");
    engine.compact(KeyRange.all());
    assertEquals(0, tombstones());
    assertEquals(0, engine.stats().details().get("garbageBytes") / 4096);
    reopen();
    assertEquals(1, engine.stats().liveEntries());
  }

  @Test
  void issue156AFileThatHoldsOnlyLivePutsKeepsNoTombstone() {
    put("alive", "v");
    seal();
    put("k", "v");
    delete("k");
    int second = seal();
    merge(second);
    assertEquals(0, tombstones());
    reopen();
    assertNull(engine.get(bytes("k")));
  }

  @Test
  void aRangeDeleteIsKeptLikeAnyOther() {
    put("a1", "v");
    put("a2", "v");
    put("b", "v");
    int first = seal();
    engine.deleteRange(KeyRange.prefix(bytes("a")), Durability.WRITTEN);
    put("a2", "new");
    int second = seal();
    merge(second);
    reopen();
    assertNull(engine.get(bytes("a1")));
    assertArrayEquals(bytes("new"), engine.get(bytes("a2")));
    assertEquals(1, tombstones());
    merge(first);
    engine.compact(KeyRange.all());
    assertEquals(0, tombstones());
    reopen();
    assertNull(engine.get(bytes("a1")));
    assertEquals(2, engine.stats().liveEntries());
  }

  @Test
  void withinABatchTheLaterOperationWinsAfterMergesToo() {
    put("k", "old");
    seal();
    WriteBatch batch = new WriteBatch();
    batch.put(bytes("k"), bytes("1")).delete(bytes("k")).put(bytes("k"), bytes("2"));
    batch.put(bytes("d"), bytes("1")).delete(bytes("d"));
    batch.put(bytes("r"), bytes("1")).deleteRange(KeyRange.prefix(bytes("r")));
    batch.put(bytes("r2"), bytes("after"));
    engine.write(batch, Durability.WRITTEN);
    int second = seal();
    merge(second);
    for (int i = 0; i < 2; i++) {
      assertArrayEquals(bytes("2"), engine.get(bytes("k")));
      assertNull(engine.get(bytes("d")));
      assertNull(engine.get(bytes("r")));
      assertArrayEquals(bytes("after"), engine.get(bytes("r2")));
      reopen();
    }
  }

  @Test
  void aRuleThatDropsTooEarlyBringsKeysBack() {
    engine.close();
    rule = EARLY;
    open();
    put("k", "v");
    put("other", "v");
    seal();
    delete("k");
    int second = seal();
    merge(second);
    reopen();
    assertTrue(engine.get(bytes("k")) != null, "the test does not see what it is there to see");
  }

  @Test
  void theLaboratoryCatchesARuleThatDropsTooEarly() {
    EngineUnderTest wrong =
        new EngineUnderTest(
            new EarlyProvider(),
            Map.of("file.bytes.max", "4KiB", "chunk.bytes", "4KiB", "merge.garbage.min", "0.3"));
    assertFalse(
        Laboratory.budgeted(
                new EngineSubject(wrong, false), Map.of(Layer.HISTORY, Duration.ofSeconds(60)), 1)
            .failures()
            .isEmpty());
  }

  /// Bitcask with the bug.
  private static final class EarlyProvider implements EngineProvider {
    private final BitcaskProvider right = new BitcaskProvider();

    @Override
    public String name() {
      return right.name();
    }

    @Override
    public String description() {
      return right.description();
    }

    @Override
    public List<OptionSpec> options() {
      return right.options();
    }

    @Override
    public EngineTraits traits(EngineOptions options) {
      return right.traits(options);
    }

    @Override
    public Engine open(Path directory, EngineOptions options, EngineEnvironment environment) {
      return BitcaskEngine.open(directory, options, environment, EARLY);
    }
  }
}
