package dev.plinth.kv.server;

import java.util.function.BooleanSupplier;

/// Waits for what must come, with a limit that only a hang reaches.
final class Await {
  private static final long PATIENCE_NANOS = 120_000_000_000L;

  private Await() {}

  static void until(String what, BooleanSupplier reached) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!reached.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("waited in vain for " + what);
      }
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }
}
