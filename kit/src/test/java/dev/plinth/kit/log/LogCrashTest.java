package dev.plinth.kit.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.Fault;
import dev.plinth.conformance.disk.FaultDisk;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Crashes a bare log at every step of seeded scripts, refuses every call, damages every byte.
final class LogCrashTest {
  private static final int SEEDS = Integer.getInteger("plinth.log.seeds", 2);
  private static final int FIRST_SEED = Integer.getInteger("plinth.log.seed", 0);
  private static final int STEPS = 26;

  private static LogOptions options(long seed) {
    LogOptions small = LogOptions.small(4 << 10, 4 << 10);
    return switch ((int) (seed % 3)) {
      case 0 -> small;
      case 1 -> small.withRecycledSegments(2).withRecoveryThreads(2);
      default -> small.withRecycledSegments(1).withPrefillBytes(16 << 10);
    };
  }

  private static SimDisk folder() {
    SimDisk disk = new SimDisk();
    disk.createDirectories(LogScript.FOLDER);
    disk.syncDirectory(Path.of("/"));
    return disk;
  }

  private static List<CrashState> states(long seed) {
    return List.of(
        new CrashState.NothingUnsynced(),
        new CrashState.Everything(),
        new CrashState.ProcessKilled(),
        new CrashState.OrderedPrefix(seed),
        new CrashState.OrderedPrefix(seed + 1000),
        new CrashState.AnySubset(seed),
        new CrashState.AnySubset(seed + 1000),
        new CrashState.AnySubset(seed + 2000));
  }

  private static boolean powerLost(CrashState state) {
    return !(state instanceof CrashState.ProcessKilled);
  }

  private record Image(SimDisk disk, LogScript.Mark mark, String operation) {}

  @Test
  void everyCrashLeavesAPrefixWithAllThatWasPromised() {
    int states = 0;
    int twice = 0;
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      SimDisk disk = folder();
      LogScript script = new LogScript(seed, STEPS, options(seed), null, disk);
      List<Image> images = new ArrayList<>();
      disk.watch(
          (on, step, operation) -> images.add(new Image(on.image(), script.mark(), operation)));
      script.open();
      for (int i = 0; i < STEPS; i++) {
        script.run(i);
      }
      script.close();
      assertEquals(List.of(), disk.violations());
      for (int i = 0; i < images.size(); i++) {
        Image image = images.get(i);
        for (CrashState state : states(seed * 100_000 + i)) {
          String replay =
              "seed " + seed + ", step " + (i + 1) + " " + image.operation + ", " + state;
          boolean lost = powerLost(state);
          SimDisk found = image.disk.crash(state);
          int count = guarded(script, image.mark, found, lost, i % 2 == 0, replay);
          LogScript.Mark durable = promised(image.mark, count);
          SimDisk after = found.crash(new CrashState.NothingUnsynced());
          assertEquals(
              count, guarded(script, durable, after, true, i % 2 == 0, replay + ", again"), replay);
          twice += crashRecovery(script, image, state, i, replay);
          states++;
        }
      }
    }
    System.out.printf("log: %d crash states, %d within recovery%n", states, twice);
  }

  /// The promise after a recovery that found so many events.
  private static LogScript.Mark promised(LogScript.Mark mark, int count) {
    return new LogScript.Mark(
        mark.events().subList(0, count), count, count, mark.first(), mark.from());
  }

  private static int guarded(
      LogScript script,
      LogScript.Mark mark,
      SimDisk found,
      boolean powerLost,
      boolean whole,
      String replay) {
    try {
      return script.check(mark, found, powerLost, whole);
    } catch (StorageException | AssertionError e) {
      throw new AssertionError(replay + ": " + e.getMessage(), e);
    }
  }

  /// Crashes at some steps of a recovery, and recovers.
  private static int crashRecovery(
      LogScript script, Image image, CrashState state, int salt, String replay) {
    SimDisk found = image.disk.crash(state);
    List<SimDisk> images = new ArrayList<>();
    found.watch((on, step, operation) -> images.add(on.image()));
    boolean lost = powerLost(state);
    guarded(script, image.mark, found, lost, false, replay);
    int count = 0;
    for (int i = salt % 3; i < images.size(); i += 3) {
      List<CrashState> second = states(salt * 131L + i);
      CrashState then = second.get((salt + i) % second.size());
      guarded(
          script,
          image.mark,
          images.get(i).crash(then),
          lost || powerLost(then),
          i % 2 == 0,
          replay + ", recovery step " + (i + 1) + ", " + then);
      count++;
    }
    return count;
  }

  @Test
  void everyRefusedCallIsFinalAndLosesNothing() {
    int failures = 0;
    for (long seed = 100; seed < 102; seed++) {
      for (Fault.Kind kind : Fault.Kind.values()) {
        for (int lasting = 0; lasting < 2; lasting++) {
          boolean more = true;
          for (int call = 1; more; call++) {
            SimDisk disk = folder();
            Fault fault = new Fault(kind, call, lasting == 1);
            FaultDisk faulty = new FaultDisk(disk, fault);
            LogScript script = new LogScript(seed, 12, options(seed), null, faulty);
            runUntilFailure(script, faulty);
            more = faulty.failure() != null;
            failures += more ? 1 : 0;
            CrashState state = states(call).get(call % 8);
            String replay = "seed " + seed + ", " + fault + ", " + state;
            guarded(script, script.mark(), disk.crash(state), powerLost(state), false, replay);
            guarded(
                script,
                script.mark(),
                disk.crash(new CrashState.NothingUnsynced()),
                true,
                false,
                replay);
          }
        }
      }
    }
    System.out.printf("log: %d refused calls%n", failures);
  }

  private static void runUntilFailure(LogScript script, FaultDisk disk) {
    try {
      script.open();
      for (int i = 0; i < script.steps().size(); i++) {
        script.run(i);
      }
      script.close();
    } catch (StorageException e) {
      assertTrue(disk.failure() != null, () -> "without a refusal: " + e);
    }
  }

  @Test
  void everyDamagedByteAfterACloseIsReportedOrHarmless() {
    int reported = 0;
    int harmless = 0;
    for (long seed = 200; seed < 201; seed++) {
      SimDisk disk = folder();
      LogScript script = new LogScript(seed, 14, options(seed), null, disk);
      script.open();
      for (int i = 0; i < 14; i++) {
        script.run(i);
      }
      script.close();
      for (Map.Entry<String, byte[]> file : disk.content(LogScript.FOLDER).entrySet()) {
        byte[] bytes = file.getValue();
        boolean spare = file.getKey().endsWith(".free");
        for (int i = 0; i < bytes.length; i += spare ? 101 : 1) {
          SimDisk copy = disk.image().crash(new CrashState.NothingUnsynced());
          Path path = LogScript.FOLDER.resolve(file.getKey());
          copy.damage(path, i, (byte) (bytes[i] ^ (1 + (i * 37) % 255)));
          try {
            LogScript.Mark mark = script.mark();
            Entry.Collector seen = new Entry.Collector();
            LogReader.read(copy, LogScript.FOLDER, LogScript.STORE, mark.from(), 0, seen);
            int count = script.survivors(mark, seen.entries, true, false);
            assertEquals(mark.events().size(), count);
            harmless++;
          } catch (StorageException.Corrupt e) {
            assertEquals(path, e.file());
            reported++;
          }
        }
      }
    }
    System.out.printf("log damage: %d reported, %d harmless%n", reported, harmless);
    assertTrue(reported > 1_000);
  }

  @Test
  void damageBelowTheLastWatermarkIsNeverCutAway() {
    int reported = 0;
    int cut = 0;
    for (long seed = 300; seed < 302; seed++) {
      SimDisk disk = folder();
      LogScript script = new LogScript(seed, 14, options(seed), null, disk);
      script.open();
      for (int i = 0; i < 14; i++) {
        script.run(i);
      }
      SimDisk crashed = disk.crash(new CrashState.Everything());
      long from = script.mark().from();
      Entry.Collector good = new Entry.Collector();
      LogTail tail = LogReader.read(crashed, LogScript.FOLDER, LogScript.STORE, from, 0, good);
      int protectedRecords =
          (int) good.positions.stream().filter(position -> position < tail.watermark()).count();
      LogScript.Mark mark = script.mark();
      LogScript.Mark nothing = new LogScript.Mark(mark.events(), 0, 0, mark.first(), from);
      for (long number : tail.numbers()) {
        Path path = SegmentFiles.path(LogScript.FOLDER, number);
        long end = crashed.size(path);
        for (long i = 0; i < end; i++) {
          SimDisk copy = crashed.image().crash(new CrashState.NothingUnsynced());
          byte[] bytes = copy.content(LogScript.FOLDER).get(path.getFileName().toString());
          copy.damage(path, i, (byte) (bytes[(int) i] ^ 0x10));
          Entry.Collector seen = new Entry.Collector();
          try {
            LogReader.read(copy, LogScript.FOLDER, LogScript.STORE, from, 0, seen);
            assertTrue(seen.entries.size() >= protectedRecords, path + " byte " + i);
            assertEquals(
                good.entries.subList(0, protectedRecords),
                seen.entries.subList(0, protectedRecords));
            script.survivors(nothing, seen.entries, true, false);
            cut++;
          } catch (StorageException.Corrupt e) {
            reported++;
          }
        }
      }
    }
    System.out.printf("log damage after a crash: %d reported, %d cut%n", reported, cut);
    assertTrue(reported > 1_000 && cut > 50);
  }

  @Test
  void aMissingOrEmptySegmentIsReported() {
    int reported = 0;
    for (long seed = 400; seed < 406; seed++) {
      SimDisk disk = folder();
      LogScript script = new LogScript(seed, 20, options(seed), null, disk);
      script.open();
      for (int i = 0; i < 20; i++) {
        script.run(i);
      }
      script.close();
      for (long number : SegmentFiles.numbers(disk, LogScript.FOLDER)) {
        if (number >= LogFormat.number(script.mark().from())) {
          Path path = SegmentFiles.path(LogScript.FOLDER, number);
          SimDisk without = disk.image().crash(new CrashState.NothingUnsynced());
          without.delete(path);
          reported += corrupt(script, without);
          SimDisk empty = disk.image().crash(new CrashState.NothingUnsynced());
          try (DiskFile file = empty.open(path, OpenMode.WRITE)) {
            file.truncate(0);
          }
          reported += corrupt(script, empty);
        }
      }
    }
    System.out.printf("log: %d missing or empty segments reported%n", reported);
  }

  private static int corrupt(LogScript script, SimDisk disk) {
    LogVisitor nobody = (type, position, first, second, segment, offset, length) -> {};
    long known = Math.max(1, script.mark().from() + 1);
    try {
      LogReader.read(disk, LogScript.FOLDER, LogScript.STORE, script.mark().from(), known, nobody);
    } catch (StorageException.Corrupt e) {
      return 1;
    }
    throw new AssertionError("a missing or empty segment went unnoticed");
  }
}
