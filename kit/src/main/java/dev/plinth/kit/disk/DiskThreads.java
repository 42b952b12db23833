package dev.plinth.kit.disk;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// A few threads that no caller's interrupt reaches, for calls that an interrupt would break. They
/// end when they are idle for some seconds.
final class DiskThreads {
  private static final int THREADS = 4;
  private static final int IDLE_SECONDS = 5;
  private static final AtomicInteger STARTED = new AtomicInteger();
  private static final ThreadPoolExecutor THREADS_RUNNING = start();

  private DiskThreads() {}

  /// Runs an action there and waits for it, whether the caller is interrupted or not; its failure
  /// is translated.
  static <T> T run(String operation, Path file, long offset, DiskErrors.Action<T> action) {
    try {
      return CompletableFuture.supplyAsync(
              () -> DiskErrors.attempt(operation, file, offset, action), THREADS_RUNNING)
          .join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw e;
    }
  }

  private static ThreadPoolExecutor start() {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task ->
                Thread.ofPlatform()
                    .daemon()
                    .name("plinth-disk-" + STARTED.incrementAndGet())
                    .unstarted(task));
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }
}
