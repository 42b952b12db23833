package dev.plinth.bench.advise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.Durability;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WorkloadShape;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class AskTest {
  @Test
  void whatIsNotSaidHasDefaults() {
    Demand demand = Ask.demand(Ask.answers("reads=50%"));
    assertEquals(0.5, demand.reads());
    assertEquals(0.5, demand.updates());
    assertEquals(1_000_000, demand.keys());
    assertEquals(Durability.WRITTEN, demand.durability());
    assertEquals(0, demand.memoryBytes());
    assertEquals(
        "50 % point reads, 50 % updates; 1,000,000 keys of 16 B with values of 100 B, uniform;"
            + " written, 1 thread",
        demand.words());
  }

  @Test
  void everythingCanBeSaid() {
    Demand demand =
        Ask.demand(
            Ask.answers(
                "reads=60 scans=20 inserts=15 scan-entries=30 keys=2M key-bytes=24 value-bytes=1k"
                    + " key-order=latest durability=synced threads=4 memory=1GiB space=2x"
                    + " latency=5ms"));
    assertEquals(0.05, demand.updates(), 1e-9);
    assertEquals(KeyOrder.LATEST, demand.order());
    assertEquals(2 * 2e6 * 1_024, demand.spaceBytesMax(), 1);
    assertEquals(5_000_000, demand.p99NanosMax());
    assertEquals("reads=60,updates=5,inserts=15,scans=20,entries=59", demand.mix().label());
    assertTrue(demand.words().endsWith("99 of 100 operations within 5.00 ms"), demand::words);
    WorkloadShape shape = demand.shape(true);
    assertEquals(500_000, shape.liveKeysBefore(), "a quarter of the writes updates");
    assertEquals(2_000_000 * 3 / 4 + 2_000_000, shape.writes());
  }

  @Test
  void wrongAnswersAreNamed() {
    refused("reads=101", "--reads = 101: a share of 0 to 100 hundredths");
    refused("reads=NaN", "--reads = NaN: a share");
    refused("reads=70 scans=40", "they sum to 100 at most");
    refused("raeds=70", "unknown answer 'raeds' (did you mean reads?)");
    refused("reads", "unknown answer 'reads'");
    refused("keys=0", "--keys = 0: 1 to");
    refused("key-order=zip", "did you mean zipf?");
    refused("durability=sync", "did you mean synced?");
    refused("memory=1MiB", "a store needs at least 16.0 MiB");
    refused("space=0.5x", "1x to 1000x is possible");
    refused("space=1MiB", "keys and values alone take 110.6 MiB");
    refused("space=lotsx", "--space = lots");
    refused("latency=soon", "--latency = soon: a duration");
    refused("latency=0ms", "more than nothing is expected");
    refused("scan-entries=0", "--scan-entries = 0: 1 to");
  }

  @Test
  void theListOfWorkloadsToCheckByIsTenAndEachIsAnother() {
    Set<Demand> seen = new HashSet<>();
    AdviceCheck.cases().forEach(one -> assertTrue(seen.add(one.demand()), one.name()));
    assertEquals(10, seen.size());
  }

  private static void refused(String answers, String words) {
    StorageException failure =
        assertThrows(
            StorageException.InvalidConfiguration.class, () -> Ask.demand(Ask.answers(answers)));
    assertTrue(failure.getMessage().contains(words), failure::getMessage);
  }
}
