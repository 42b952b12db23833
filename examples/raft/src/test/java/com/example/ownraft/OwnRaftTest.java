package com.example.ownraft;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.plinth.raft.store.GroupedLog;
import dev.plinth.raft.store.StateBatch;
import dev.plinth.raft.store.StateMachineStore;
import dev.plinth.raft.store.StorageConfiguration;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A member's life on the real disk: it votes, writes, applies, restarts, and is given a snapshot.
class OwnRaftTest {
  private final StorageConfiguration storage =
      StorageConfiguration.of(
          Map.of("log.engine", "segmented", "state.engine", "btree", "state.wal", "off"));

  @TempDir Path folder;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void apply(Journal journal, StateMachineStore state) {
    long index = Math.max(journal.first(), state.applied(0).index() + 1);
    for (Journal.Entry entry : journal.read(index, journal.last())) {
      StateBatch changes = new StateBatch(0).put(bytes("k" + index), entry.command());
      state.apply(changes, index, entry.term());
      index++;
    }
  }

  @Test
  void aRestartedMemberGoesOn() {
    try (GroupedLog log = storage.openLog(folder.resolve("log"));
        StateMachineStore state = storage.openState(folder.resolve("state"))) {
      Journal journal = new PlinthJournal(log.group(0));
      journal.vote(3, "n2");
      journal.write(
          1, List.of(new Journal.Entry(3, bytes("one")), new Journal.Entry(3, bytes("stale"))));
      journal.write(2, List.of(new Journal.Entry(4, bytes("two"))));
      apply(journal, state);
      state.flush();
      journal.dropBefore(2);
    }
    try (GroupedLog log = storage.openLog(folder.resolve("log"));
        StateMachineStore state = storage.openState(folder.resolve("state"))) {
      Journal journal = new PlinthJournal(log.group(0));
      assertEquals("n2", journal.vote());
      assertEquals(3, journal.term());
      assertEquals(2, journal.first());
      assertEquals(4, journal.termAt(2));
      assertEquals(2, state.applied(0).index());
      journal.write(3, List.of(new Journal.Entry(4, bytes("three"))));
      apply(journal, state);
      assertArrayEquals(bytes("two"), state.get(0, bytes("k2")));
      assertArrayEquals(bytes("three"), state.get(0, bytes("k3")));
    }
  }
}
