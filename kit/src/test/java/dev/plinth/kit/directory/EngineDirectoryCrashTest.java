package dev.plinth.kit.directory;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// D5 and D9: a crash at any step of creation leaves a directory that opens, and what is durable in
/// it then stays the engine's.
class EngineDirectoryCrashTest {
  private static final Path PATH = Path.of("/deep/er/store");
  private static final EngineOptions OPTIONS = EngineOptions.of(List.of(), Map.of());
  private static final int SEEDS = 12;

  @Test
  void everyCrashOfCreationOpensAgainAndLosesNothingLater() {
    SimDisk whole = new SimDisk();
    open(whole).close();
    assertTrue(whole.steps() > 10);
    for (long step = 1; step <= whole.steps() + 1; step++) {
      SimDisk stopping = new SimDisk().stopAt(step);
      if (step <= whole.steps()) {
        assertThrows(StorageException.class, () -> open(stopping));
      } else {
        open(stopping).close();
      }
      for (CrashState state : states()) {
        String place = "stopped at step " + step + ", crash state " + state;
        SimDisk after = stopping.crash(state);
        UUID id = assertDoesNotThrow(() -> use(after), place);
        SimDisk later = after.crash(new CrashState.NothingUnsynced());
        try (EngineDirectory directory = assertDoesNotThrow(() -> open(later), place)) {
          assertFalse(directory.created(), place);
          assertEquals(id, directory.storeId(), place);
          assertTrue(later.exists(directory.file("data")), place);
        }
      }
    }
  }

  @Test
  void aCheckpointCutOffBeforeItsStampIsRefused() {
    SimDisk whole = new SimDisk();
    checkpoint(whole);
    for (long step = 1; step <= whole.steps(); step++) {
      SimDisk stopping = new SimDisk().stopAt(step);
      assertThrows(StorageException.class, () -> checkpoint(stopping));
      for (CrashState state : states()) {
        SimDisk after = stopping.crash(state);
        boolean stamped = after.exists(PATH.resolve(EngineDirectory.IDENTITY));
        boolean filled = after.exists(PATH.resolve("data"));
        assertTrue(filled || !stamped, "stamped before it was filled, step " + step);
        if (filled && !stamped) {
          assertThrows(StorageException.UnsupportedFormat.class, () -> open(after));
        } else if (stamped) {
          open(after).close();
        }
      }
    }
  }

  private static List<CrashState> states() {
    List<CrashState> states = new ArrayList<>();
    states.add(new CrashState.NothingUnsynced());
    states.add(new CrashState.Everything());
    states.add(new CrashState.ProcessKilled());
    for (int seed = 0; seed < SEEDS; seed++) {
      states.add(new CrashState.OrderedPrefix(seed));
      states.add(new CrashState.AnySubset(seed));
    }
    return states;
  }

  private static EngineDirectory open(SimDisk disk) {
    return EngineDirectory.open(disk, PATH, "btree", 1, OPTIONS);
  }

  private static UUID use(SimDisk disk) {
    try (EngineDirectory directory = open(disk)) {
      data(disk, directory.path());
      disk.syncDirectory(directory.path());
      return directory.storeId();
    }
  }

  private static void checkpoint(SimDisk disk) {
    EngineDirectory.prepare(disk, PATH);
    data(disk, PATH);
    EngineDirectory.stamp(disk, PATH, "btree", 1, OPTIONS);
  }

  private static void data(SimDisk disk, Path directory) {
    try (DiskFile file = disk.open(directory.resolve("data"), OpenMode.CREATE)) {
      file.write(0, MemorySegment.ofArray(new byte[9]), 0, 9, ByteCause.LOG);
      file.syncAll();
    }
  }
}
