package dev.plinth.raft.bench;

import dev.plinth.bench.machine.DirectorySize;
import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.EntryTypes;
import dev.plinth.raft.store.GroupedLog;
import dev.plinth.raft.store.GroupedLogs;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.spi.ByteLedger;
import dev.plinth.spi.EngineEnvironment;
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
      append(log, measured);
      if (cell.kind() == RaftCell.Kind.RAFTLOG) {
        readTail(log.group(1), measured);
        truncate(log.group(1), measured);
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
    RaftCell small =
        new RaftCell(
            cell.store(),
            cell.workload(),
            Math.min(100_000, cell.entries() / 4),
            cell.entryBytes(),
            cell.batch(),
            cell.threads(),
            cell.groups(),
            cell.kept(),
            cell.options(),
            scratch.toString(),
            cell.seed(),
            cell.repeat());
    try (GroupedLog log = open(scratch)) {
      new LogWork(small).append(log, new Measured());
    }
    dev.plinth.bench.cell.StoreFiles.delete(scratch);
  }

  /// The timed phase.
  private void append(GroupedLog log, Measured measured) throws InterruptedException {
    ByteLedger ledger = log.stats().ledger();
    long syncs = log.stats().syncs();
    ProcessIo io = ProcessIo.now();
    List<Appender> appenders = new ArrayList<>();
    for (int i = 0; i < cell.threads(); i++) {
      appenders.add(new Appender(log, i));
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
    measured.nanos = System.nanoTime() - start;
    measured.io = ProcessIo.now().since(io);
    measured.ledger = log.stats().ledger().since(ledger);
    measured.details.put("log.syncs", log.stats().syncs() - syncs);
    for (Appender appender : appenders) {
      measured.operations += appender.appended;
      measured.latency.add(appender.latency.latency);
    }
    measured.userBytes = measured.operations * cell.entryBytes();
    measured.diskBytes = DirectorySize.bytes(directory);
    long live = cell.kept() == 0 ? measured.operations : cell.kept() * cell.groups();
    measured.liveBytes = Math.min(live, measured.operations) * cell.entryBytes();
  }

  /// Appends to every `threads`-th group in turn.
  private final class Appender {
    private final List<RaftLogStore> groups = new ArrayList<>();
    private final EntryBatch batch = new EntryBatch();
    private final Measured latency = new Measured();
    private final long share;
    private long appended;

    Appender(GroupedLog log, int number) {
      share =
          cell.entries() * (number + 1) / cell.threads() - cell.entries() * number / cell.threads();
      for (int group = number; group < cell.groups(); group += cell.threads()) {
        groups.add(log.group(1 + group));
      }
    }

    void runInto(AtomicReference<@Nullable Throwable> failure) {
      try {
        for (long i = 0; appended < share; i++) {
          step(groups.get((int) (i % groups.size())));
          if (cell.kept() > 0 && i % COMPACT_EVERY_BATCHES == COMPACT_EVERY_BATCHES - 1) {
            groups.forEach(group -> group.compactPrefix(group.lastIndex() - cell.kept() + 1));
          }
        }
      } catch (Throwable e) {
        failure.compareAndSet(null, e);
      }
    }

    private void step(RaftLogStore group) {
      int count = (int) Math.min(cell.batch(), share - appended);
      fill(batch, group.lastIndex() + 1, count);
      long start = System.nanoTime();
      group.sync(group.append(batch));
      latency.time(System.nanoTime() - start);
      appended += count;
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
      java.lang.foreign.MemorySegment segment,
      long offset,
      int length) {
    if (term != TERM || !payloads.matches(index, segment, offset, length)) {
      throw new IllegalStateException("entry " + index + " is not what was appended");
    }
  }

  /// Cuts 1 % off, as a follower does that was wrong about its leader, and appends it again.
  private void truncate(RaftLogStore group, Measured measured) {
    long last = group.lastIndex();
    long cut = Math.max(1, (last - group.firstIndex() + 1) / 100);
    long start = System.nanoTime();
    group.truncateSuffix(last - cut);
    measured.millis("truncate.suffix.millis", System.nanoTime() - start);
    EntryBatch batch = new EntryBatch();
    while (group.lastIndex() < last) {
      long from = group.lastIndex() + 1;
      fill(batch, from, (int) Math.min(cell.batch(), last - from + 1));
      group.append(batch);
    }
    group.sync(group.lastIndex());
    long before = DirectorySize.bytes(directory);
    start = System.nanoTime();
    group.compactPrefix(group.lastIndex() - Math.min(1000, last / 2));
    measured.millis("compact.prefix.millis", System.nanoTime() - start);
    measured.details.put("disk.bytes.before.compaction", before);
  }

  private void restart(Measured measured) {
    long start = System.nanoTime();
    try (GroupedLog log = open(directory)) {
      RaftLogStore group = log.group(1);
      long last = group.lastIndex();
      boolean found = group.read(last, this::check);
      measured.details.put("restart.seconds", (System.nanoTime() - start) / 1e9);
      if (!found) {
        throw new IllegalStateException("entry " + last + " is gone after a restart");
      }
      long entries = 0;
      for (long number : log.groups()) {
        RaftLogStore each = log.group(number);
        entries += each.lastIndex() - each.firstIndex() + 1;
      }
      measured.details.put("restart.entries", entries);
      log.reclaim();
      measured.details.put("disk.bytes.after.compaction", DirectorySize.bytes(directory));
    }
  }
}
