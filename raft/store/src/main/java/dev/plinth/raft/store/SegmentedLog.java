package dev.plinth.raft.store;

import dev.plinth.kit.directory.EngineDirectory;
import dev.plinth.kit.disk.MeteredDisk;
import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.kit.durability.DurabilityListeners;
import dev.plinth.kit.log.LogFormat;
import dev.plinth.kit.log.LogListener;
import dev.plinth.kit.log.LogStats;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.memory.SlabPool;
import dev.plinth.kit.work.BackgroundWork;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.OpenMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/// The Raft logs of many groups in one stream of segment files: one record for each append, one
/// sync for all who wait, the hard state in the same stream, and an index off the heap.
///
/// Space comes back by whole segments, from the oldest on. Where a group that lags behind holds an
/// old segment while the log is more than twice as long as what lives in it, the live entries are
/// written again at the end, so that the log never grows over twice its content and a few segments.
public final class SegmentedLog implements GroupedLog {
  /// The name in the identity of its directory.
  public static final String NAME = "raft-log";

  /// The version of its format.
  public static final int FORMAT_VERSION = 1;

  private static final String STARTED = "STARTED";
  private static final int SLAB_BYTES = 8 << 10;

  final LogWriter log;
  final SlabPool pool;
  final DurabilityListeners listeners = new DurabilityListeners(NAME);
  final LongAdder payloadBytes = new LongAdder();

  private final EngineDirectory directory;
  private final MeteredDisk disk;
  private final EngineEnvironment environment;
  private final BackgroundWork background;
  private final AtomicBoolean reclaimDue = new AtomicBoolean();
  private final ConcurrentSkipListMap<Long, SegmentedLogStore> stores =
      new ConcurrentSkipListMap<>();
  private final LogReclaim reclaim;
  private volatile boolean closed;

  private SegmentedLog(
      EngineDirectory directory,
      MeteredDisk disk,
      RaftLogOptions options,
      EngineEnvironment environment) {
    long start = System.nanoTime();
    this.directory = directory;
    this.disk = disk;
    this.environment = environment;
    this.background =
        new BackgroundWork(NAME, 2, environment.background(), SegmentedLog::reportFailure);
    this.pool = new SlabPool(options.indexBytesMax(), SLAB_BYTES);
    LogReplay replay = new LogReplay(directory.path(), pool);
    boolean started = disk.exists(directory.file(STARTED));
    try {
      this.log =
          LogWriter.open(
              disk,
              directory.path(),
              directory.storeId().getMostSignificantBits()
                  ^ directory.storeId().getLeastSignificantBits(),
              options.log(),
              this::submitSegment,
              0,
              started ? 1 : 0,
              new Listener(),
              replay);
    } catch (RuntimeException e) {
      release();
      throw e;
    }
    try {
      requireWhole(replay.reclaimed());
      if (!started) {
        disk.open(directory.file(STARTED), OpenMode.CREATE).close();
        disk.syncDirectory(directory.path());
      }
      replay
          .groups()
          .forEach((number, group) -> stores.put(number, new SegmentedLogStore(this, group)));
      this.reclaim =
          new LogReclaim(
              this,
              disk,
              directory.path(),
              options,
              environment.events(),
              log.recovered().numbers());
      environment
          .events()
          .accept(
              new EngineEvent.Opened(
                  NAME, directory.path(), System.nanoTime() - start, log.recovered().records()));
    } catch (RuntimeException e) {
      giveUp(e);
      throw e;
    }
  }

  /// Closes what the constructor has opened before it failed.
  private void giveUp(RuntimeException failure) {
    try {
      closeLog();
    } catch (RuntimeException second) {
      failure.addSuppressed(second);
    } finally {
      release();
    }
  }

  /// Opens or makes a log.
  ///
  /// @param path the log's own directory; created when missing
  /// @param configuration options by name, see [RaftLogOptions#SPECS]
  /// @throws StorageException.Corrupt when acknowledged records are damaged or missing
  public static SegmentedLog open(
      Path path, Map<String, String> configuration, EngineEnvironment environment) {
    EngineOptions given = RaftLogOptions.configuration(configuration);
    RaftLogOptions options = RaftLogOptions.of(given);
    Disk under = environment.disk();
    MeteredDisk disk = new MeteredDisk(under == null ? new SystemDisk() : under);
    EngineDirectory directory = EngineDirectory.open(disk, path, NAME, FORMAT_VERSION, given);
    try {
      return new SegmentedLog(directory, disk, options, environment);
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  private void submitSegment(Runnable task) {
    try {
      background.submit("segment", task);
    } catch (StorageException.Closed e) {
      throw new RejectedExecutionException(e);
    }
  }

  /// Refuses a log whose first segments are missing though nobody gave them back.
  private void requireWhole(long reclaimed) {
    List<Long> numbers = log.recovered().numbers();
    long expected = reclaimed == 0 ? 1 : LogFormat.number(reclaimed);
    if (!numbers.isEmpty() && numbers.getFirst() > expected) {
      throw new StorageException.Corrupt(
          directory.file(String.format("%016x.log", expected)),
          0,
          "the segment is missing: nobody gave it back, and the lowest one there is "
              + numbers.getFirst());
    }
  }

  @Override
  public RaftLogStore group(long group, long base) {
    if (group < 0 || base < 0) {
      throw new IllegalArgumentException("group and base must not be negative");
    }
    requireOpen();
    SegmentedLogStore store =
        stores.computeIfAbsent(
            group, number -> new SegmentedLogStore(this, new LogGroup(number, base, pool)));
    store.base(base);
    return store;
  }

  @Override
  public List<Long> groups() {
    return stores.values().stream()
        .filter(SegmentedLogStore::holdsSomething)
        .map(RaftLogStore::group)
        .toList();
  }

  Iterable<SegmentedLogStore> stores() {
    return stores.values();
  }

  @Override
  public void sync() {
    log.sync();
  }

  @Override
  public void reclaim() {
    requireOpen();
    reclaim.run();
  }

  /// Lets the background give space back; many calls are one.
  void requestReclaim() {
    if (reclaim.isDue() && reclaimDue.compareAndSet(false, true)) {
      try {
        background.submit(
            "reclaim",
            () -> {
              reclaimDue.set(false);
              if (!closed) {
                reclaim.run();
              }
            });
      } catch (StorageException.Closed _) {
        // The log is being closed: the next opening gives the space back.
      }
    }
  }

  @Override
  public long verify() {
    requireOpen();
    long entries = 0;
    for (SegmentedLogStore store : stores.values()) {
      entries += store.read(0, Long.MAX_VALUE, Long.MAX_VALUE, (_, _, _, _, _, _, _) -> {});
    }
    return entries;
  }

  @Override
  public RaftLogStats stats() {
    LogStats stats = log.stats();
    long live = 0;
    for (SegmentedLogStore store : stores.values()) {
      live += store.liveBytes();
    }
    return new RaftLogStats(
        disk.ledger(),
        payloadBytes.sum(),
        stats.syncs(),
        stats.syncNanos(),
        LogReclaim.diskBytes(disk, directory.path(), ""),
        live,
        pool.bytesInUse(),
        reclaim.movedBytes(),
        groups().size());
  }

  void requireOpen() {
    if (closed) {
      throw new StorageException.Closed("the Raft log was closed");
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    background.close();
    try {
      closeLog();
    } finally {
      release();
      environment.events().accept(new EngineEvent.Closed(directory.path()));
    }
  }

  private void closeLog() {
    background.close();
    log.close();
  }

  private void release() {
    background.close();
    listeners.close();
    pool.close();
    directory.close();
  }

  private static void reportFailure(Throwable t) {
    System.getLogger("dev.plinth")
        .log(System.Logger.Level.WARNING, "background work of a Raft log failed: " + t);
  }

  private final class Listener implements LogListener {
    @Override
    public void synced(long position, long bytes, long nanos) {
      listeners.durable(position);
    }

    @Override
    public void rolled(Path from, Path to) {
      environment.events().accept(new EngineEvent.Rolled(from, to));
    }

    @Override
    public void tailCut(Path file, long offset, long bytes) {
      environment.events().accept(new EngineEvent.TailCut(file, offset, bytes));
    }

    @Override
    public void failed(StorageException cause) {
      listeners.failed(cause);
      environment.events().accept(new EngineEvent.Poisoned(cause));
    }
  }
}
