package dev.plinth.raft.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.GroupedLog;
import dev.plinth.raft.store.HardState;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// A log of version 1 that must be read for ever: three groups, gaps, members, a suffix that was
/// cut off and one that was overwritten, a reset, entries that were moved forward, and segments
/// that were given back. `LISTING` names its files.
final class SegmentedLogGoldenTest {
  private static final String FOLDER = "raft-log-1/";

  private static SimDisk golden() throws IOException {
    SimDisk disk = History.disk();
    disk.createDirectories(History.STORE);
    String names = new String(resource("LISTING"), StandardCharsets.US_ASCII);
    for (String name : names.lines().toList()) {
      byte[] content = resource(name);
      try (DiskFile file = disk.open(History.STORE.resolve(name), OpenMode.CREATE)) {
        file.write(0, MemorySegment.ofArray(content), 0, content.length, ByteCause.OTHER);
        file.syncAll();
      }
    }
    disk.syncDirectory(History.STORE);
    return disk;
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = SegmentedLogGoldenTest.class.getResourceAsStream(FOLDER + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }

  /// What the log holds; the same calls have made it.
  static void write(GroupedLog log) {
    RaftLogStore lagging = log.group(1);
    lagging.append(
        new EntryBatch()
            .add(1, 1, 2, text("members"))
            .add(2, 1, 0, text("two"))
            .add(5, 2, 0, text("")));
    lagging.saveHardState(new HardState(2, "peer-1", new byte[] {1, 2, 3}));
    RaftLogStore busy = log.group(7, 0);
    for (long i = 0; i < 60; i++) {
      busy.append(new EntryBatch().add(i, 1 + i / 20, 0, new byte[300]));
      busy.stageCommit(i - 1);
      if (i % 10 == 9) {
        busy.truncateSuffix(i - 1);
        busy.overwriteFrom(
            i - 1, new EntryBatch().add(i - 1, 4, 1, text("again " + i)).add(i, 4, 0, text("")));
        busy.compactPrefix(i - 5);
        log.reclaim();
      }
    }
    RaftLogStore reset = log.group(1L << 40);
    reset.append(new EntryBatch().add(1, 1, 0, text("gone")));
    reset.reset(100, new EntryBatch().add(100, 6, 17, text("kept")));
    reset.compactPrefix(90);
    lagging.append(new EntryBatch().add(6, 3, 0, text("six")));
    log.sync();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void versionOneIsRead() throws IOException {
    QuietExecutor background = new QuietExecutor();
    SimDisk fresh = History.disk();
    try (GroupedLog log = RaftLogSubjects.segmented().open(golden(), History.STORE, background);
        GroupedLog same = RaftLogSubjects.segmented().open(fresh, History.STORE, background)) {
      write(same);
      assertEquals(List.of(1L, 7L, 1L << 40), log.groups());
      for (long group : log.groups()) {
        assertEquals(GroupState.of(same.group(group)), GroupState.of(log.group(group)));
      }
      RaftLogStore lagging = log.group(1);
      assertEquals(new HardState(2, "peer-1", new byte[] {1, 2, 3}), lagging.hardState());
      assertArrayEquals(new long[] {1}, lagging.configurationIndexes());
      assertEquals(6, lagging.lastIndex());
      assertEquals(-1, lagging.term(3));
      assertEquals(2, lagging.term(5));
      assertEquals(54, log.group(7).firstIndex());
      assertEquals(4, log.group(7).term(59));
      assertEquals(6, log.group(1L << 40).term(100));
    } finally {
      background.close();
    }
  }
}
