package dev.plinth.cli;

import dev.plinth.conformance.disk.CrashState;
import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.conformance.lab.Subject;
import dev.plinth.conformance.model.History;
import dev.plinth.conformance.model.Payload;
import dev.plinth.conformance.model.QuietExecutor;
import dev.plinth.conformance.model.Violation;
import dev.plinth.kit.log.LogListener;
import dev.plinth.kit.log.LogOptions;
import dev.plinth.kit.log.LogVisitor;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.spi.Durability;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A script of the bare log under way (clauses D1 to D7 and D12).
final class LogRun implements Subject.Run {
  static final Path FOLDER = History.STORE;
  private static final long STORE = 42;

  private final SplittableRandom random;
  private final int bodyBytesMax;
  private final LogOptions options;
  private final QuietExecutor background;
  private final BooleanSupplier tolerated;
  private final List<Step> steps = new ArrayList<>();
  private final LogHistory history = new LogHistory();
  private Disk disk;
  private @Nullable LogWriter log;
  private boolean failed;

  LogRun(
      long seed,
      int bodyBytesMax,
      LogOptions options,
      Disk disk,
      QuietExecutor background,
      BooleanSupplier tolerated) {
    this.random = new SplittableRandom(seed);
    this.bodyBytesMax = bodyBytesMax;
    this.options = options;
    this.disk = disk;
    this.background = background;
    this.tolerated = tolerated;
  }

  /// What a step does; `share` chooses a record among those that are there.
  private record Step(Kind kind, Payload body, Durability durability, double share) {}

  private enum Kind {
    OPEN,
    APPEND,
    SYNC,
    REQUEST_SYNC,
    DROP,
    TRUNCATE,
    REOPEN
  }

  void plan(int count) {
    for (int i = 0; i < count; i++) {
      int dice = random.nextInt(100);
      Kind kind =
          i == 0
              ? Kind.OPEN
              : dice < 74
                  ? Kind.APPEND
                  : dice < 79
                      ? Kind.SYNC
                      : dice < 83
                          ? Kind.REQUEST_SYNC
                          : dice < 89 ? Kind.DROP : dice < 95 ? Kind.TRUNCATE : Kind.REOPEN;
      int length = random.nextInt(8) == 0 ? random.nextInt(bodyBytesMax) : random.nextInt(120);
      Durability durability = Durability.values()[random.nextInt(3)];
      steps.add(new Step(kind, new Payload(i, length), durability, random.nextDouble()));
    }
  }

  @Override
  public int steps() {
    return steps.size();
  }

  @Override
  public String describe(int step) {
    return steps.get(step).toString();
  }

  @Override
  public void step(int index) {
    if (failed) {
      return;
    }
    Step step = steps.get(index);
    try {
      if (step.kind() == Kind.OPEN) {
        open(0);
      } else {
        perform(open(), step);
      }
      background.await();
    } catch (StorageException e) {
      failed = true;
      if (!tolerated.getAsBoolean() || e instanceof StorageException.Corrupt) {
        throw new Violation("SPI", step + " failed: " + e, e);
      }
    }
  }

  private LogWriter open() {
    LogWriter now = log;
    if (now == null) {
      throw new IllegalStateException("the log is not open");
    }
    return now;
  }

  private void perform(LogWriter now, Step step) {
    switch (step.kind()) {
      case OPEN -> throw new IllegalStateException();
      case APPEND -> append(now, step);
      case SYNC -> {
        now.sync();
        history.allSynced();
      }
      case REQUEST_SYNC -> now.requestSync();
      case DROP -> drop(now, step.share());
      case TRUNCATE -> truncate(now, step.share());
      case REOPEN -> {
        now.close();
        history.allSynced();
        open(history.mark().submitted());
      }
    }
  }

  private void append(LogWriter now, Step step) {
    byte[] body = step.body().bytes();
    int type = (int) (step.body().id() % 5);
    LogHistory.Append event = history.append(step.body());
    long position =
        now.append(
            step.durability(),
            type,
            step.body().id(),
            body.length,
            MemorySegment.ofArray(body),
            0,
            body.length);
    history.place(event, position);
    if (step.durability() == Durability.SYNCED) {
      history.allSynced();
    } else if (step.durability() == Durability.WRITTEN) {
      history.allWritten();
    }
    Found found = new Found();
    now.read(position, found);
    if (!found.bodies.equals(List.of(step.body()))) {
      throw new Violation("D6", "a record just appended reads back as " + found.bodies);
    }
  }

  private void drop(LogWriter now, double share) {
    List<LogHistory.Append> live = history.live();
    if (!live.isEmpty()) {
      long position = live.get((int) (share * live.size())).position();
      history.dropBefore(position);
      now.dropBefore(position);
    }
  }

  private void truncate(LogWriter now, double share) {
    List<LogHistory.Append> live = history.live();
    int index = (int) (share * (live.size() + 1)) - 1;
    long position = index < 0 ? 0 : live.get(index).position();
    history.truncate(position);
    now.truncateAfter(position);
    history.allSynced();
  }

  /// Opens and compares.
  ///
  /// @param least how many events must be there
  private void open(int least) {
    Found found = new Found();
    log = open(disk, history.from(), found);
    LogHistory.Mark mark = history.mark();
    int count = history.recognise(found.bodies, least, mark.submitted(), mark.from());
    history.rebase(count, found.positions);
  }

  private LogWriter open(Disk on, long from, Found found) {
    on.createDirectories(FOLDER);
    on.syncDirectory(FOLDER.resolveSibling("."));
    return LogWriter.open(on, FOLDER, STORE, options, background, from, 0, LogListener.NONE, found);
  }

  /// Goes on from what a crash left.
  void recover(SimDisk left) {
    LogHistory.Mark mark = history.mark();
    close();
    disk = left;
    open(mark.synced());
  }

  @Override
  public Object mark() {
    return history.mark();
  }

  @Override
  public Object weakened(Object early, Object late) {
    LogHistory.Mark first = (LogHistory.Mark) early;
    LogHistory.Mark last = (LogHistory.Mark) late;
    return new LogHistory.Mark(first.synced(), first.written(), last.submitted(), last.from());
  }

  @Override
  public void check(Object mark, Disk found, boolean powerLost, long probe) {
    LogHistory.Mark promise = (LogHistory.Mark) mark;
    int least = powerLost ? promise.synced() : promise.written();
    Found seen = new Found();
    LogWriter opened = open(found, promise.from(), seen);
    boolean crashing = probe % 3 == 1 && found instanceof SimDisk;
    try {
      history.recognise(seen.bodies, least, promise.submitted(), promise.from());
      readBack(opened, seen);
      if (probe % 3 == 0) {
        Payload more = new Payload(-3, 33);
        opened.append(Durability.SYNCED, 1, 3, 3, MemorySegment.ofArray(more.bytes()), 0, 33);
      }
      if (crashing) {
        ((SimDisk) found).kill("power was lost after recovery");
      }
    } finally {
      close(opened, crashing);
    }
    if (crashing) {
      Found again = new Found();
      SimDisk after = ((SimDisk) found).crash(new CrashState.NothingUnsynced());
      LogWriter reopened = open(after, promise.from(), again);
      close(reopened, false);
      if (!again.bodies.equals(seen.bodies)) {
        throw new Violation("D5", "what recovery showed was lost by the next crash");
      }
    }
  }

  private static void readBack(LogWriter opened, Found seen) {
    for (int i = 0; i < seen.bodies.size(); i++) {
      Found one = new Found();
      opened.read(seen.positions.get(i), one);
      if (!one.bodies.equals(seen.bodies.subList(i, i + 1))) {
        throw new Violation("D6", "the record at " + seen.positions.get(i) + " reads differently");
      }
    }
  }

  private void close(LogWriter opened, boolean dead) {
    try {
      opened.close();
    } catch (StorageException e) {
      if (!dead) {
        throw e;
      }
    }
    background.await();
  }

  @Override
  public void finish() {
    LogWriter now = log;
    log = null;
    if (now == null) {
      return;
    }
    try {
      now.close();
      if (!failed) {
        history.allSynced();
      }
    } catch (StorageException e) {
      if (!tolerated.getAsBoolean()) {
        throw new Violation("SPI", "close() failed: " + e, e);
      }
    }
    background.await();
  }

  @Override
  public void close() {
    LogWriter now = log;
    log = null;
    if (now != null) {
      close(now, true);
    }
  }

  /// Collects the records that a log shows.
  private static final class Found implements LogVisitor {
    private final List<Payload> bodies = new ArrayList<>();
    private final List<Long> positions = new ArrayList<>();

    @Override
    public void record(
        int type,
        long position,
        long first,
        long second,
        MemorySegment segment,
        long offset,
        int length) {
      byte[] bytes = segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
      Payload body = new Payload(first, length);
      if (second != length || type != first % 5 || !Arrays.equals(bytes, body.bytes())) {
        throw new Violation("D2", "the record at " + position + " was never appended");
      }
      bodies.add(body);
      positions.add(position);
    }

    @Override
    public void truncated(long position) {
      while (!positions.isEmpty() && positions.getLast() > position) {
        positions.removeLast();
        bodies.removeLast();
      }
    }
  }
}
