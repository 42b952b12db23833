package dev.plinth.conformance;

import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.function.Executable;

/// Runs long cases two at a time: each has a store and a disk of its own, and waits a good deal of
/// its time. Each test reports its own case.
final class SideBySide {
  private static final int THREADS = 2;

  private SideBySide() {}

  /// Starts the cases, in order.
  ///
  /// @param cases by the name of the test
  static Stream<DynamicTest> tests(Map<String, Executable> cases) {
    ExecutorService threads =
        Executors.newFixedThreadPool(
            THREADS, Thread.ofPlatform().daemon().name("case-", 0).factory());
    Stream.Builder<DynamicTest> tests = Stream.builder();
    cases.forEach(
        (name, body) -> {
          Future<?> outcome =
              threads.submit(
                  () -> {
                    try {
                      body.execute();
                    } catch (Exception | Error e) {
                      throw e;
                    } catch (Throwable e) {
                      throw new IllegalStateException(e);
                    }
                    return true;
                  });
          tests.add(DynamicTest.dynamicTest(name, () -> await(outcome)));
        });
    threads.shutdown();
    return tests.build();
  }

  private static void await(Future<?> outcome) throws Throwable {
    try {
      outcome.get();
    } catch (ExecutionException e) {
      throw e.getCause();
    }
  }
}
