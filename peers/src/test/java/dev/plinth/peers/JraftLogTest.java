package dev.plinth.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.EntryTypes;
import dev.plinth.raft.store.GroupedLog;
import dev.plinth.raft.store.GroupedLogs;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// JRaft's log in RocksDB does what the bench asks of a Raft log, with both codecs.
final class JraftLogTest {
  private static final List<String> NAMES = List.of("jraft-rocksdb", "jraft-rocksdb-raw");

  @TempDir private Path folder;

  private GroupedLog open(String name) {
    return GroupedLogs.open(name, folder.resolve(name), Map.of(), EngineEnvironment.standard());
  }

  private static void append(RaftLogStore group, long from, long to, long term) {
    EntryBatch batch = new EntryBatch();
    for (long index = from; index <= to; index++) {
      int type = index == 1 ? EntryTypes.NO_OP : EntryTypes.DATA;
      String text = index == 1 ? "" : "entry " + index + " of term " + term;
      batch.add(index, term, type, text.getBytes(StandardCharsets.UTF_8));
    }
    assertEquals(to, group.append(batch));
  }

  private static List<String> texts(RaftLogStore group) {
    List<String> texts = new ArrayList<>();
    group.read(
        0,
        Long.MAX_VALUE,
        Long.MAX_VALUE,
        (index, term, type, _, segment, offset, length) -> {
          byte[] bytes = segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
          texts.add(
              index + ":" + term + ":" + type + ":" + new String(bytes, StandardCharsets.UTF_8));
        });
    return texts;
  }

  @Test
  void keepsWhatWasAppendedOverARestart() {
    for (String name : NAMES) {
      assertTrue(GroupedLogs.foreign(name));
      List<String> expected;
      try (GroupedLog log = open(name)) {
        append(log.group(1), 1, 10, 3);
        append(log.group(7), 1, 4, 5);
        RaftLogStore group = log.group(1);
        group.truncateSuffix(8);
        assertEquals(8, group.lastIndex());
        append(group, 9, 9, 4);
        group.compactPrefix(6);
        assertEquals(6, group.firstIndex());
        assertEquals(4, group.term(9));
        assertEquals(-1, group.term(10));
        expected = texts(group);
        assertEquals("6:3:" + EntryTypes.DATA + ":entry 6 of term 3", expected.getFirst());
        assertEquals("9:4:" + EntryTypes.DATA + ":entry 9 of term 4", expected.getLast());
        assertEquals(4, expected.size());
        assertEquals("1:5:" + EntryTypes.NO_OP + ":", texts(log.group(7)).getFirst());
      }
      try (GroupedLog log = open(name)) {
        assertEquals(List.of(1L, 7L), log.groups());
        assertEquals(expected, texts(log.group(1)));
        assertEquals(8, log.verify());
      }
    }
  }

  @Test
  void refusesOptionsAndWhatItDoesNotKeep() {
    assertThrows(
        StorageException.InvalidConfiguration.class,
        () ->
            GroupedLogs.open(
                "jraft-rocksdb",
                folder.resolve("x"),
                Map.of("segment.bytes", "1MiB"),
                EngineEnvironment.standard()));
    try (GroupedLog log = open("jraft-rocksdb")) {
      assertThrows(StorageException.Unsupported.class, () -> log.group(1).hardState());
      append(log.group(1), 1, 3, 1);
      EntryBatch entry = new EntryBatch().add(9, 1, EntryTypes.DATA, new byte[1]);
      assertThrows(StorageException.Unsupported.class, () -> log.group(1).reset(9, entry));
      assertEquals(3, log.group(1).lastIndex());
    }
    GroupedLog closed = open("jraft-rocksdb-raw");
    closed.close();
    assertThrows(StorageException.Closed.class, () -> closed.group(1));
  }

  @Test
  void anOpeningThatFailsClosesTheGroupsItOpened() throws IOException {
    try (GroupedLog log = open("jraft-rocksdb")) {
      append(log.group(1), 1, 3, 1);
    }
    Path foreign = folder.resolve("jraft-rocksdb").resolve("2-of-another");
    Files.createDirectories(foreign);
    assertThrows(StorageException.UnsupportedFormat.class, () -> open("jraft-rocksdb"));
    Files.delete(foreign);
    try (GroupedLog log = open("jraft-rocksdb")) {
      assertEquals(3, log.verify());
    }
  }
}
