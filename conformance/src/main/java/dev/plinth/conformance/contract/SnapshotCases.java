package dev.plinth.conformance.contract;

import static dev.plinth.conformance.contract.ContractFixture.bytes;
import static dev.plinth.conformance.contract.ContractFixture.range;
import static dev.plinth.conformance.contract.ContractFixture.scan;
import static dev.plinth.conformance.contract.ContractFixture.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StateDigest;
import dev.plinth.spi.StorageException;
import java.util.List;

/// Snapshots (clause D10).
final class SnapshotCases {
  private static final Durability WRITTEN = Durability.WRITTEN;

  private SnapshotCases() {}

  static void addTo(List<ContractCase> cases) {
    cases.add(new ContractCase("a snapshot is frozen", SnapshotCases::frozen));
    cases.add(new ContractCase("snapshots of several moments", SnapshotCases::several));
    cases.add(new ContractCase("a snapshot of nothing", SnapshotCases::ofNothing));
    cases.add(new ContractCase("a closed snapshot", SnapshotCases::closed));
  }

  private static void frozen(ContractFixture fixture) {
    Engine engine = fixture.engine();
    for (String key : List.of("a", "b", "c", "d")) {
      engine.put(bytes(key), bytes(key), WRITTEN);
    }
    try (Snapshot snapshot = engine.snapshot()) {
      StateDigest digest = StateDigest.of(snapshot);
      assertEquals(engine.sequence(), snapshot.sequence());
      engine.put(bytes("a"), bytes("new"), WRITTEN);
      engine.delete(bytes("b"), WRITTEN);
      engine.put(bytes("e"), bytes("new"), WRITTEN);
      engine.flush();
      engine.deleteRange(range("c", null), WRITTEN);
      engine.put(bytes("c"), bytes("again"), WRITTEN);
      engine.compact(KeyRange.all());
      engine.settle();
      assertEquals(List.of("a=a", "b=b", "c=c", "d=d"), scan(snapshot));
      assertEquals("a", text(snapshot, "a"));
      assertEquals("b", text(snapshot, "b"));
      assertEquals("d", text(snapshot, "d"));
      assertNull(text(snapshot, "e"));
      assertEquals(digest, StateDigest.of(snapshot));
      assertNotEquals(digest, engine.digest());
    }
    assertEquals(List.of("a=new", "c=again"), scan(engine));
    engine.compact(KeyRange.all());
    assertEquals(List.of("a=new", "c=again"), scan(fixture.reopen()));
  }

  private static void several(ContractFixture fixture) {
    Engine engine = fixture.engine();
    Snapshot[] snapshots = new Snapshot[6];
    for (int i = 0; i < snapshots.length; i++) {
      engine.put(bytes("k"), bytes("v" + i), WRITTEN);
      engine.put(bytes("k" + i), bytes("x"), WRITTEN);
      if (i == 3) {
        engine.flush();
      }
      snapshots[i] = engine.snapshot();
    }
    engine.delete(bytes("k"), WRITTEN);
    engine.compact(KeyRange.all());
    for (int i : new int[] {3, 0, 5, 1, 4, 2}) {
      assertEquals("v" + i, text(snapshots[i], "k"));
      assertEquals(i + 2, scan(snapshots[i]).size());
      snapshots[i].close();
      engine.compact(KeyRange.all());
    }
    assertNull(text(engine, "k"));
    assertEquals(6, scan(engine).size());
  }

  private static void ofNothing(ContractFixture fixture) {
    Engine engine = fixture.engine();
    try (Snapshot snapshot = engine.snapshot()) {
      assertEquals(0, snapshot.sequence());
      engine.put(bytes("a"), bytes("1"), WRITTEN);
      engine.flush();
      assertEquals(List.of(), scan(snapshot));
      assertNull(text(snapshot, "a"));
    }
  }

  private static void closed(ContractFixture fixture) {
    Engine engine = fixture.engine();
    engine.put(bytes("a"), bytes("1"), WRITTEN);
    Snapshot snapshot = engine.snapshot();
    snapshot.close();
    snapshot.close();
    byte[] key = bytes("a");
    assertThrows(StorageException.Closed.class, () -> snapshot.get(key));
    assertThrows(StorageException.Closed.class, () -> snapshot.cursor(KeyRange.all()));
    assertEquals("1", text(engine, "a"));
  }
}
