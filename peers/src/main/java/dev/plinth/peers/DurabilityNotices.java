package dev.plinth.peers;

import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.Engine;
import dev.plinth.spi.StorageException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Tells listeners how far writes are durable, on one thread of its own that starts when there is
/// something to do. Thread-safe.
final class DurabilityNotices {
  private final List<Listening> listenings = new CopyOnWriteArrayList<>();
  private final AtomicLong durable = new AtomicLong();
  private final String name;
  private long told;
  private @Nullable ExecutorService thread;
  private boolean closed;

  DurabilityNotices(String name) {
    this.name = name;
  }

  /// The sequence number up to which everything is durable.
  long durable() {
    return durable.get();
  }

  /// Raises the durable sequence number.
  void raise(long sequence) {
    long now = durable.accumulateAndGet(sequence, Math::max);
    if (!listenings.isEmpty() && now == sequence) {
      run(this::tell);
    }
  }

  /// Tells of a failure.
  void failed(StorageException cause) {
    run(() -> listenings.forEach(listening -> listening.call(l -> l.failed(cause))));
  }

  Engine.Registration add(DurabilityListener listener) {
    Listening listening = new Listening(listener);
    listenings.add(listening);
    return listening;
  }

  /// Runs a task on the engine's thread, after those given before; never once it is closed.
  synchronized void run(Runnable task) {
    if (closed) {
      return;
    }
    if (thread == null) {
      thread =
          Executors.newSingleThreadExecutor(
              Thread.ofPlatform().daemon().name("plinth-" + name).factory());
    }
    thread.execute(task);
  }

  /// Lets the tasks given so far finish.
  void close() {
    ExecutorService running;
    synchronized (this) {
      closed = true;
      running = thread;
    }
    if (running != null) {
      running.shutdown();
      try {
        running.awaitTermination(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void tell() {
    long now = durable.get();
    if (now > told) {
      told = now;
      listenings.forEach(listening -> listening.call(l -> l.durable(now)));
    }
  }

  /// One listener; a lock of its own makes sure that no call begins after the end of it.
  private final class Listening implements Engine.Registration {
    private final DurabilityListener listener;
    private boolean ended;

    Listening(DurabilityListener listener) {
      this.listener = listener;
    }

    synchronized void call(Consumer<DurabilityListener> what) {
      if (!ended) {
        what.accept(listener);
      }
    }

    @Override
    public synchronized void close() {
      ended = true;
      listenings.remove(this);
    }
  }
}
