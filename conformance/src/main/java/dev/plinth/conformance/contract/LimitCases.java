package dev.plinth.conformance.contract;

import static dev.plinth.conformance.contract.ContractFixture.bytes;
import static dev.plinth.conformance.contract.ContractFixture.scan;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.plinth.conformance.model.Payload;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineTraits;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/// Limits: what lies at them works, what lies behind them is refused and changes nothing.
final class LimitCases {
  private static final Durability WRITTEN = Durability.WRITTEN;
  private static final int VALUE_BYTES_TRIED = 4 << 20;
  private static final int BATCH_BYTES_TRIED = 64 << 20;

  private LimitCases() {}

  static void addTo(List<ContractCase> cases) {
    cases.add(new ContractCase("the longest key", LimitCases::longestKey));
    cases.add(new ContractCase("a large value", LimitCases::largeValue));
    cases.add(new ContractCase("keys and values over the limit", LimitCases::overTheLimit));
    cases.add(new ContractCase("a batch over the limit", LimitCases::largeBatch));
  }

  private static void longestKey(ContractFixture fixture) {
    Engine engine = fixture.engine();
    byte[] longest = new byte[engine.traits().keyBytesMax()];
    Arrays.fill(longest, (byte) 0xff);
    byte[] shorter = Arrays.copyOf(longest, longest.length - 1);
    engine.put(longest, bytes("longest"), WRITTEN);
    if (shorter.length > 0) {
      engine.put(shorter, bytes("shorter"), WRITTEN);
    }
    engine.flush();
    Engine again = fixture.reopen();
    assertArrayEquals(bytes("longest"), again.get(longest));
    try (var cursor = again.cursor(dev.plinth.spi.KeyRange.all())) {
      cursor.last();
      assertArrayEquals(longest, cursor.key());
    }
    again.delete(longest, WRITTEN);
    assertEquals(shorter.length > 0 ? 1 : 0, again.verify().entries());
  }

  private static void largeValue(ContractFixture fixture) {
    Engine engine = fixture.engine();
    int length = Math.min(engine.traits().valueBytesMax(), VALUE_BYTES_TRIED);
    byte[] value = new Payload(1, length).bytes();
    engine.put(bytes("large"), value, WRITTEN);
    engine.put(bytes("small"), bytes("s"), WRITTEN);
    assertArrayEquals(value, engine.get(bytes("large")));
    engine.settle();
    assertArrayEquals(value, engine.get(bytes("large")));
    Engine again = fixture.reopen();
    assertArrayEquals(value, again.get(bytes("large")));
    again.put(bytes("large"), bytes("now small"), WRITTEN);
    again.compact(dev.plinth.spi.KeyRange.all());
    assertEquals(List.of("large=now small", "small=s"), scan(again));
  }

  private static void overTheLimit(ContractFixture fixture) {
    Engine engine = fixture.engine();
    EngineTraits traits = engine.traits();
    engine.put(bytes("a"), bytes("1"), WRITTEN);
    long sequence = engine.sequence();
    byte[] tooLong = new byte[traits.keyBytesMax() + 1];
    byte[] value = bytes("v");
    refused(() -> engine.put(tooLong, value, WRITTEN));
    refused(() -> engine.delete(tooLong, WRITTEN));
    refused(() -> engine.put(new byte[0], value, WRITTEN));
    refused(() -> engine.delete(new byte[0], WRITTEN));
    refused(
        () -> engine.write(new WriteBatch().put(bytes("b"), value).put(tooLong, value), WRITTEN));
    refused(() -> new WriteBatch().put(new byte[0], value));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = MemorySegment.ofArray(bytes("k"));
      MemorySegment huge = arena.allocate(traits.valueBytesMax() + 1L);
      int length = traits.valueBytesMax() + 1;
      refused(() -> engine.put(key, 0, 1, huge, 0, length, WRITTEN));
    }
    assertEquals(sequence, engine.sequence());
    assertEquals(List.of("a=1"), scan(engine));
    engine.put(bytes("b"), bytes("2"), WRITTEN);
    assertEquals(List.of("a=1", "b=2"), scan(fixture.reopen()));
  }

  private static void largeBatch(ContractFixture fixture) {
    Engine engine = fixture.engine();
    int limit = engine.traits().batchBytesMax();
    if (limit > BATCH_BYTES_TRIED) {
      return;
    }
    byte[] value = new byte[Math.min(engine.traits().valueBytesMax(), 1 << 16)];
    WriteBatch batch = new WriteBatch();
    for (int i = 0; batch.bytes() <= limit; i++) {
      batch.put(bytes("key" + i), value);
    }
    refused(() -> engine.write(batch, WRITTEN));
    assertEquals(0, engine.sequence());
    assertEquals(List.of(), scan(engine));
  }

  private static void refused(Runnable call) {
    assertThrows(StorageException.LimitExceeded.class, call::run);
  }
}
