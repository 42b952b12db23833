package dev.plinth.raft.ratis;

import dev.plinth.raft.store.EntryBatch;
import dev.plinth.raft.store.EntryTypes;
import dev.plinth.raft.store.RaftLogStore;
import dev.plinth.raft.store.SharedLogs;
import dev.plinth.raft.store.StorageConfiguration;
import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;

/// Large values beside Ratis's own log, each at the index of its entry, in a log store of Plinth:
/// groups that name one directory share its syncs. Any thread; Ratis writes in the order of the
/// log.
///
/// Ratis puts an entry into its own log when the write of its value is done, and a crash may keep
/// the one without the other. So a write is done when the value is durable: values that are written
/// meanwhile share the next sync, on a thread of their own.
public final class DataLog implements AutoCloseable {
  private final Path directory;
  private final SharedLogs.Lease lease;
  private final RaftLogStore store;
  private final int valueBytesMin;
  private final EntryBatch batch = new EntryBatch();
  private final ExecutorService syncs;
  private List<CompletableFuture<Void>> waiting = new ArrayList<>();
  private boolean isSyncing;

  private DataLog(Path directory, SharedLogs.Lease lease, RaftLogStore store, int valueBytesMin) {
    this.directory = directory;
    this.lease = lease;
    this.store = store;
    this.valueBytesMin = valueBytesMin;
    this.syncs =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("plinth-values-of-ratis-" + store.group()).factory());
  }

  /// Opens or makes it.
  ///
  /// @param directory shared by the groups of this process that name it
  /// @param group 0 or more
  /// @param storage chooses the log: `log.engine`, `log.KEY`
  /// @param valueBytesMin commands of at least this many bytes stay out of Ratis's log, 0 or more
  public static DataLog open(
      Path directory, long group, StorageConfiguration storage, int valueBytesMin) {
    if (group < 0 || valueBytesMin < 0) {
      throw new IllegalArgumentException("group and valueBytesMin must not be negative");
    }
    Path whole = directory.toAbsolutePath().normalize();
    SharedLogs.Lease lease = SharedLogs.PROCESS.acquire(whole, storage);
    try {
      return new DataLog(whole, lease, lease.log().group(group), valueBytesMin);
    } catch (RuntimeException e) {
      lease.close();
      throw e;
    }
  }

  /// Whether a command of a length belongs here.
  boolean takes(int bytes) {
    return bytes >= valueBytesMin;
  }

  /// Writes the value of an entry, in place of what has its index and all behind it.
  ///
  /// @return done when the value is durable
  synchronized CompletableFuture<Void> write(long index, long term, ByteString value) {
    try {
      MemorySegment bytes = MemorySegment.ofBuffer(value.asReadOnlyByteBuffer());
      batch.add(index, term, EntryTypes.DATA, 0, bytes, 0, value.size());
      put(index);
    } finally {
      batch.clear();
    }
    CompletableFuture<Void> durable = new CompletableFuture<>();
    waiting.add(durable);
    if (!isSyncing) {
      isSyncing = true;
      syncs.execute(this::syncWaiting);
    }
    return durable;
  }

  private void put(long index) {
    if (index > store.lastIndex()) {
      store.append(batch);
    } else if (index >= store.firstIndex()) {
      store.overwriteFrom(index, batch);
    } else {
      store.reset(index, batch);
    }
  }

  private void syncWaiting() {
    List<CompletableFuture<Void>> taken = take();
    while (!taken.isEmpty()) {
      try {
        sync();
        taken.forEach(durable -> durable.complete(null));
      } catch (RuntimeException e) {
        taken.forEach(durable -> durable.completeExceptionally(e));
      }
      taken = take();
    }
  }

  private synchronized List<CompletableFuture<Void>> take() {
    List<CompletableFuture<Void>> taken = waiting;
    isSyncing = !taken.isEmpty();
    waiting = new ArrayList<>();
    return taken;
  }

  /// The value of an entry.
  ///
  /// @throws StorageException.Corrupt when it is not there, or is that of an entry of another term
  ByteString read(long index, long term) {
    @Nullable ByteString[] found = new ByteString[1];
    store.read(
        index,
        (_, foundTerm, _, _, segment, offset, length) -> {
          if (foundTerm == term) {
            byte[] bytes = new byte[length];
            MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
            found[0] = UnsafeByteOperations.unsafeWrap(bytes);
          }
        });
    ByteString value = found[0];
    if (value == null) {
      throw new StorageException.Corrupt(
          directory,
          0,
          "the value of entry "
              + index
              + " of term "
              + term
              + " is missing; there are entries "
              + store.firstIndex()
              + " to "
              + store.lastIndex());
    }
    return value;
  }

  /// Makes everything written durable.
  void sync() {
    store.sync(Long.MAX_VALUE);
  }

  /// Removes the values behind an index, durably.
  synchronized void truncate(long lastKept) {
    store.truncateSuffix(lastKept);
  }

  /// Gives back the space of values before an index.
  synchronized void compact(long firstKept) {
    store.compactPrefix(firstKept);
  }

  /// Ends its use of the log, which is closed when no other group uses it.
  @Override
  public void close() {
    syncs.close();
    lease.close();
  }
}
