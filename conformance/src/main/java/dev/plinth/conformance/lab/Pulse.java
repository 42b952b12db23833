package dev.plinth.conformance.lab;

import dev.plinth.conformance.model.Violation;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/// Runs work under a watch: work that shows no sign of life for some time hangs, and that is a
/// violation like any other, with the stacks of all threads.
///
/// Silence is counted in the watch's own looks, not by the clock: while the process is stopped or
/// the machine sleeps, nobody looks and nothing hangs.
public final class Pulse {
  private static final Duration LOOK = Duration.ofMillis(200);

  private final Duration limit;
  private final AtomicLong beats = new AtomicLong();
  private volatile String doing = "starting";

  /// @param limit the longest time between two beats
  public Pulse(Duration limit) {
    this.limit = limit;
  }

  /// Says that the work goes on.
  ///
  /// @param what what it does now, for the report of a hang
  public void beat(String what) {
    doing = what;
    beats.incrementAndGet();
  }

  /// Runs work on a thread of its own and waits for it.
  ///
  /// @throws Violation when it hangs, and whatever it throws
  public <T> T watch(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    beat("starting");
    Thread thread = Thread.ofPlatform().daemon().name("laboratory").start(task);
    long heard = beats.get();
    long silentLooks = 0;
    while (true) {
      try {
        return task.get(LOOK.toMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        long now = beats.get();
        silentLooks = now == heard ? silentLooks + 1 : 0;
        heard = now;
        if (silentLooks > limit.dividedBy(LOOK)) {
          String stacks = stacks();
          thread.interrupt();
          throw new Violation(
              "SPI", "hangs for " + limit.toSeconds() + " s in " + doing + stacks, e);
        }
      } catch (ExecutionException e) {
        if (e.getCause() instanceof RuntimeException cause) {
          throw cause;
        }
        if (e.getCause() instanceof Error cause) {
          throw cause;
        }
        throw new IllegalStateException(e);
      } catch (InterruptedException e) {
        thread.interrupt();
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
    }
  }

  private static String stacks() {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<Thread, StackTraceElement[]> entry : Thread.getAllStackTraces().entrySet()) {
      text.append("\n  ").append(entry.getKey().getName());
      for (StackTraceElement element : entry.getValue()) {
        text.append("\n    at ").append(element);
      }
    }
    return text.toString();
  }
}
