package dev.plinth.kv.replica;

import dev.plinth.kv.KvException;
import dev.plinth.kv.KvException.Kind;
import dev.plinth.kv.KvLimits;
import dev.plinth.kv.state.Change;
import dev.plinth.kv.state.Commands;
import dev.plinth.kv.state.Condition;
import dev.plinth.kv.state.KvContent;
import dev.plinth.kv.state.RequestId;
import dev.plinth.kv.state.WriteResult;
import dev.plinth.raft.store.StateMachineStore.Digest;
import dev.plinth.spi.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The calls on keys that both ports offer: checked against the limits, then sent through the log
/// or read behind a barrier. Any thread; arrays are not copied.
public final class KvCalls {
  private static final long DIGEST_PATIENCE_NANOS = 30_000_000_000L;

  private final Replica replica;
  private final KvLimits limits;
  private final Executor readers;

  /// @param readers runs scans and digests, which may take a while; it must bound them
  public KvCalls(Replica replica, Executor readers) {
    this.replica = replica;
    this.limits = replica.options().limits();
    this.readers = readers;
  }

  /// The limits that it keeps.
  public KvLimits limits() {
    return limits;
  }

  /// Changes keys in one step if a condition holds.
  ///
  /// @throws KvException of kind INVALID at once, when a limit is broken
  public CompletableFuture<WriteResult> write(
      RequestId id, Condition condition, List<Change> changes) {
    if (changes.isEmpty()) {
      throw new KvException(Kind.INVALID, "a write that changes nothing: name at least one change");
    }
    switch (condition) {
      case Condition.Always() -> {}
      case Condition.Absent(byte[] key) -> limits.requireKey(key.length);
      case Condition.Present(byte[] key) -> limits.requireKey(key.length);
      case Condition.Equal(byte[] key, byte[] expected) -> {
        limits.requireKey(key.length);
        limits.requireValue(expected.length);
      }
    }
    for (Change change : changes) {
      limits.requireKey(change.key().length);
      if (change instanceof Change.Put put) {
        limits.requireValue(put.value().length);
      }
    }
    if (id.session() != 0 && (id.number() < 1 || id.answeredBelow() > id.number())) {
      throw new KvException(
          Kind.INVALID,
          "request " + id.number() + " of session " + id.session() + ": numbers begin with 1");
    }
    limits.requireRequest(Commands.bytes(condition, changes));
    return replica
        .propose(Commands.write(id, condition, changes))
        .thenApply(result -> accepted(id, result));
  }

  private static WriteResult accepted(RequestId id, WriteResult result) {
    return switch (result.outcome()) {
      case APPLIED, CONDITION_FAILED -> result;
      case SESSION_UNKNOWN ->
          throw new KvException(
              Kind.SESSION_EXPIRED,
              "session " + id.session() + " is closed, or newer ones have pushed it out");
      case REQUEST_FORGOTTEN ->
          throw new KvException(
              Kind.INVALID,
              "request " + id.number() + " was answered before, as the session has said itself");
      case SESSION_FULL ->
          throw new KvException(
              Kind.INVALID,
              "session "
                  + id.session()
                  + " has too many requests without saying which were answered");
    };
  }

  /// Opens a session.
  ///
  /// @return its number
  public CompletableFuture<Long> openSession() {
    return replica.propose(Commands.openSession()).thenApply(WriteResult::index);
  }

  /// Closes a session.
  public CompletableFuture<WriteResult> closeSession(long session) {
    return replica.propose(Commands.closeSession(session));
  }

  /// Reads a key.
  ///
  /// @param stale whether what this node has will do
  /// @return the value; null when the key is not there
  public CompletableFuture<byte @Nullable []> get(byte[] key, boolean stale) {
    limits.requireKey(key.length);
    Supplier<byte @Nullable []> read = () -> guarded(() -> replica.content().get(key));
    return stale
        ? CompletableFuture.completedFuture(read.get())
        : replica.barrier().thenApply(_ -> read.get());
  }

  /// Reads several keys behind one barrier, one after the other in their order: each value is one
  /// that the key had after the call began, and a write may come between two of them.
  ///
  /// @return the values, null for a key that is not there; fails with INVALID when all of them
  ///   together are larger than a request may be
  public CompletableFuture<List<byte @Nullable []>> getAll(List<byte[]> keys) {
    keys.forEach(key -> limits.requireKey(key.length));
    return replica.barrier().thenApplyAsync(_ -> values(keys), readers);
  }

  private List<byte @Nullable []> values(List<byte[]> keys) {
    List<byte @Nullable []> values = new ArrayList<>(keys.size());
    long bytes = 0;
    for (byte[] key : keys) {
      byte[] value = guarded(() -> replica.content().get(key));
      bytes += value == null ? 0 : value.length;
      if (bytes > limits.requestBytesMax() && keys.size() > 1) {
        throw new KvException(
            Kind.INVALID,
            "values of more than "
                + limits.requestBytesMax()
                + " bytes in one answer (request.bytes.max); ask for fewer keys");
      }
      values.add(value);
    }
    return values;
  }

  /// Counts those of several keys that are there, behind one barrier; a key that is named twice
  /// counts twice.
  public CompletableFuture<Long> count(List<byte[]> keys) {
    keys.forEach(key -> limits.requireKey(key.length));
    return replica
        .barrier()
        .thenApplyAsync(
            _ ->
                keys.stream()
                    .filter(key -> guarded(() -> replica.content().get(key)) != null)
                    .count(),
            readers);
  }

  /// Reads a page of a range.
  ///
  /// @param limit the most entries; 0 for the node's own limit
  public CompletableFuture<KvContent.Page> scan(KvContent.Range range, int limit, boolean stale) {
    if (limit < 0 || limit > limits.scanEntriesMax()) {
      throw new KvException(
          Kind.INVALID,
          "a scan of "
              + limit
              + " entries: pages have at most "
              + limits.scanEntriesMax()
              + " (scan.entries.max); read page by page");
    }
    if (limit == 0 && range.from() == null && range.to() == null && range.prefix().length == 0) {
      throw new KvException(
          Kind.INVALID, "a scan of everything: give a range, a prefix or a limit");
    }
    int entries = limit == 0 ? limits.scanEntriesMax() : limit;
    Supplier<KvContent.Page> read =
        () -> guarded(() -> replica.content().scan(range, entries, limits.scanBytesMax()));
    return stale
        ? CompletableFuture.supplyAsync(read, readers)
        : replica.barrier().thenApplyAsync(_ -> read.get(), readers);
  }

  /// The digest of what this node has, once it has applied an index.
  public CompletableFuture<Digest> digest(long atLeast) {
    return CompletableFuture.supplyAsync(
        () -> {
          long end = System.nanoTime() + DIGEST_PATIENCE_NANOS;
          while (replica.figures().appliedIndex() < atLeast) {
            if (System.nanoTime() > end) {
              throw new KvException(
                  Kind.UNAVAILABLE, "index " + atLeast + " is not applied here yet");
            }
            pause();
          }
          return guarded(() -> replica.store().digest(0));
        },
        readers);
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(5);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KvException(Kind.UNAVAILABLE, "this node is stopping", null, e);
    }
  }

  private static <T extends @Nullable Object> T guarded(Supplier<T> read) {
    try {
      return read.get();
    } catch (StorageException.Closed e) {
      throw new KvException(Kind.UNAVAILABLE, "this node is stopping, or is being filled", null, e);
    } catch (StorageException e) {
      throw new KvException(Kind.FAILED, String.valueOf(e.getMessage()), null, e);
    }
  }
}
