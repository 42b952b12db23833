package dev.plinth.bench.trace;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.bench.advise.Ask;
import dev.plinth.bench.advise.Demand;
import dev.plinth.bench.advise.TraceDemand;
import dev.plinth.bench.trace.TraceFormat.Kind;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WorkloadShape.KeyOrder;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What advice reads from a trace.
final class TraceDemandTest {
  @TempDir Path folder;
  private TraceWriter writer;

  @Test
  void sharesAndSizesAreThoseOfTheTrace() {
    Path file = begin();
    for (int i = 0; i < 40; i++) {
      record(Kind.PUT, i, 200);
      record(Kind.PUT, i, 100);
      record(Kind.READ_HIT, i, 300);
      record(Kind.READ_MISS, 1_000 + i, -1);
      record(Kind.SCAN, i, 25);
    }
    writer.close();
    Demand demand = TraceDemand.of(file, Map.of(Ask.KEYS, "5M", Ask.MEMORY, "1GiB"));
    assertEquals(0.4, demand.reads(), 1e-9);
    assertEquals(0.2, demand.inserts(), 1e-9);
    assertEquals(0.2, demand.updates(), 1e-9);
    assertEquals(0.2, demand.scans(), 1e-9);
    assertEquals(25, demand.scanEntries());
    assertEquals(8, demand.keyBytes());
    assertEquals(200, demand.valueBytes());
    assertEquals(5_000_000, demand.keys(), "the store has more keys than the trace touches");
    assertEquals(1L << 30, demand.memoryBytes());
    assertEquals(80, TraceDemand.of(file, Map.of()).keys());
  }

  @Test
  void theOrderOfKeysIsSeen() {
    Path ascending = begin();
    for (int i = 0; i < 500; i++) {
      record(Kind.PUT, i, 10);
    }
    writer.close();
    assertEquals(KeyOrder.SEQUENTIAL, TraceDemand.of(ascending, Map.of()).order());
    Path even = begin();
    for (int i = 0; i < 2_000; i++) {
      record(Kind.PUT, i * 211 % 500, 10);
    }
    writer.close();
    assertEquals(KeyOrder.UNIFORM, TraceDemand.of(even, Map.of()).order());
    Path skewed = begin();
    for (int i = 0; i < 2_000; i++) {
      record(Kind.READ_HIT, i % 3 == 0 ? 13 : i * 211 % 500, 10);
    }
    writer.close();
    assertEquals(KeyOrder.ZIPF, TraceDemand.of(skewed, Map.of()).order());
  }

  @Test
  void whatCannotBeReadIsRefused() throws IOException {
    refused(folder.resolve("none"), Map.of(), "there is no such file");
    Path empty = begin();
    writer.close();
    refused(empty, Map.of(), "nothing was done in it");
    refused(empty, Map.of(Ask.READS, "5"), "--reads: the trace tells that");
    Path damaged = Files.writeString(folder.resolve("damaged"), "no trace at all, none");
    assertThrows(StorageException.class, () -> TraceDemand.of(damaged, Map.of()));
  }

  private static void refused(Path file, Map<Ask, String> given, String words) {
    StorageException failure =
        assertThrows(
            StorageException.InvalidConfiguration.class, () -> TraceDemand.of(file, given));
    assertTrue(failure.getMessage().contains(words), failure::getMessage);
  }

  private Path begin() {
    Path file = folder.resolve("trace");
    writer = new TraceWriter(file);
    return file;
  }

  private void record(Kind kind, int key, int number) {
    byte[] bytes = String.format("%08d", key).getBytes(StandardCharsets.US_ASCII);
    writer.record(kind, MemorySegment.ofArray(bytes), 0, bytes.length, number);
  }
}
