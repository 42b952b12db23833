package dev.plinth.spec;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.trace.TraceSink;
import dev.plinth.conformance.trace.TraceStep;
import dev.plinth.conformance.trace.TracedDisk;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.Snapshot;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/// Traces of the B-tree: changes of leaves, commits, readers, up to a crash and what is found after
/// it. The tree is filled first and keeps its leaves: values change, their lengths do not.
final class BtreeSource implements TraceSource {
  private static final Path STORE = Path.of("store");
  private static final int KEYS = 12;
  private static final int OPERATIONS = 60;
  private static final int PAGE_BYTES = 1 << 10;
  private static final int READERS_MAX = 2;
  private static final int VALUE_BYTES = 150;
  private static final Map<String, String> OPTIONS =
      Map.of(
          "engine", "btree",
          "wal", "off",
          "page.bytes", String.valueOf(PAGE_BYTES),
          "cache.bytes", "64KiB",
          "dirty.bytes.max", "1MiB");

  @Override
  public String specification() {
    return "BtreeMeta";
  }

  @Override
  public Trace record(long seed) {
    Random random = new Random(seed);
    List<TraceStep> steps = new ArrayList<>();
    TraceSink sink = steps::add;
    SimDisk disk = new SimDisk();
    TracedDisk traced = (TracedDisk) sink.over(disk);
    List<Long> sequences = new ArrayList<>();
    try (QuietExecutor background = new QuietExecutor()) {
      fill(traced, background);
      if (random.nextInt(4) > 0) {
        disk.stopAt(disk.steps() + 20 + random.nextInt(60));
      }
      boolean ended = new Life(traced, sequences, random).run(disk, background);
      background.await();
      if (!ended) {
        find(disk.crash(AnyCrash.state(random)), traced, sequences);
      }
    }
    return new Trace("btree, seed " + seed, new BtreeObserver(PAGE_BYTES).events(steps));
  }

  private static Engine open(Disk disk, QuietExecutor background) {
    return QuietProcess.open(STORE, OPTIONS, disk, background);
  }

  private static void fill(Disk disk, QuietExecutor background) {
    try (Engine engine = open(disk, background)) {
      for (int key = 0; key < KEYS; key++) {
        engine.put(key(key), value(0), Durability.WRITTEN);
      }
      engine.flush();
    }
    background.await();
  }

  static byte[] key(int number) {
    return "key-%02d".formatted(number).getBytes(StandardCharsets.US_ASCII);
  }

  /// A value that tells of which commit it is.
  private static byte[] value(long commit) {
    byte[] value = new byte[VALUE_BYTES];
    ByteBuffer.wrap(value).putLong(commit);
    return value;
  }

  /// The work of one process, from its opening of the filled tree to a loss of power or its end.
  private static final class Life {
    private final TracedDisk disk;
    private final List<Long> sequences;
    private final Random random;
    private final TreeMap<Long, Snapshot> readers = new TreeMap<>();
    private boolean changed;

    /// @param sequences given the sequence number of every commit
    Life(TracedDisk disk, List<Long> sequences, Random random) {
      this.disk = disk;
      this.sequences = sequences;
      this.random = random;
    }

    /// @return whether it came to its end
    boolean run(SimDisk under, QuietExecutor background) {
      boolean ended = false;
      try (Engine engine = open(disk, background)) {
        sequences.add(engine.sequence());
        disk.tell("begin", 0, "");
        work(engine, background);
        disk.tell("end", 0, "");
        ended = true;
      } catch (StorageException e) {
        if (!under.isDead()) {
          throw e;
        }
        // The power is lost; whoever opens the tree next finds what is left.
      }
      return ended;
    }

    private void work(Engine engine, QuietExecutor background) {
      try {
        for (int i = 0; i < OPERATIONS; i++) {
          step(engine);
          background.await();
        }
      } finally {
        readers.values().forEach(Snapshot::close);
      }
    }

    private long commit() {
      return sequences.size() - 1L;
    }

    private void step(Engine engine) {
      int choice = random.nextInt(12);
      if (choice < 6) {
        changed = true;
        engine.put(key(random.nextInt(KEYS)), value(commit() + 1), Durability.WRITTEN);
      } else if (choice < 9 && changed) {
        changed = false;
        sequences.add(engine.sequence());
        engine.flush();
        disk.tell("acknowledged", commit(), "");
      } else if (choice < 11 && !changed && readers.size() < READERS_MAX) {
        if (!readers.containsKey(commit())) {
          readers.put(commit(), engine.snapshot());
          disk.tell("reading", commit(), "");
        }
      } else if (!readers.isEmpty()) {
        Map.Entry<Long, Snapshot> reader = readers.pollFirstEntry();
        disk.tell("read", reader.getKey(), "");
        reader.getValue().close();
      }
    }
  }

  /// Opens what the crash has left; tells its commit, and of which commit each value is.
  private static void find(Disk disk, TracedDisk traced, List<Long> sequences) {
    try (QuietExecutor background = new QuietExecutor();
        Engine engine = open(disk, background)) {
      List<String> commits = new ArrayList<>();
      for (int key = 0; key < KEYS; key++) {
        byte[] value = engine.get(key(key));
        if (value == null) {
          throw new IllegalStateException("key " + key + " is gone");
        }
        commits.add(String.valueOf(ByteBuffer.wrap(value).getLong()));
      }
      int commit = sequences.indexOf(engine.sequence());
      if (commit < 0) {
        throw new IllegalStateException(
            "found sequence " + engine.sequence() + ", but commits ended at " + sequences);
      }
      traced.tell("found", commit, String.join(" ", commits));
    }
  }

  @Override
  public List<Trace> altered(Trace trace) {
    List<Trace> copies = new ArrayList<>();
    int sync = trace.first(i -> trace.is(i, "SyncPages"));
    if (sync >= 0 && trace.is(sync + 1, "WriteMeta")) {
      copies.add(trace.without(sync));
      copies.add(trace.swapped(sync));
    }
    int written = trace.first(i -> i > 0 && trace.is(i, "Acknowledge"));
    if (written >= 0) {
      copies.add(trace.swapped(written - 1));
    }
    int change = trace.first(i -> trace.is(i, "Change"));
    if (change >= 0) {
      Trace.Event event = trace.events().get(change);
      String inPlace = event.fields().replaceFirst("p \\|-> \\d+", "p |-> 1");
      copies.add(trace.with(change, new Trace.Event("Change", -1, inPlace)));
    }
    int crash = trace.first(i -> trace.is(i, "Crash"));
    if (crash >= 0) {
      Trace.Event event = trace.events().get(crash);
      String other = event.fields().replaceFirst("<<\\d+", "<<99");
      copies.add(trace.with(crash, new Trace.Event("Crash", event.number(), other)));
    }
    return copies;
  }
}
