package dev.plinth.engine.jungle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StateDigest;
import dev.plinth.spi.StorageException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// A crash at many I/O calls of a history that keeps and drops snapshots with names while tables
/// are merged and compacted: what was kept is there as it was, what was dropped is gone, and no
/// file is left that nobody names.
final class NamedSnapshotCrashTest {
  private static final Path STORE = Path.of("/sim/store");
  private static final Map<String, String> OPTIONS =
      Map.of(
          "engine", "jungle",
          "memtable.bytes", "16KiB",
          "table.bytes", "8KiB",
          "level.base.bytes", "16KiB",
          "level.fanout", "2",
          "space.factor", "1.5",
          "log.segment.bytes", "16KiB",
          "log.buffer.bytes", "4KiB");

  private static final int CRASHES = 40;

  /// What the history knows to be durable when it ends or dies.
  private static final class Known {
    private final Map<String, StateDigest> kept = new TreeMap<>();
    private String pending = "";
  }

  private static Engine open(SimDisk disk) {
    EngineEnvironment environment =
        EngineEnvironment.standard().withDisk(disk).withEvents(event -> {});
    return Engines.open(STORE, OPTIONS, environment);
  }

  private static void run(SimDisk disk, Known known) {
    try (Engine engine = open(disk)) {
      for (int round = 0; round < 6; round++) {
        for (int i = 0; i < 60; i++) {
          byte[] key = ("k" + (i * 7 + round * 31) % 90).getBytes(StandardCharsets.UTF_8);
          engine.put(key, new byte[100 + round], Durability.WRITTEN);
        }
        String name = "s" + round;
        StateDigest digest = engine.digest();
        known.pending = name;
        engine.keepSnapshot(name);
        known.kept.put(name, digest);
        if (round >= 2) {
          known.pending = "s" + (round - 2);
          engine.dropSnapshot(known.pending);
          known.kept.remove(known.pending);
        }
        known.pending = "";
      }
    }
  }

  /// Every crash with `-Dplinth.crashes=all`, else a few, spread evenly.
  private static long stride(long steps) {
    boolean all = System.getProperty("plinth.crashes", "few").equals("all");
    return all ? 1 : Math.max(1, steps / CRASHES);
  }

  @Test
  void keptSnapshotsSurviveCrashes() {
    SimDisk whole = new SimDisk();
    run(whole, new Known());
    long steps = whole.steps();
    assertTrue(steps > 100, "steps " + steps);
    for (long step = 3; step < steps; step += stride(steps)) {
      SimDisk disk = new SimDisk().stopAt(step);
      Known known = new Known();
      try {
        run(disk, known);
      } catch (StorageException _) {
        // The disk stopped.
      }
      check(disk.crash(new CrashState.AnySubset(step)), known, step);
    }
  }

  private static void check(SimDisk after, Known known, long step) {
    try (Engine engine = open(after)) {
      Map<String, StateDigest> found = new HashMap<>();
      for (String name : engine.keptSnapshots()) {
        try (Snapshot snapshot = engine.openSnapshot(name)) {
          found.put(name, StateDigest.of(snapshot));
        }
      }
      known.kept.forEach(
          (name, digest) -> {
            if (!name.equals(known.pending)) {
              assertEquals(digest, found.get(name), name + " after a crash at step " + step);
            }
          });
      List<String> unknown =
          found.keySet().stream()
              .filter(name -> !known.kept.containsKey(name) && !name.equals(known.pending))
              .toList();
      assertEquals(List.of(), unknown, "after a crash at step " + step);
      engine.verify();
      found.keySet().forEach(engine::dropSnapshot);
      engine.settle();
      long tables = -1;
      for (int i = 0;
          i < 10_000 && tables != engine.stats().details().getOrDefault("tables", 0L);
          i++) {
        // Opening a cursor lets files go that no reader can see any more.
        engine.cursor(KeyRange.all()).close();
        tables = after.list(STORE).stream().filter(name -> name.endsWith(".table")).count();
      }
      assertEquals(engine.stats().details().getOrDefault("tables", 0L), tables, "tables on disk");
    }
  }
}
