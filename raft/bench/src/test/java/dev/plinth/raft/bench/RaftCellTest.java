package dev.plinth.raft.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.bench.result.Cell;
import dev.plinth.bench.result.JsonFile;
import dev.plinth.raft.store.GroupedLogs;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Small cells, in this process: what they measure is not looked at, but that they do the work.
final class RaftCellTest {
  @TempDir private Path folder;

  private Cell measure(String store, RaftCell.Kind kind, Map<String, String> options) {
    RaftCell cell =
        new RaftCell(
            store,
            kind.label(),
            2000,
            200,
            16,
            kind == RaftCell.Kind.RAFTGROUPS ? 2 : 1,
            kind == RaftCell.Kind.RAFTGROUPS ? 6 : kind == RaftCell.Kind.RAFTLAG ? 4 : 1,
            kind == RaftCell.Kind.RAFTGROUPS ? 2 : 1,
            kind == RaftCell.Kind.RAFTLOG || kind == RaftCell.Kind.RAFTLAG ? 500 : 0,
            new TreeMap<>(options),
            folder.resolve(store + kind.label() + options.size()).toString(),
            7,
            0);
    Path file = folder.resolve("cell.json");
    JsonFile.write(file, cell);
    assertEquals(cell, JsonFile.read(file, RaftCell.class));
    Cell result = RaftCellMain.measure(cell);
    assertTrue(result.isOk(), result.reason());
    assertEquals(store, result.engine());
    assertEquals(kind.label(), result.workload());
    return result;
  }

  @Test
  void logsDoEveryLogWorkload() {
    for (String store : List.of("raft-log", "raft-log-on-bitcask")) {
      Map<String, String> options =
          store.equals("raft-log") ? Map.of("segment.bytes", "128KiB") : Map.of();
      for (RaftCell.Kind kind : RaftCell.Kind.values()) {
        if (kind.isLog()) {
          Cell result = measure(store, kind, options);
          assertFalse(result.peer());
          assertEquals(2000, result.operations());
          assertNotNull(result.details().engineDetails().get("restart.micros"));
          assertEquals(
              store.equals("raft-log"), result.details().engineDetails().containsKey("log.syncs"));
          assertTrue(result.details().engineDetails().get("restart.entries").longValue() > 0);
          assertNotNull(result.amplification());
          Double write = result.amplification().write();
          assertTrue(write != null && write > 1, store + " wrote " + write);
        }
      }
    }
  }

  @Test
  void plainWritesAreAPeer() {
    Cell result = measure(RaftCell.RAW, RaftCell.Kind.RAFTLOG, Map.of());
    assertTrue(result.peer());
    assertNotNull(result.details().engineDetails().get("prefilled.entries.per.second"));
    assertNull(result.digest());
  }

  @Test
  void plainWritesThatThreadsShareAreAPeer() {
    Cell result = measure(RaftCell.RAW, RaftCell.Kind.RAFTGROUPS, Map.of());
    assertTrue(result.peer());
    assertEquals(62 * 2 * 16, result.operations());
    Map<String, ? extends Number> details = result.details().engineDetails();
    for (String kept :
        List.of("two.streams.one.file", "two.streams.two.files", "each.its.own.file")) {
      assertTrue(details.get(kept + ".entries.per.second").longValue() > 0, kept);
    }
  }

  @Test
  void theSameCommandsGiveTheSameDigestWithAndWithoutALog() {
    Cell logged = measure("bitcask", RaftCell.Kind.RAFTAPPLY, Map.of("wal", "on"));
    assertNotNull(logged.details().engineDetails().get("replay.entries.per.second"));
    String with = logged.digest();
    assertNotNull(with);
    assertEquals(
        with,
        measure("bitcask", RaftCell.Kind.RAFTAPPLY, Map.of("wal", "off", "checked", "off"))
            .digest());
    Cell synced =
        measure(
            "bitcask",
            RaftCell.Kind.RAFTAPPLY,
            Map.of("wal", "on", RaftCell.DURABILITY, "synced", "checked", "off"));
    assertEquals(with, synced.digest());
    assertEquals("wal-on-synced", synced.variant());
    assertEquals("synced", synced.params().durability());
    assertEquals(with, measure("bitcask", RaftCell.Kind.SNAPSHOT, Map.of()).digest());
  }

  @Test
  void whatIsUnknownSaysWhatIsKnown() {
    assertTrue(GroupedLogs.names().contains("raft-log-on-bitcask"));
    assertFalse(GroupedLogs.foreign("raft-log"));
    Assertions.assertThrows(
        StorageException.InvalidConfiguration.class, () -> GroupedLogs.foreign("raft-logs"));
    Assertions.assertThrows(
        StorageException.InvalidConfiguration.class, () -> RaftCell.Kind.of("raft"));
    Cell wrong =
        RaftCellMain.measure(
            new RaftCell(
                "bitcask",
                "raftapply",
                100,
                10,
                10,
                1,
                1,
                1,
                0,
                new TreeMap<>(Map.of(RaftCell.DURABILITY, "sync")),
                folder.resolve("y").toString(),
                1,
                0));
    assertFalse(wrong.isOk());
    assertTrue(wrong.reason().contains("durability"), wrong.reason());
    Cell failed =
        RaftCellMain.measure(
            new RaftCell(
                "raft-log",
                "raftlog",
                100,
                10,
                10,
                1,
                1,
                1,
                0,
                new TreeMap<>(Map.of("segment.byte", "1")),
                folder.resolve("x").toString(),
                1,
                0));
    assertFalse(failed.isOk());
    assertTrue(failed.reason().contains("segment.bytes"), failed.reason());
  }
}
