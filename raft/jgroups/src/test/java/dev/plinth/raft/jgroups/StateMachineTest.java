package dev.plinth.raft.jgroups;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.raft.store.StorageConfiguration;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.StorageException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What jgroups-raft asks of a state machine.
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

  private static byte[] apply(KeyValueMachine machine, byte[] data) {
    return machine.apply(data, 0, data.length, true);
  }

  private static void put(KeyValueMachine machine, int i) {
    assertNull(apply(machine, KeyValueMachine.put(bytes("key" + i), bytes("value" + i))));
  }

  private static byte[] content(KeyValueMachine machine) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    machine.writeContentTo(new DataOutputStream(out));
    return out.toByteArray();
  }

  private static void read(KeyValueMachine machine, byte[] content) throws IOException {
    machine.readContentFrom(new DataInputStream(new ByteArrayInputStream(content)));
  }

  @Test
  void commandsCountAndQueriesDoNot() {
    KeyValueMachine machine = machine("bitcask", "a");
    put(machine, 1);
    assertArrayEquals(bytes("value1"), apply(machine, PlinthStateMachine.query(bytes("key1"))));
    put(machine, 2);
    assertEquals(2, machine.store().applied(0).index());
    assertThrows(IllegalArgumentException.class, () -> apply(machine, bytes("bare")));
    assertThrows(IllegalArgumentException.class, () -> apply(machine, new byte[0]));
    assertThrows(
        RuntimeException.class, () -> apply(machine, PlinthStateMachine.command(new byte[] {9})));
    assertEquals(3, machine.store().applied(0).index());
  }

  @Test
  void aReplayIsPassedOver() throws IOException {
    KeyValueMachine machine = machine("btree", "a");
    for (int i = 1; i <= 5; i++) {
      put(machine, i);
    }
    byte[] snapshot = content(machine);
    for (int i = 6; i <= 9; i++) {
      put(machine, i);
    }
    StateMachineStore.Digest before = machine.store().digest(0);
    KeyValueMachine restarted = new KeyValueMachine(machine.store());
    read(restarted, snapshot);
    assertTrue(!restarted.isReplaced());
    for (int i = 6; i <= 7; i++) {
      apply(restarted, KeyValueMachine.put(bytes("key" + i), bytes("other")));
    }
    byte[] ahead = content(restarted);
    KeyValueMachine other = machine("bitcask", "b");
    read(other, ahead);
    for (KeyValueMachine each : List.of(restarted, other)) {
      for (int i = 8; i <= 9; i++) {
        apply(each, KeyValueMachine.put(bytes("key" + i), bytes("other")));
      }
      assertEquals(before, each.store().digest(0));
      put(each, 10);
      assertEquals(10, each.store().applied(0).index());
    }
  }

  @Test
  void aSnapshotIsTheSameOnEveryEngineAndReplacesTheState() throws IOException {
    KeyValueMachine first = machine("bitcask", "a");
    KeyValueMachine second = machine("lsm-leveled", "b");
    KeyValueMachine third = machine("btree", "c");
    read(third, content(first));
    apply(third, KeyValueMachine.put(bytes("gone"), bytes("x")));
    for (int i = 1; i <= 500; i++) {
      put(first, i);
      put(second, i);
    }
    assertArrayEquals(content(first), content(second));
    read(third, content(first));
    assertTrue(third.isReplaced());
    assertEquals(first.store().digest(0), third.store().digest(0));
    byte[] foreign = bytes("a snapshot of another kind of state machine");
    assertThrows(StorageException.UnsupportedFormat.class, () -> read(third, foreign));
  }

  @Test
  void afterAFailedStoreNothingIsAppliedAnyMore() {
    KeyValueMachine machine = machine("bitcask", "a");
    put(machine, 1);
    open.getFirst().close();
    open.clear();
    assertThrows(RuntimeException.class, () -> put(machine, 2));
    assertThrows(RuntimeException.class, () -> put(machine, 3));
    assertThrows(RuntimeException.class, () -> content(machine));
  }
}
