package dev.plinth.conformance.contract;

import static dev.plinth.conformance.contract.ContractFixture.bytes;
import static dev.plinth.conformance.contract.ContractFixture.scan;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.WriteBatch;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/// Checkpoints: durable, complete, and no side disturbs the other.
final class CheckpointCases {
  private static final Durability WRITTEN = Durability.WRITTEN;
  private static final Path COPY = Path.of("/sim/copy");

  private CheckpointCases() {}

  static void addTo(List<ContractCase> cases) {
    cases.add(new ContractCase("a checkpoint opens as a store", CheckpointCases::opens));
    cases.add(new ContractCase("a checkpoint is durable", CheckpointCases::durable));
    cases.add(new ContractCase("a checkpoint's folder must be new", CheckpointCases::existing));
    cases.add(new ContractCase("store and checkpoint are apart", CheckpointCases::apart));
  }

  private static Engine filled(ContractFixture fixture) {
    Engine engine = fixture.engine();
    for (int i = 10; i < 40; i++) {
      engine.put(bytes("k" + i), bytes("v" + i), i % 3 == 0 ? Durability.BUFFERED : WRITTEN);
    }
    engine.write(new WriteBatch().delete(bytes("k20")).applied(4, 44), WRITTEN);
    return engine;
  }

  private static void opens(ContractFixture fixture) {
    Engine engine = filled(fixture);
    List<String> expected = scan(engine);
    engine.checkpoint(COPY);
    try (Engine copy = fixture.open(fixture.disk(), COPY)) {
      assertEquals(expected, scan(copy));
      assertEquals(44, copy.appliedIndex(4));
      assertEquals(engine.sequence(), copy.sequence());
      assertEquals(29, copy.verify().entries());
    }
    assertEquals(expected, scan(engine));
  }

  private static void durable(ContractFixture fixture) {
    Engine engine = filled(fixture);
    List<String> expected = scan(engine);
    engine.checkpoint(COPY);
    for (CrashState state :
        List.of(new CrashState.NothingUnsynced(), new CrashState.AnySubset(5))) {
      SimDisk after = fixture.disk().image().crash(state);
      try (Engine copy = fixture.open(after, COPY)) {
        assertEquals(expected, scan(copy), "state " + state);
        assertEquals(44, copy.durableAppliedIndex(4));
      }
    }
  }

  private static void existing(ContractFixture fixture) {
    Engine engine = filled(fixture);
    engine.checkpoint(COPY);
    List<String> names = fixture.disk().list(COPY);
    assertThrows(RuntimeException.class, () -> engine.checkpoint(COPY));
    assertEquals(names, fixture.disk().list(COPY));
    try (Engine copy = fixture.open(fixture.disk(), COPY)) {
      assertEquals(29, copy.verify().entries());
    }
  }

  /// Writes, compacts and crashes both sides in turn.
  private static void apart(ContractFixture fixture) {
    Engine engine = filled(fixture);
    engine.checkpoint(COPY);
    SplittableRandom random = new SplittableRandom(3);
    Engine copy = fixture.open(fixture.disk(), COPY);
    for (int i = 0; i < 150; i++) {
      byte[] key = bytes("k" + (10 + random.nextInt(40)));
      if (random.nextInt(3) == 0) {
        engine.delete(key, WRITTEN);
        copy.put(key, bytes("copy" + i), WRITTEN);
      } else {
        engine.put(key, bytes("store" + i), WRITTEN);
        copy.delete(key, WRITTEN);
      }
      if (i == 70) {
        engine.compact(KeyRange.all());
      }
      if (i == 100) {
        copy.compact(KeyRange.all());
      }
    }
    engine.flush();
    copy.flush();
    List<String> ofEngine = scan(engine);
    List<String> ofCopy = scan(copy);
    for (long seed = 0; seed < 4; seed++) {
      SimDisk after = fixture.disk().image().crash(new CrashState.AnySubset(seed));
      try (Engine one = fixture.open(after, fixture.store());
          Engine two = fixture.open(after, COPY)) {
        assertEquals(ofEngine, scan(one));
        assertEquals(ofCopy, scan(two));
      }
    }
    copy.close();
    assertEquals(ofEngine, scan(fixture.reopen()));
  }
}
