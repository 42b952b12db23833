package dev.plinth.spec;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.trace.TraceSink;
import dev.plinth.conformance.trace.TraceStep;
import dev.plinth.conformance.trace.TracedDisk;
import dev.plinth.spi.Durability;
import dev.plinth.spi.Engine;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// Traces of the leveled LSM tree, up to a crash and what is found after it.
final class LsmSource implements TraceSource {
  private static final Path STORE = Path.of("store");
  private static final int OPERATIONS = 40;
  private static final int VALUE_BYTES = 900;
  private static final Map<String, String> OPTIONS =
      Map.of(
          "engine", "lsm-leveled",
          "memtable.bytes", "8KiB",
          "table.bytes.max", "8KiB",
          "log.segment.bytes", "4KiB",
          "log.buffer.bytes", "4KiB");

  private final TraceSource likeTheKit = new WalFlushSource();

  @Override
  public String specification() {
    return "WalFlush";
  }

  @Override
  public Trace record(long seed) {
    Random random = new Random(seed);
    List<TraceStep> steps = new ArrayList<>();
    TraceSink sink = steps::add;
    SimDisk disk = new SimDisk();
    TracedDisk traced = (TracedDisk) sink.over(disk);
    if (random.nextInt(4) > 0) {
      disk.stopAt(150 + random.nextInt(250));
    }
    try (QuietExecutor background = new QuietExecutor()) {
      live(disk, traced, background, random);
      background.await();
    }
    traced.tell("crash", 0, "power");
    CrashState left =
        switch (random.nextInt(3)) {
          case 0 -> new CrashState.NothingUnsynced();
          case 1 -> new CrashState.Everything();
          default -> new CrashState.AnySubset(random.nextLong());
        };
    try (QuietExecutor background = new QuietExecutor();
        Engine engine = open(disk.crash(left), background)) {
      traced.tell("recovered", engine.sequence(), "");
    }
    return new Trace("lsm-leveled, seed " + seed, new WalFlushObserver(new Layout()).events(steps));
  }

  private static void live(
      SimDisk disk, TracedDisk traced, QuietExecutor background, Random random) {
    try (Engine engine = open(traced, background)) {
      traced.tell("recovered", 0, "");
      for (int i = 0; i < OPERATIONS; i++) {
        boolean synced = random.nextInt(4) == 0;
        Durability durability =
            synced
                ? Durability.SYNCED
                : random.nextBoolean() ? Durability.WRITTEN : Durability.BUFFERED;
        byte[] key = {(byte) random.nextInt(20)};
        long sequence = engine.put(key, new byte[VALUE_BYTES], durability);
        if (synced) {
          traced.tell("acknowledged", sequence, "");
        }
        if (random.nextInt(3) == 0) {
          background.await();
        }
      }
    } catch (StorageException e) {
      if (!disk.isDead()) {
        throw e;
      }
      // The power is lost; whoever opens the store next finds what is left.
    }
  }

  private static Engine open(Disk disk, QuietExecutor background) {
    return QuietProcess.open(STORE, OPTIONS, disk, background);
  }

  @Override
  public List<Trace> altered(Trace trace) {
    return likeTheKit.altered(trace);
  }

  /// Where the engine keeps what, as `docs/formats/lsm-manifest.md` draws it.
  private static final class Layout implements WalLayout {
    private static final int TABLE_NUMBERS = 12;

    @Override
    public boolean isLog(Path path) {
      return LogBytes.isSegment(path);
    }

    @Override
    public @Nullable Flush flush(byte[] edit) {
      ByteBuffer in = ByteBuffer.wrap(edit).order(ByteOrder.LITTLE_ENDIAN);
      in.get();
      in.getLong();
      long flushed = in.getLong();
      in.getLong();
      int groups = (int) in.getLong();
      in.position(in.position() + 16 * groups);
      List<String> tables = new ArrayList<>();
      for (long added = in.getLong(); added > 0; added--) {
        int begin = in.position();
        tables.add("%012d.table".formatted(in.getLong(begin + 16)));
        in.position(begin + TABLE_NUMBERS * Long.BYTES);
        skipKey(in);
        skipKey(in);
      }
      return flushed == 0 ? null : new Flush(flushed, tables);
    }

    private static void skipKey(ByteBuffer in) {
      int length = (int) in.getLong();
      in.position(in.position() + Math.max(0, length));
    }

    @Override
    public Map<String, Flush> flushedTables(List<TraceStep> steps) {
      Map<String, Flush> tables = new HashMap<>();
      for (TraceStep step : steps) {
        if (step instanceof TraceStep.Written(Path path, long offset, MemorySegment bytes)
            && isManifest(path)) {
          for (LogBytes.Logged record : LogBytes.records(offset, bytes)) {
            Flush flush = record.type() == 0 ? flush(record.bytes()) : null;
            if (flush != null) {
              flush.tables().forEach(table -> tables.put(table, flush));
            }
          }
        }
      }
      return tables;
    }

    @Override
    public boolean tellsFreezes() {
      return true;
    }
  }
}
