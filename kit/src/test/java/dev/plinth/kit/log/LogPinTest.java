package dev.plinth.kit.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.Durability;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Segments that readers keep after they were dropped.
final class LogPinTest {
  private static final Path FOLDER = Path.of("/log");
  private static final LogOptions SMALL = LogOptions.small(16 << 10, 8 << 10);
  private static final int BODY_BYTES = 1000;

  private final SimDisk disk = new SimDisk();
  private final List<Long> found = new ArrayList<>();

  @BeforeEach
  void folder() {
    disk.createDirectories(FOLDER);
    disk.syncDirectory(Path.of("/"));
  }

  private LogWriter open(SimDisk on, long from) {
    found.clear();
    return LogWriter.open(
        on,
        FOLDER,
        7,
        SMALL,
        null,
        from,
        0,
        LogListener.NONE,
        (type, position, first, second, segment, offset, length) -> found.add(first));
  }

  private static long append(LogWriter log, int i) {
    byte[] body = new byte[BODY_BYTES];
    body[i % BODY_BYTES] = (byte) i;
    return log.append(Durability.WRITTEN, 1, i, 0, MemorySegment.ofArray(body), 0, BODY_BYTES);
  }

  private static void assertBody(LogWriter log, long position, int i) {
    byte[] body = new byte[BODY_BYTES];
    body[i % BODY_BYTES] = (byte) i;
    MemorySegment target = Arena.ofAuto().allocate(BODY_BYTES);
    assertTrue(log.copy(LogWriter.bodyPosition(position, i, 0, BODY_BYTES), target, 0, BODY_BYTES));
    assertArrayEquals(body, target.toArray(ValueLayout.JAVA_BYTE));
  }

  private List<String> segments(SimDisk on) {
    return on.list(FOLDER).stream().filter(name -> name.endsWith(".log")).toList();
  }

  @Test
  void pinnedSegmentsStayUntilTheyAreLetGo() {
    List<Long> positions = new ArrayList<>();
    try (LogWriter log = open(disk, 0)) {
      for (int i = 0; i < 200; i++) {
        positions.add(append(log, i));
      }
      int all = segments(disk).size();
      assertTrue(all > 10, "segments " + all);
      LogWriter.Pin early = log.pin(positions.get(0), positions.get(40));
      LogWriter.Pin same = log.pin(positions.get(20), positions.get(60));
      log.dropBefore(positions.get(190));
      assertTrue(segments(disk).size() < all);
      for (int i = 0; i <= 60; i++) {
        assertBody(log, positions.get(i), i);
      }
      assertFalse(segments(disk).contains(log.file(positions.get(120)).getFileName().toString()));
      early.close();
      early.close();
      for (int i = 20; i <= 60; i++) {
        assertBody(log, positions.get(i), i);
      }
      assertFalse(segments(disk).contains(log.file(positions.get(0)).getFileName().toString()));
      same.close();
      assertEquals(
          log.file(positions.get(190)).getFileName().toString(), segments(disk).getFirst());
    }
  }

  /// Neither a clean end nor a crash with a pin open hinders the next opening, which lets the
  /// segments go.
  @Test
  void pinsDoNotOutliveTheProcess() {
    List<Long> positions = new ArrayList<>();
    LogWriter log = open(disk, 0);
    for (int i = 0; i < 200; i++) {
      positions.add(append(log, i));
    }
    log.sync();
    LogWriter.Pin pin = log.pin(positions.get(0), positions.get(40));
    long kept = positions.get(150);
    log.dropBefore(kept);
    SimDisk crashed = disk.image().crash(new CrashState.AnySubset(1));
    log.close();
    pin.close();
    for (SimDisk after : List.of(disk, crashed)) {
      try (LogWriter again = open(after, kept)) {
        assertEquals(150, found.getFirst());
        assertEquals(50, found.size());
        assertEquals(again.file(kept).getFileName().toString(), segments(after).getFirst());
      }
    }
  }
}
