package dev.plinth.engine.btree;

import dev.plinth.kit.log.LogListener;
import dev.plinth.kit.log.LogWriter;
import dev.plinth.spi.EngineEvent;
import dev.plinth.spi.StorageException;
import java.nio.file.Path;
import java.util.ArrayDeque;

/// Flushes: with a log its sync makes everything durable, without one a commit does. Also told by
/// the log what it did.
final class FlushRequests implements LogListener {
  private final Store store;
  private final Committer committer;
  private final ArrayDeque<Request> requests = new ArrayDeque<>();

  private record Request(long position, long sequence, GroupIndexes groups) {}

  FlushRequests(Store store, Committer committer) {
    this.store = store;
    this.committer = committer;
  }

  long flush() {
    LogWriter log = store.log;
    if (log == null) {
      long sequence = store.sequence;
      committer.commit();
      return Math.max(sequence, committer.durableSequence());
    }
    Request request = capture();
    if (request.position > 0) {
      log.awaitSynced(request.position);
    }
    committer.loggedUpTo(request.sequence, request.groups);
    return request.sequence;
  }

  void request() {
    LogWriter log = store.log;
    if (log == null) {
      committer.request();
      return;
    }
    Request request = capture();
    synchronized (requests) {
      requests.add(request);
    }
    log.requestSync();
    tell(log.syncedPosition());
  }

  /// What is visible and where the log must be durable up to. With the writer's lock, since between
  /// the change of the tree and the append of its record the two do not agree.
  private Request capture() {
    store.writerLock.lock();
    try {
      store.treeLock.lock();
      try {
        return new Request(store.appliedPosition, store.sequence, store.applied.copy());
      } finally {
        store.treeLock.unlock();
      }
    } finally {
      store.writerLock.unlock();
    }
  }

  private void tell(long synced) {
    while (true) {
      Request due;
      synchronized (requests) {
        Request first = requests.peekFirst();
        if (first == null || (first.position > 0 && first.position >= synced)) {
          return;
        }
        due = requests.removeFirst();
      }
      committer.loggedUpTo(due.sequence, due.groups);
    }
  }

  @Override
  public void synced(long position, long bytes, long nanos) {
    store.events.accept(new EngineEvent.Synced(store.directory.path(), bytes, 1, nanos));
    tell(position);
  }

  @Override
  public void rolled(Path from, Path to) {
    store.events.accept(new EngineEvent.Rolled(from, to));
  }

  @Override
  public void tailCut(Path file, long offset, long bytes) {
    store.events.accept(new EngineEvent.TailCut(file, offset, bytes));
  }

  @Override
  public void failed(StorageException cause) {
    store.poison(cause);
  }
}
