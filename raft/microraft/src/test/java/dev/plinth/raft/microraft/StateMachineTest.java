package dev.plinth.raft.microraft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.raft.store.StorageConfiguration;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.StorageException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What MicroRaft asks of a state machine.
final class StateMachineTest {
  @TempDir private Path folder;
  private final List<StateMachineStore> open = new ArrayList<>();

  @AfterEach
  void close() {
    open.forEach(StateMachineStore::close);
  }

  private KeyValueMachine machine(String engine, String name) {
    StateMachineStore store =
        StorageConfiguration.of(
                Map.of("state.engine", engine), EngineEnvironment.standard().withEvents(_ -> {}))
            .openState(folder.resolve(name));
    open.add(store);
    return new KeyValueMachine(store);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] command(int i) {
    return KeyValueMachine.put(bytes("key" + i), bytes("value" + "v".repeat(i % 300)));
  }

  private static List<Object> snapshot(KeyValueMachine machine, long index) {
    List<Object> chunks = new ArrayList<>();
    machine.takeSnapshot(index, chunks::add);
    return chunks;
  }

  @Test
  void commandsChangeTheStateAndQueriesReadIt() {
    KeyValueMachine machine = machine("bitcask", "a");
    assertEquals(1L, machine.runOperation(1, KeyValueMachine.put(bytes("k"), bytes("v"))));
    Query query = (store, group) -> store.get(group, bytes("k"));
    assertArrayEquals(bytes("v"), (byte[]) machine.runOperation(1, query));
    assertNull(machine.runOperation(2, machine.getNewTermOperation()));
    machine.onInternalCommit(3);
    assertEquals(3, machine.store().applied(0).index());
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> machine.runOperation(3, KeyValueMachine.put(bytes("k"), bytes("w"))));
    assertTrue(String.valueOf(refused.getMessage()).contains(Query.class.getName()));
    assertArrayEquals(bytes("v"), machine.store().get(0, bytes("k")));
  }

  @Test
  void aRefusedCommandChangesNothingAndTheNextOneGoesOn() {
    KeyValueMachine machine = machine("bitcask", "a");
    assertThrows(RuntimeException.class, () -> machine.runOperation(1, new byte[] {9, 1}));
    assertEquals(1, machine.store().applied(0).index());
    assertEquals(2L, machine.runOperation(2, command(2)));
  }

  @Test
  void whatWasAppliedIsPassedOverAfterARestart() {
    KeyValueMachine machine = machine("btree", "a");
    for (int i = 1; i <= 10; i++) {
      machine.runOperation(i, command(i));
    }
    StateMachineStore.Digest before = machine.store().digest(0);
    KeyValueMachine again = new KeyValueMachine(machine.store());
    for (int i = 1; i <= 10; i++) {
      assertNull(again.runOperation(i, KeyValueMachine.put(bytes("key" + i), bytes("other"))));
    }
    assertEquals(before, again.store().digest(0));
    assertEquals(11L, again.runOperation(11, command(11)));
  }

  @Test
  void chunksAreTheSameOnEveryEngineAndInstallOnAnother() {
    KeyValueMachine first = machine("bitcask", "a");
    KeyValueMachine second = machine("btree", "b");
    for (int i = 1; i <= 1500; i++) {
      first.runOperation(i, command(i));
      second.runOperation(i, command(i));
    }
    List<Object> chunks = snapshot(first, 1500);
    List<Object> others = snapshot(second, 1500);
    assertTrue(chunks.size() > 2);
    assertEquals(chunks.size(), others.size());
    for (int i = 0; i < chunks.size(); i++) {
      assertArrayEquals((byte[]) chunks.get(i), (byte[]) others.get(i));
    }
    KeyValueMachine third = machine("lsm-leveled", "c");
    third.runOperation(1, KeyValueMachine.put(bytes("gone"), bytes("x")));
    third.installSnapshot(1500, chunks);
    assertTrue(third.isReplaced());
    assertEquals(first.store().digest(0), third.store().digest(0));
    assertEquals(1501L, third.runOperation(1501, command(7)));
    KeyValueMachine restarted = new KeyValueMachine(third.store());
    restarted.installSnapshot(1500, chunks);
    assertEquals(1501, restarted.store().applied(0).index());
    assertNull(restarted.runOperation(1501, command(7)));
  }

  @Test
  void aStateAheadOfTheLogMakesNoSnapshotUntilItIsReached() {
    KeyValueMachine machine = machine("bitcask", "a");
    for (int i = 1; i <= 5; i++) {
      machine.runOperation(i, command(i));
    }
    KeyValueMachine again = new KeyValueMachine(machine.store());
    again.runOperation(1, command(1));
    IllegalStateException ahead =
        assertThrows(IllegalStateException.class, () -> snapshot(again, 1));
    assertTrue(String.valueOf(ahead.getMessage()).contains("applied up to 5"));
    for (int i = 2; i <= 5; i++) {
      again.runOperation(i, command(i));
    }
    assertEquals(1, snapshot(again, 5).size());
  }

  @Test
  void afterAFailedStoreNothingIsAppliedAnyMore() {
    KeyValueMachine machine = machine("bitcask", "a");
    machine.runOperation(1, command(1));
    open.getFirst().close();
    open.clear();
    assertThrows(RuntimeException.class, () -> machine.runOperation(2, command(2)));
    StorageException.Poisoned poisoned =
        assertThrows(StorageException.Poisoned.class, () -> machine.runOperation(3, command(3)));
    assertTrue(String.valueOf(poisoned.getMessage()).contains("group 0"));
    assertThrows(StorageException.Poisoned.class, () -> snapshot(machine, 2));
  }
}
