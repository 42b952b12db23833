package dev.plinth.spec;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.trace.TraceSink;
import dev.plinth.conformance.trace.TraceStep;
import dev.plinth.conformance.trace.TracedDisk;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/// Traces of Jungle with one table: batches, flushes that append to it, compactions that copy it,
/// cursors, up to a crash and what is found after it.
final class JungleSource implements TraceSource {
  private static final Path STORE = Path.of("store");
  private static final int KEYS = 8;
  private static final int OPERATIONS = 60;
  private static final int CURSORS_MAX = 2;
  private static final int VALUE_BYTES = 900;
  private static final Map<String, String> OPTIONS =
      Map.of(
          "engine", "jungle",
          "memtable.bytes", "64KiB",
          "space.factor", "100",
          "space.factor.upper", "100",
          "log.segment.bytes", "4KiB",
          "log.buffer.bytes", "4KiB");

  @Override
  public String specification() {
    return "JungleSwitch";
  }

  @Override
  public Trace record(long seed) {
    Random random = new Random(seed);
    List<TraceStep> steps = new ArrayList<>();
    TraceSink sink = steps::add;
    SimDisk disk = new SimDisk();
    TracedDisk traced = (TracedDisk) sink.over(disk);
    try (QuietExecutor background = new QuietExecutor()) {
      fill(traced, background);
      if (random.nextInt(4) > 0) {
        disk.stopAt(disk.steps() + 60 + random.nextInt(200));
      }
      new Life(traced, random).run(disk, background);
      background.await();
    }
    if (disk.isDead()) {
      try (QuietExecutor background = new QuietExecutor();
          Engine engine = open(disk.crash(AnyCrash.state(random)), background)) {
        traced.tell("found", engine.sequence(), "");
      }
    }
    return new Trace("jungle, seed " + seed, new JungleObserver(steps).events());
  }

  private static Engine open(Disk disk, QuietExecutor background) {
    return QuietProcess.open(STORE, OPTIONS, disk, background);
  }

  private static byte[] key(int number) {
    return new byte[] {(byte) ('a' + number)};
  }

  private static void fill(Disk disk, QuietExecutor background) {
    try (Engine engine = open(disk, background)) {
      for (int key = 0; key < KEYS; key++) {
        engine.put(key(key), new byte[VALUE_BYTES], Durability.WRITTEN);
      }
      engine.flush();
      engine.settle();
    }
    background.await();
  }

  /// The work of one process, from its opening of the filled store to a loss of power or its end.
  private static final class Life {
    private final TracedDisk disk;
    private final Random random;
    private final TreeMap<Long, Cursor> cursors = new TreeMap<>();
    private boolean changed;

    Life(TracedDisk disk, Random random) {
      this.disk = disk;
      this.random = random;
    }

    void run(SimDisk under, QuietExecutor background) {
      try (Engine engine = open(disk, background)) {
        background.await();
        disk.tell("begin", engine.sequence(), "");
        work(engine, background);
        disk.tell("end", 0, "");
      } catch (StorageException e) {
        if (!under.isDead()) {
          throw e;
        }
        // The power is lost; whoever opens the store next finds what is left.
      }
    }

    private void work(Engine engine, QuietExecutor background) {
      try {
        for (int i = 0; i < OPERATIONS; i++) {
          step(engine);
          background.await();
        }
      } finally {
        while (!cursors.isEmpty()) {
          closeCursor();
        }
      }
    }

    private void step(Engine engine) {
      int choice = random.nextInt(12);
      if (choice < 5) {
        changed = true;
        byte[] key = key(random.nextInt(KEYS));
        disk.tell("logged", engine.put(key, new byte[VALUE_BYTES], Durability.SYNCED), "");
      } else if (choice < 8 && changed) {
        changed = false;
        engine.flush();
        engine.settle();
      } else if (choice == 8 && !changed) {
        engine.compact(KeyRange.all());
      } else if (choice < 11 && !changed && cursors.size() < CURSORS_MAX) {
        if (!cursors.containsKey(engine.sequence())) {
          Cursor cursor = engine.cursor(KeyRange.all());
          cursors.put(engine.sequence(), cursor);
          disk.tell("cursor opened", engine.sequence(), "");
        }
      } else if (!cursors.isEmpty()) {
        closeCursor();
      }
    }

    private void closeCursor() {
      Map.Entry<Long, Cursor> cursor = cursors.pollFirstEntry();
      disk.tell("cursor closed", cursor.getKey(), "");
      cursor.getValue().close();
    }
  }

  @Override
  public List<Trace> altered(Trace trace) {
    List<Trace> copies = new ArrayList<>();
    int sync = trace.first(i -> trace.is(i, "SyncFile") && trace.leadsTo(i, Set.of("Name")));
    if (sync >= 0) {
      copies.add(trace.without(sync));
      copies.add(trace.swapped(sync));
    }
    int edit = trace.first(i -> i > 0 && trace.is(i, "Unlink") && trace.is(i - 1, "SyncEdit"));
    if (edit >= 0) {
      copies.add(trace.swapped(edit - 1));
    }
    int appended = trace.first(i -> trace.is(i, "AppendBatch"));
    if (appended >= 0) {
      long early = trace.events().get(appended).number() + 1;
      copies.add(trace.with(appended, Trace.Event.of("AppendBatch", early)));
    }
    int crash = trace.first(i -> trace.is(i, "Crash"));
    if (crash >= 0) {
      long other = trace.events().get(crash).number() + 1;
      copies.add(trace.with(crash, Trace.Event.of("Crash", other)));
    }
    return copies;
  }
}
