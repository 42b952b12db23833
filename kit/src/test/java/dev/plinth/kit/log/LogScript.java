package dev.plinth.kit.log;

import dev.plinth.spi.Durability;
import dev.plinth.spi.disk.Disk;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// A seeded script on a bare log, with an oracle that says what may be found after a crash: the
/// records of a prefix of what was done, with everything acknowledged as durable.
final class LogScript {
  static final Path FOLDER = Path.of("/log");
  static final long STORE = 0x0123_4567_89ab_cdefL;

  /// What the script does. Numbers of records count from 0 in the order of appends.
  sealed interface Step {
    record Append(int length, Durability durability) implements Step {}

    record Sync() implements Step {}

    /// Gives up the records before one of the live ones: `share` of them, 0 to 1.
    record Drop(double share) implements Step {}

    record Truncate(double share) implements Step {}

    record Reopen() implements Step {}
  }

  /// What was promised at a moment.
  ///
  /// @param events all that was begun: a number of a record, or -1 - the last one kept, or
  ///   `KEEP_NONE`
  /// @param synced how many of them survive a power failure
  /// @param written how many of them survive the end of the process
  /// @param first records below were given up
  /// @param from its position
  record Mark(List<Integer> events, int synced, int written, int first, long from) {}

  static final int KEEP_NONE = Integer.MIN_VALUE;

  private final long seed;
  private final LogOptions options;
  private final @Nullable Executor background;
  private final Disk disk;
  private final List<Step> steps = new ArrayList<>();
  private final List<Integer> events = new ArrayList<>();
  private final Map<Integer, Long> positions = new TreeMap<>();
  private @Nullable LogWriter log;
  private int records;
  private int first;
  private long from;
  private volatile Mark mark = new Mark(List.of(), 0, 0, 0, 0);

  LogScript(long seed, int length, LogOptions options, @Nullable Executor background, Disk disk) {
    this.seed = seed;
    this.options = options;
    this.background = background;
    this.disk = disk;
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < length; i++) {
      steps.add(step(random));
    }
  }

  private static Step step(SplittableRandom random) {
    int choice = random.nextInt(100);
    if (choice < 78) {
      int size = random.nextInt(10);
      int length = size == 0 ? 4000 + random.nextInt(5000) : random.nextInt(size < 4 ? 40 : 900);
      int level = random.nextInt(10);
      Durability durability =
          level < 3 ? Durability.BUFFERED : level < 6 ? Durability.WRITTEN : Durability.SYNCED;
      return new Step.Append(length, durability);
    }
    if (choice < 82) {
      return new Step.Sync();
    }
    if (choice < 88) {
      return new Step.Drop(random.nextDouble());
    }
    if (choice < 94) {
      return new Step.Truncate(random.nextDouble());
    }
    return new Step.Reopen();
  }

  List<Step> steps() {
    return steps;
  }

  Mark mark() {
    return mark;
  }

  /// The log; open after [#open].
  LogWriter log() {
    if (log == null) {
      throw new IllegalStateException("not open");
    }
    return log;
  }

  void open() {
    Entry.Collector found = new Entry.Collector();
    log = open(disk, from, found);
    List<Entry> expected = entries(state(events, first, events.size()));
    if (!expected.equals(found.entries)) {
      throw new AssertionError(
          "after an ordinary close: " + summary(expected) + " became " + summary(found.entries));
    }
  }

  private LogWriter open(Disk on, long start, Entry.Collector found) {
    return LogWriter.open(
        on, FOLDER, STORE, options, background, start, 0, LogListener.NONE, found);
  }

  void run(int index) {
    switch (steps.get(index)) {
      case Step.Append append -> append(append);
      case Step.Sync _ -> {
        log().sync();
        promise(events.size(), events.size());
      }
      case Step.Drop drop -> drop(drop);
      case Step.Truncate truncate -> truncate(truncate);
      case Step.Reopen _ -> {
        log().close();
        promise(events.size(), events.size());
        open();
      }
    }
  }

  private void append(Step.Append append) {
    int number = records++;
    events.add(number);
    promise(mark.synced, mark.written);
    Entry entry = entry(number, append.length);
    long position =
        log()
            .append(
                append.durability,
                entry.type(),
                entry.first(),
                entry.second(),
                entry.segment(),
                0,
                entry.body().length());
    positions.put(number, position);
    int all = events.size();
    promise(
        append.durability == Durability.SYNCED ? all : mark.synced,
        append.durability == Durability.BUFFERED ? mark.written : all);
  }

  private void drop(Step.Drop drop) {
    List<Integer> live = state(events, first, events.size());
    if (!live.isEmpty()) {
      first = live.get((int) (drop.share * live.size()));
      from = positions.get(first);
      promise(mark.synced, mark.written);
      log().dropBefore(from);
    }
  }

  private void truncate(Step.Truncate truncate) {
    List<Integer> live = state(events, first, events.size());
    int index = (int) (truncate.share * (live.size() + 1)) - 1;
    int keep = index < 0 ? KEEP_NONE : live.get(index);
    events.add(keep == KEEP_NONE ? KEEP_NONE : -1 - keep);
    promise(mark.synced, mark.written);
    log().truncateAfter(keep == KEEP_NONE ? 0 : positions.get(keep));
    promise(events.size(), events.size());
  }

  private void promise(int synced, int written) {
    mark = new Mark(List.copyOf(events), synced, Math.max(synced, written), first, from);
  }

  void close() {
    log().close();
    promise(events.size(), events.size());
  }

  Entry entry(int number, int length) {
    return Entry.numbered(number + (seed & 0xff) * 1000, length);
  }

  private List<Entry> entries(List<Integer> numbers) {
    List<Step.Append> appends = new ArrayList<>();
    for (Step step : steps) {
      if (step instanceof Step.Append append) {
        appends.add(append);
      }
    }
    return numbers.stream().map(n -> entry(n, appends.get(n).length)).toList();
  }

  /// The records that are there after some of the events.
  private static List<Integer> state(List<Integer> events, int first, int count) {
    List<Integer> live = new ArrayList<>();
    for (int event : events.subList(0, count)) {
      if (event >= 0) {
        live.add(event);
      } else {
        int keep = event == KEEP_NONE ? -1 : -1 - event;
        live.removeIf(number -> number > keep);
      }
    }
    live.removeIf(number -> number < first);
    return live;
  }

  /// Opens what is found on a disk and checks it.
  ///
  /// @param powerLost whether only what was synced had to survive
  /// @param whole whether to look at what was given up and may still be there
  /// @return how many of the events survived
  int check(Mark promised, Disk found, boolean powerLost, boolean whole) {
    Entry.Collector seen = new Entry.Collector();
    LogWriter opened = open(found, whole ? 0 : promised.from, seen);
    int count = survivors(promised, seen.entries, powerLost, whole);
    for (int i = 0; i < seen.entries.size(); i++) {
      Entry.Collector one = new Entry.Collector();
      opened.read(seen.positions.get(i), one);
      if (!one.entries.equals(seen.entries.subList(i, i + 1))) {
        throw new AssertionError("record " + i + " reads back differently");
      }
    }
    return count;
  }

  /// How many of the events give what was found.
  int survivors(Mark promised, List<Entry> seen, boolean powerLost, boolean whole) {
    int least = powerLost ? promised.synced : promised.written;
    for (int count = promised.events.size(); count >= least; count--) {
      List<Entry> needed = entries(state(promised.events, promised.first, count));
      if (!whole && needed.equals(seen)) {
        return count;
      }
      List<Entry> all = entries(state(promised.events, 0, count));
      if (whole
          && seen.size() >= needed.size()
          && seen.size() <= all.size()
          && seen.equals(all.subList(all.size() - seen.size(), all.size()))) {
        return count;
      }
    }
    throw new AssertionError(
        "found "
            + summary(seen)
            + ", promised at least "
            + summary(entries(state(promised.events, promised.first, least)))
            + " and at most "
            + summary(entries(state(promised.events, promised.first, promised.events.size()))));
  }

  private static String summary(List<Entry> entries) {
    return entries.size() + " records " + entries.stream().map(Entry::first).toList();
  }
}
