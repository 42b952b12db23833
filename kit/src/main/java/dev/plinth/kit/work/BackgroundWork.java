package dev.plinth.kit.work;

import dev.plinth.spi.StorageException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Runs an engine's background tasks (flushes, compactions, merges), at most a given number at a
/// time, in the order of their submission: on daemon threads named `plinth-ENGINE-N`, or on the
/// executor of the engine's environment.
///
/// Tasks are finite and end by themselves; the submitter bounds how many wait. A task that throws
/// does not stop the others: its failure goes to the handler, on the task's thread. Any thread may
/// call every method; waiting callers park, and an interrupt does not end their waiting.
public final class BackgroundWork implements AutoCloseable {
  private static final int IDLE_SECONDS = 10;

  private final String engine;
  private final int tasksMax;
  private final Consumer<Throwable> onFailure;
  private final Executor executor;
  private final @Nullable ThreadPoolExecutor ownThreads;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Task> waiting = new ArrayDeque<>();
  private final List<Task> running = new ArrayList<>();

  /// How many runs are handed to the executor and not ended, at most [#tasksMax].
  private int handedOver;

  private boolean closed;
  private @Nullable Throwable failure;

  private record Task(String name, Runnable body) {}

  /// @param engine the engine's name, for names of threads
  /// @param tasksMax how many tasks may run at a time; 1 or more
  /// @param executor runs the tasks; null for threads of its own, which end when idle
  /// @param onFailure told of everything that a task throws
  public BackgroundWork(
      String engine, int tasksMax, @Nullable Executor executor, Consumer<Throwable> onFailure) {
    if (tasksMax < 1) {
      throw new IllegalArgumentException("tasksMax must be 1 or more");
    }
    this.engine = engine;
    this.tasksMax = tasksMax;
    this.onFailure = onFailure;
    if (executor == null) {
      this.ownThreads = ownThreads(engine, tasksMax);
      this.executor = ownThreads;
    } else {
      this.ownThreads = null;
      this.executor = executor;
    }
  }

  /// Hands a task over.
  ///
  /// @param name what it does, in a word or two, for lists and names of threads
  /// @throws StorageException.Closed after [#close()]
  public void submit(String name, Runnable body) {
    lock.lock();
    try {
      if (closed) {
        throw new StorageException.Closed("the background work of " + engine + " was closed");
      }
      Task task = new Task(name, body);
      waiting.add(task);
      if (handedOver < tasksMax) {
        handedOver++;
        try {
          executor.execute(this::runOne);
        } catch (RejectedExecutionException e) {
          handedOver--;
          waiting.remove(task);
          throw e;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /// The names of the tasks that run now, in the order of their start.
  public List<String> running() {
    lock.lock();
    try {
      return running.stream().map(Task::name).toList();
    } finally {
      lock.unlock();
    }
  }

  /// How many tasks run or wait.
  public int pending() {
    lock.lock();
    try {
      return running.size() + waiting.size();
    } finally {
      lock.unlock();
    }
  }

  /// What the first task that failed has thrown; null when none has.
  public @Nullable Throwable failure() {
    lock.lock();
    try {
      return failure;
    } finally {
      lock.unlock();
    }
  }

  /// Waits until no task runs or waits. Not to be called by a task.
  public void awaitIdle() {
    lock.lock();
    try {
      while (!running.isEmpty() || !waiting.isEmpty()) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Drops the tasks that wait, takes no more, and waits for those that run; a second call waits
  /// too. Call [#awaitIdle()] first to have all done. Not to be called by a task.
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      waiting.clear();
      changed.signalAll();
      while (!running.isEmpty()) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
    if (ownThreads != null) {
      ownThreads.shutdown();
    }
  }

  private void runOne() {
    while (true) {
      Task task = begin();
      if (task == null) {
        return;
      }
      try {
        run(task);
      } finally {
        end(task);
      }
      try {
        executor.execute(this::runOne);
        return;
      } catch (RejectedExecutionException e) {
        // An executor that takes no more: this thread goes on with the rest.
      }
    }
  }

  private @Nullable Task begin() {
    lock.lock();
    try {
      Task task = waiting.poll();
      if (task == null) {
        handedOver--;
      } else {
        running.add(task);
      }
      return task;
    } finally {
      lock.unlock();
    }
  }

  private void end(Task task) {
    lock.lock();
    try {
      running.remove(task);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void run(Task task) {
    Thread thread = Thread.currentThread();
    String name = thread.getName();
    if (ownThreads != null) {
      thread.setName(name + " " + task.name);
    }
    try {
      task.body.run();
    } catch (Throwable e) {
      report(e);
    } finally {
      if (ownThreads != null) {
        thread.setName(name);
      }
    }
  }

  private void report(Throwable e) {
    lock.lock();
    try {
      if (failure == null) {
        failure = e;
      }
    } finally {
      lock.unlock();
    }
    try {
      onFailure.accept(e);
    } catch (Throwable second) {
      System.getLogger("dev.plinth")
          .log(System.Logger.Level.ERROR, "the handler of a failed task failed", second);
    }
  }

  private static ThreadPoolExecutor ownThreads(String engine, int threads) {
    AtomicInteger started = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            body ->
                Thread.ofPlatform()
                    .daemon()
                    .name("plinth-" + engine + "-" + started.incrementAndGet())
                    .unstarted(body));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }
}
