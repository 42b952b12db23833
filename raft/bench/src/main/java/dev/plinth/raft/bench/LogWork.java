package dev.plinth.raft.bench;

import dev.plinth.bench.cell.StoreFiles;
import dev.plinth.bench.machine.DirectorySize;
import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.EntryTypes;
import dev.plinth.raft.store.GroupedLog;
import dev.plinth.raft.store.GroupedLogs;
import dev.plinth.raft.store.RaftLogStats;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.ByteLedger;
import dev.plinth.spi.EngineEnvironment;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The workloads of Raft logs.
final class LogWork {
  private static final long TERM = 3;
  private static final int COMPACT_EVERY_BATCHES = 256;
  private static final long TAIL_ENTRIES = 50_000;
  private static final int READ_BYTES = 256 << 10;
  private static final int IDLE_SHARE = 10;

  private final RaftCell cell;
  private final Payloads payloads;
  private final Path directory;

  LogWork(RaftCell cell) {
    this.cell = cell;
    this.payloads = new Payloads(cell.entryBytes(), cell.seed());
    this.directory = Path.of(cell.directory());
  }

  Measured run() throws InterruptedException {
    warmUp();
    Measured measured = new Measured();
    try (GroupedLog log = open(directory)) {
      fillIdleGroups(log);
      append(log, measured);
      if (cell.kind() == RaftCell.Kind.RAFTLOG) {
        readTail(log.group(1), measured);
        truncate(log, log.group(1), measured);
      }
    }
    restart(measured);
    return measured;
  }

  private GroupedLog open(Path path) {
    return GroupedLogs.open(cell.store(), path, cell.options(), EngineEnvironment.standard());
  }

  /// A tenth of the work on a log that is thrown away.
  private void warmUp() throws InterruptedException {
    Path scratch = directory.resolveSibling(directory.getFileName() + "-warm-up");
    RaftCell small = cell.at(scratch, Math.min(100_000, cell.entries() / 4));
    try (GroupedLog log = open(scratch)) {
      new LogWork(small).append(log, new Measured());
    }
    StoreFiles.delete(scratch);
    Settling.after(scratch, cell.entries());
  }

  private boolean hasIdleGroups() {
    return cell.kind() == RaftCell.Kind.RAFTLAG;
  }

  private long idleEntries() {
    return hasIdleGroups() ? cell.entries() / IDLE_SHARE : 0;
  }

  /// Gives all groups but the first a part of the entries, once.
  private void fillIdleGroups(GroupedLog log) {
    EntryBatch batch = new EntryBatch();
    long left = idleEntries();
    for (int group = 2; left > 0; group = group % cell.groups() + 1) {
      if (group > 1) {
        RaftLogStore idle = log.group(group);
        int count = (int) Math.min(cell.batch(), left);
        fill(batch, idle.lastIndex() + 1, count);
        idle.append(batch);
        left -= count;
      }
    }
    log.sync();
  }

  /// The timed phase.
  private void append(GroupedLog log, Measured measured) throws InterruptedException {
    RaftLogStats before = log.stats();
    ProcessIo io = ProcessIo.now();
    Half half = new Half(log);
    List<Appender> appenders = new ArrayList<>();
    for (int i = 0; i < cell.threads(); i++) {
      appenders.add(new Appender(log, i, i == 0 ? half : new Half(log)));
    }
    long start = System.nanoTime();
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    List<Thread> threads =
        appenders.stream()
            .map(
                appender ->
                    Thread.ofPlatform().name("raft-bench").start(() -> appender.runInto(failure)))
            .toList();
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure.get() != null) {
      throw new IllegalStateException(failure.get());
    }
    long end = System.nanoTime();
    measured.nanos = end - start;
    measured.io = ProcessIo.now().since(io);
    RaftLogStats after = log.stats();
    measured.ledger = after.ledger().since(before.ledger());
    // Every batch is synced: none means that the store does not count.
    if (after.syncs() > before.syncs()) {
      measured.details.put("log.syncs", after.syncs() - before.syncs());
    }
    if (after.syncNanos() > before.syncNanos()) {
      measured.micros("log.sync.micros", after.syncNanos() - before.syncNanos());
    }
    for (Appender appender : appenders) {
      measured.operations += appender.appended;
      measured.latency.add(appender.latency.latency);
    }
    measured.userBytes = measured.operations * cell.entryBytes();
    if (appenders.size() == 1) {
      half.report(measured, end);
    }
    measured.diskBytes = DirectorySize.bytes(directory);
    int writing = hasIdleGroups() ? 1 : cell.groups();
    long live = cell.kept() == 0 ? measured.operations : cell.kept() * writing;
    measured.liveBytes = (Math.min(live, measured.operations) + idleEntries()) * cell.entryBytes();
    if (hasIdleGroups()) {
      measured.diskBytesMax = appenders.getFirst().diskBytesMax;
      measured.details.put("moved.bytes", after.movedBytes());
    }
  }

  /// What is counted from the middle of the appends on, when segments are recycled that were made
  /// in the first half.
  private final class Half {
    private final GroupedLog log;
    private long entries;
    private long start;
    private ByteLedger ledger = ByteLedger.EMPTY;
    private ProcessIo io = ProcessIo.NONE;

    Half(GroupedLog log) {
      this.log = log;
    }

    void begin(long appended) {
      entries = appended;
      ledger = log.stats().ledger();
      io = ProcessIo.now();
      start = System.nanoTime();
    }

    /// @param end when the last append had ended
    void report(Measured measured, long end) {
      measured.micros("second.half.micros", end - start);
      measured.perSecond("second.half.entries.per.second", cell.entries() - entries, end - start);
      measured.details.put("second.half.entries", cell.entries() - entries);
      if (io.writeBytes() >= 0) {
        measured.details.put("second.half.os.write.bytes", ProcessIo.now().since(io).writeBytes());
      }
      measured.details.put(
          "second.half.user.bytes", (cell.entries() - entries) * cell.entryBytes());
      ByteLedger second = log.stats().ledger().since(ledger);
      if (second.total() > 0) {
        long ahead = second.bytes(ByteCause.PREALLOCATION);
        measured.details.put("second.half.bytes", second.total() - ahead);
        measured.details.put("second.half.preallocation.bytes", ahead);
      }
    }
  }

  /// Appends to every `threads`-th group in turn.
  private final class Appender {
    private final List<RaftLogStore> groups = new ArrayList<>();
    private final EntryBatch batch = new EntryBatch();
    private final Measured latency = new Measured();
    private final long share;
    private final Half half;
    private boolean halfSeen;
    private long diskBytesMax;
    private long appended;

    Appender(GroupedLog log, int number, Half half) {
      this.half = half;
      share =
          cell.entries() * (number + 1) / cell.threads() - cell.entries() * number / cell.threads();
      int writing = hasIdleGroups() ? 1 : cell.groups();
      for (int group = number; group < writing; group += cell.threads()) {
        groups.add(log.group(1 + group));
      }
    }

    void runInto(AtomicReference<@Nullable Throwable> failure) {
      try {
        int turn = 0;
        int sinceCompaction = 0;
        while (appended < share) {
          turn = step(turn);
          sinceCompaction += cell.burst();
          if (cell.kept() > 0 && sinceCompaction >= COMPACT_EVERY_BATCHES) {
            groups.forEach(group -> group.compactPrefix(group.lastIndex() - cell.kept() + 1));
            sinceCompaction = 0;
            if (hasIdleGroups()) {
              diskBytesMax = Math.max(diskBytesMax, DirectorySize.bytes(directory));
            }
          }
          if (!halfSeen && appended >= share / 2) {
            halfSeen = true;
            half.begin(appended);
          }
        }
      } catch (Throwable e) {
        failure.compareAndSet(null, e);
      }
    }

    /// Appends a batch to each of the next groups, and waits until all of them are durable.
    ///
    /// @return whose turn it is next
    private int step(int turn) {
      long start = System.nanoTime();
      int groupCount = Math.min(cell.burst(), groups.size());
      for (int i = 0; i < groupCount && appended < share; i++) {
        RaftLogStore group = groups.get((turn + i) % groups.size());
        int count = (int) Math.min(cell.batch(), share - appended);
        fill(batch, group.lastIndex() + 1, count);
        start = groupCount == 1 ? System.nanoTime() : start;
        group.append(batch);
        appended += count;
      }
      for (int i = 0; i < groupCount; i++) {
        RaftLogStore group = groups.get((turn + i) % groups.size());
        group.sync(group.lastIndex());
      }
      latency.time(System.nanoTime() - start);
      return (turn + groupCount) % groups.size();
    }
  }

  private void fill(EntryBatch batch, long from, int count) {
    batch.clear();
    for (long index = from; index < from + count; index++) {
      batch.add(
          index,
          TERM,
          EntryTypes.DATA,
          0,
          payloads.segment(),
          payloads.offset(index),
          payloads.length());
    }
  }

  private void readTail(RaftLogStore group, Measured measured) {
    long last = group.lastIndex();
    long from = Math.max(group.firstIndex(), last - TAIL_ENTRIES + 1);
    long start = System.nanoTime();
    long next = from;
    while (next <= last) {
      next += group.read(next, last, READ_BYTES, this::check);
    }
    measured.perSecond("read.tail.entries.per.second", last - from + 1, System.nanoTime() - start);
  }

  private void check(
      long index,
      long term,
      int type,
      long timestamp,
      MemorySegment segment,
      long offset,
      int length) {
    if (term != TERM || !payloads.matches(index, segment, offset, length)) {
      throw new IllegalStateException("entry " + index + " is not what was appended");
    }
  }

  /// Cuts 1 % off, as a follower does that was wrong about its leader, and appends it again.
  private void truncate(GroupedLog log, RaftLogStore group, Measured measured) {
    long last = group.lastIndex();
    long cut = Math.max(1, (last - group.firstIndex() + 1) / 100);
    long start = System.nanoTime();
    group.truncateSuffix(last - cut);
    measured.micros("truncate.suffix.micros", System.nanoTime() - start);
    EntryBatch batch = new EntryBatch();
    while (group.lastIndex() < last) {
      long from = group.lastIndex() + 1;
      fill(batch, from, (int) Math.min(cell.batch(), last - from + 1));
      group.append(batch);
    }
    group.sync(group.lastIndex());
    compact(log, group, measured);
  }

  /// Cuts nearly everything off, as after a snapshot, and looks what the disk has got back.
  private void compact(GroupedLog log, RaftLogStore group, Measured measured) {
    long last = group.lastIndex();
    measured.details.put("disk.bytes.before.compaction", DirectorySize.bytes(directory));
    long start = System.nanoTime();
    group.compactPrefix(last - Math.min(1000, last / 2));
    measured.micros("compact.prefix.micros", System.nanoTime() - start);
    log.reclaim();
    measured.micros("reclaim.micros", System.nanoTime() - start);
    measured.details.put("disk.bytes.after.compaction", DirectorySize.bytes(directory));
  }

  private void restart(Measured measured) {
    long start = System.nanoTime();
    try (GroupedLog log = open(directory)) {
      RaftLogStore group = log.group(1);
      long last = group.lastIndex();
      boolean found = group.read(last, this::check);
      measured.micros("restart.micros", System.nanoTime() - start);
      if (!found) {
        throw new IllegalStateException("entry " + last + " is gone after a restart");
      }
      long entries = 0;
      for (long number : log.groups()) {
        RaftLogStore each = log.group(number);
        entries += each.lastIndex() - each.firstIndex() + 1;
      }
      measured.details.put("restart.entries", entries);
      if (cell.kind() == RaftCell.Kind.RAFTRESTART) {
        compact(log, group, measured);
      }
    }
  }
}
