package dev.plinth.spec;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.trace.TraceSink;
import dev.plinth.conformance.trace.TraceStep;
import dev.plinth.conformance.trace.TracedDisk;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/// Traces of the engine Bitcask with merges, up to a crash and what is found after it.
final class BitcaskSource implements TraceSource {
  /// The keys, by the names that the specification gives them.
  static final List<String> KEYS = List.of("a", "b", "c");

  private static final Path STORE = Path.of("store");
  private static final int OPERATIONS = 26;
  private static final int VALUE_BYTES = 900;
  private static final Map<String, String> OPTIONS =
      Map.of(
          "engine", "bitcask",
          "file.bytes.max", "4KiB",
          "chunk.bytes", "4KiB",
          "write.buffer.bytes", "0",
          "reserve.bytes", "0",
          "merge", "off");

  @Override
  public String specification() {
    return "BitcaskMerge";
  }

  @Override
  public Trace record(long seed) {
    Random random = new Random(seed);
    List<TraceStep> steps = new ArrayList<>();
    TraceSink sink = steps::add;
    SimDisk disk = new SimDisk();
    TracedDisk traced = (TracedDisk) sink.over(disk);
    if (random.nextInt(4) > 0) {
      disk.stopAt(120 + random.nextInt(160));
    }
    try (QuietExecutor background = new QuietExecutor()) {
      live(disk, traced, background, random);
      background.await();
    }
    traced.tell("crash", 0, "");
    find(disk.crash(AnyCrash.state(random)), traced);
    return new Trace("bitcask, seed " + seed, new BitcaskObserver(steps).events());
  }

  private static void live(
      SimDisk disk, TracedDisk traced, QuietExecutor background, Random random) {
    try (Engine engine = open(traced, background)) {
      for (int i = 0; i < OPERATIONS; i++) {
        step(engine, traced, random);
        background.await();
      }
    } catch (StorageException e) {
      if (!disk.isDead()) {
        throw e;
      }
      // The power is lost; whatever comes next finds what is left.
    }
  }

  private static void step(Engine engine, TracedDisk disk, Random random) {
    int choice = random.nextInt(12);
    byte[] key = key(KEYS.get(random.nextInt(KEYS.size())));
    Durability durability = random.nextInt(4) == 0 ? Durability.SYNCED : Durability.WRITTEN;
    if (choice == 11) {
      engine.compact(KeyRange.all());
      return;
    }
    long sequence;
    if (choice < 8) {
      sequence = engine.put(key, value(engine.sequence() + 1), durability);
    } else {
      sequence = engine.delete(key, durability);
    }
    if (durability == Durability.SYNCED) {
      disk.tell("durable", sequence, "");
    }
  }

  /// Puts or deletes a key; the value tells which write it is of.
  static void write(Engine engine, String name, boolean delete) {
    if (delete) {
      engine.delete(key(name), Durability.WRITTEN);
    } else {
      engine.put(key(name), value(engine.sequence() + 1), Durability.WRITTEN);
    }
  }

  private static byte[] value(long write) {
    byte[] value = new byte[VALUE_BYTES];
    ByteBuffer.wrap(value).putLong(write);
    return value;
  }

  private static byte[] key(String name) {
    return name.getBytes(StandardCharsets.US_ASCII);
  }

  /// Opens the store.
  static Engine open(Disk disk, QuietExecutor background) {
    return QuietProcess.open(STORE, OPTIONS, disk, background);
  }

  /// Opens what the crash has left and tells which write each key shows.
  static void find(Disk disk, TracedDisk traced) {
    try (QuietExecutor background = new QuietExecutor();
        Engine engine = open(disk, background)) {
      List<String> shown = new ArrayList<>();
      for (String name : KEYS) {
        byte[] value = engine.get(key(name));
        long write = value == null ? 0 : ByteBuffer.wrap(value).getLong();
        shown.add(name + " |-> " + write);
      }
      String found = "found |-> [" + String.join(", ", shown) + "]";
      traced.tell("found", engine.sequence(), found);
    }
  }

  @Override
  public List<Trace> altered(Trace trace) {
    List<Trace> copies = new ArrayList<>();
    int sync = trace.first(i -> trace.is(i, "Sync") && isNeeded(trace, i));
    if (sync >= 0) {
      copies.add(trace.without(sync));
    }
    int output = trace.first(i -> trace.is(i, "SyncOutput") && trace.leadsTo(i, Set.of("Install")));
    if (output >= 0) {
      copies.add(trace.without(output));
    }
    int unlink = trace.first(i -> i > 0 && trace.is(i, "Unlink") && trace.is(i - 1, "SyncEdit"));
    if (unlink >= 0) {
      copies.add(trace.swapped(unlink - 1));
    }
    int crash = trace.first(i -> trace.is(i, "Crash"));
    if (crash >= 0) {
      Trace.Event event = trace.events().get(crash);
      String other = event.fields().replaceFirst("a \\|-> \\d+", "a |-> 999");
      copies.add(trace.with(crash, new Trace.Event("Crash", event.number(), other)));
    }
    return copies;
  }

  private static boolean isNeeded(Trace trace, int sync) {
    if (sync + 1 >= trace.events().size() || !trace.is(sync + 1, "Durable")) {
      return false;
    }
    long durable = trace.events().get(sync + 1).number();
    return trace.events().subList(0, sync).stream()
        .noneMatch(event -> event.name().equals("Sync") && event.number() >= durable);
  }
}
