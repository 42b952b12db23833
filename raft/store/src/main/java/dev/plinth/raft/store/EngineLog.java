package dev.plinth.raft.store;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.Cursor;
import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.Engine;
import dev.plinth.spi.EngineEnvironment;
import dev.plinth.spi.EngineStats;
import dev.plinth.spi.Engines;
import dev.plinth.spi.KeyRange;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The Raft logs of many groups on any engine: an entry is a key, truncation deletes ranges, and
/// every change is one batch of the engine. Groups share the engine's log and its syncs.
public final class EngineLog implements GroupedLog {
  private static final int GROUPS_MAX_AT_OPEN = 1 << 20;

  final Engine engine;
  final LongAdder payloadBytes = new LongAdder();
  private final ConcurrentSkipListMap<Long, EngineLogStore> stores = new ConcurrentSkipListMap<>();
  private volatile @Nullable StorageException failure;
  private volatile boolean closed;

  /// A log on an engine that holds nothing else; closing the log closes it.
  public EngineLog(Engine engine) {
    this.engine = engine;
    engine.traits().requireKey(LogKeys.KEY_BYTES);
    findGroups();
  }

  /// Opens or makes a log on the engine that a configuration describes.
  ///
  /// @param configuration `engine = NAME` and that engine's options
  public static EngineLog open(
      Path directory, Map<String, String> configuration, EngineEnvironment environment) {
    Engine engine = Engines.open(directory, configuration, environment);
    try {
      return new EngineLog(engine);
    } catch (RuntimeException e) {
      engine.close();
      throw e;
    }
  }

  /// Everything found is made durable.
  private void findGroups() {
    engine.flush();
    try (Cursor cursor = engine.cursor(KeyRange.all())) {
      boolean more = cursor.first();
      while (more) {
        if (cursor.keyLength() != LogKeys.KEY_BYTES || stores.size() > GROUPS_MAX_AT_OPEN) {
          throw new StorageException.UnsupportedFormat(
              "the engine holds a key of "
                  + cursor.keyLength()
                  + " bytes: it is not a Raft log; name another directory");
        }
        long group = LogKeys.group(cursor.keySegment(), cursor.keyOffset());
        EngineLogStore store = new EngineLogStore(this, group, 1);
        stores.put(group, store);
        more = group < Long.MAX_VALUE && cursor.seek(LogKeys.key(group + 1, 0, 0));
      }
    }
    stores.values().forEach(EngineLogStore::load);
  }

  @Override
  public RaftLogStore group(long group, long base) {
    if (group < 0 || group == Long.MAX_VALUE || base < 0) {
      throw new IllegalArgumentException("group and base must not be negative");
    }
    requireOpen();
    EngineLogStore store =
        stores.computeIfAbsent(group, number -> new EngineLogStore(this, number, base));
    store.base(base);
    return store;
  }

  @Override
  public List<Long> groups() {
    return stores.values().stream()
        .filter(EngineLogStore::holdsSomething)
        .map(RaftLogStore::group)
        .toList();
  }

  @Override
  public void sync() {
    guarded(engine::flush);
  }

  @Override
  public void reclaim() {
    requireOpen();
    guarded(
        () -> {
          engine.compact(KeyRange.all());
          return 0L;
        });
  }

  @Override
  public long verify() {
    requireOpen();
    engine.verify();
    long entries = 0;
    for (EngineLogStore store : stores.values()) {
      entries += store.read(0, Long.MAX_VALUE, Long.MAX_VALUE, (_, _, _, _, _, _, _) -> {});
    }
    return entries;
  }

  @Override
  public RaftLogStats stats() {
    EngineStats stats = engine.stats();
    return new RaftLogStats(
        stats.ledger(),
        payloadBytes.sum(),
        stats.details().getOrDefault("log.syncs", 0L),
        0,
        stats.diskBytes(),
        stats.liveBytes(),
        stats.indexBytes(),
        stats.ledger().bytes(ByteCause.COMPACTION),
        groups().size());
  }

  /// Runs a change; its first failure is final.
  long guarded(LongSupplier change) {
    requireHealthy();
    try {
      return change.getAsLong();
    } catch (StorageException.LimitExceeded e) {
      throw e;
    } catch (StorageException e) {
      StorageException cause =
          e instanceof StorageException.Poisoned && e.getCause() instanceof StorageException first
              ? first
              : e;
      synchronized (this) {
        if (failure == null) {
          failure = cause;
        }
      }
      throw poisoned(cause);
    }
  }

  void requireOpen() {
    if (closed) {
      throw new StorageException.Closed("the Raft log was closed");
    }
  }

  private void requireHealthy() {
    requireOpen();
    StorageException cause = failure;
    if (cause != null) {
      throw poisoned(cause);
    }
  }

  private static StorageException poisoned(StorageException cause) {
    return new StorageException.Poisoned(
        "the Raft log takes no more changes since one failed: "
            + cause.getMessage()
            + "; close and reopen it",
        cause);
  }

  Engine.Registration listen(EngineLogStore store, DurableIndexListener listener) {
    return engine.onDurable(
        new DurabilityListener() {
          private long told = store.durableIndex();

          @Override
          public void durable(long sequence) {
            long index = store.durableIndex(sequence);
            boolean more = index > told;
            told = index;
            if (more) {
              listener.durable(index);
            }
          }

          @Override
          public void failed(StorageException cause) {
            listener.failed(cause);
          }
        });
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    engine.close();
  }
}
