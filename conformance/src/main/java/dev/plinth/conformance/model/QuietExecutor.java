package dev.plinth.conformance.model;

import dev.plinth.spi.StorageException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/// One background thread whose work can be waited for, so that an engine's background tasks run at
/// the same place of a history every time.
public final class QuietExecutor implements Executor, AutoCloseable {
  private final LinkedBlockingQueue<Runnable> queue = new LinkedBlockingQueue<>();
  private final Thread thread;
  private volatile boolean closed;
  private long given;
  private long done;
  private @Nullable Throwable failure;

  /// Starts the thread.
  public QuietExecutor() {
    thread = Thread.ofPlatform().daemon().name("laboratory-background").start(this::work);
  }

  @Override
  public void execute(Runnable task) {
    synchronized (this) {
      given++;
    }
    queue.add(task);
  }

  /// Waits until every task given so far, and those that they gave, have ended.
  public synchronized void await() {
    boolean interrupted = false;
    while (done < given && thread.isAlive()) {
      try {
        wait(1000);
      } catch (InterruptedException e) {
        interrupted = true;
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// What a task threw, other than a [StorageException], since the last call; null for nothing.
  public synchronized @Nullable Throwable takeFailure() {
    Throwable taken = failure;
    failure = null;
    return taken;
  }

  /// The thread, for its stack.
  public Thread thread() {
    return thread;
  }

  @Override
  public void close() {
    execute(() -> closed = true);
  }

  private void work() {
    try {
      while (true) {
        Runnable task = queue.take();
        run(task);
        if (closed) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run(Runnable task) {
    Throwable thrown = null;
    try {
      task.run();
    } catch (StorageException e) {
      thrown = null;
    } catch (RuntimeException | Error e) {
      thrown = e;
    }
    synchronized (this) {
      done++;
      if (failure == null) {
        failure = thrown;
      }
      notifyAll();
    }
  }
}
