package dev.plinth.kit.durability;

import dev.plinth.spi.DurabilityListener;
import dev.plinth.spi.Engine;
import dev.plinth.spi.StorageException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The [DurabilityListener]s of an engine. The engine says [#durable] whenever more is durable; a
/// daemon thread `plinth-ENGINE-durable`, started with the first listener, tells them, so that a
/// slow listener holds up nobody but the others.
///
/// Each listener hears growing sequence numbers, one call at a time; numbers that come while it is
/// busy are told as one. A failure is told once, after what became durable before it, and ends the
/// listening. What a listener throws is logged. Any thread may call every method; [#durable]
/// allocates nothing.
public final class DurabilityListeners implements AutoCloseable {
  private static final System.Logger LOGGER = System.getLogger("dev.plinth");

  private final String engine;
  private final List<Registered> listeners = new CopyOnWriteArrayList<>();
  private final AtomicLong durable = new AtomicLong();
  private volatile @Nullable StorageException failure;
  private volatile @Nullable Thread thread;
  private volatile boolean closed;

  /// Counts what may need telling, so that the thread knows when to look again.
  private final AtomicLong news = new AtomicLong();

  /// @param engine the engine's name, for the name of the thread
  public DurabilityListeners(String engine) {
    this.engine = engine;
  }

  /// Adds a listener; it is told of what becomes durable from now on, and at once of a failure that
  /// was. Ending the registration waits for a call in progress, unless the listener itself ends it.
  ///
  /// @throws StorageException.Closed after [#close()]
  public synchronized Engine.Registration add(DurabilityListener listener) {
    if (closed) {
      throw new StorageException.Closed("the engine was closed");
    }
    Registered registered = new Registered(listener, durable.get());
    listeners.add(registered);
    if (thread == null) {
      thread =
          Thread.ofPlatform()
              .daemon()
              .name("plinth-" + engine + "-durable")
              .start(this::tellUntilClosed);
    }
    wake();
    return registered;
  }

  /// Says that everything up to a sequence number is durable; a smaller one than before says
  /// nothing.
  public void durable(long sequence) {
    if (failure != null) {
      return;
    }
    long before = durable.get();
    while (before < sequence && !durable.compareAndSet(before, sequence)) {
      before = durable.get();
    }
    if (before < sequence && !listeners.isEmpty()) {
      wake();
    }
  }

  /// Says that the engine was poisoned; only the first time counts.
  public synchronized void failed(StorageException cause) {
    if (failure == null) {
      failure = cause;
      wake();
    }
  }

  /// Tells what is left to tell, then ends; a second call does nothing. Called by a listener it
  /// does not wait.
  @Override
  public void close() {
    Thread telling;
    synchronized (this) {
      closed = true;
      telling = thread;
      wake();
    }
    if (telling == null || telling == Thread.currentThread()) {
      return;
    }
    boolean interrupted = false;
    while (telling.isAlive()) {
      try {
        telling.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void wake() {
    news.getAndIncrement();
    LockSupport.unpark(thread);
  }

  private void tellUntilClosed() {
    long seen = -1;
    while (true) {
      long present = news.get();
      if (present == seen) {
        if (closed) {
          return;
        }
        LockSupport.park(this);
        continue;
      }
      seen = present;
      // The failure first: what is durable then was so before it.
      StorageException cause = failure;
      long sequence = durable.get();
      for (Registered listener : listeners) {
        listener.tell(sequence, cause);
      }
    }
  }

  /// One registration. Its lock is held during a call, so that none begins once it was closed.
  private final class Registered implements Engine.Registration {
    private final DurabilityListener listener;
    private final ReentrantLock calling = new ReentrantLock();
    private long told;
    private boolean ended;

    Registered(DurabilityListener listener, long told) {
      this.listener = listener;
      this.told = told;
    }

    void tell(long sequence, @Nullable StorageException cause) {
      calling.lock();
      try {
        if (!ended && sequence > told) {
          told = sequence;
          call(() -> listener.durable(sequence));
        }
        if (!ended && cause != null) {
          ended = true;
          call(() -> listener.failed(cause));
        }
      } finally {
        calling.unlock();
      }
    }

    private void call(Runnable call) {
      try {
        call.run();
      } catch (Throwable e) {
        LOGGER.log(System.Logger.Level.ERROR, "a durability listener failed", e);
      }
    }

    @Override
    public void close() {
      listeners.remove(this);
      calling.lock();
      try {
        ended = true;
      } finally {
        calling.unlock();
      }
    }
  }
}
