package dev.plinth.engine.btree;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/// A lock that is held for moments and never waits for a thread that cannot run: a waiter that was
/// passed over for a millisecond takes the lock when it is free, whoever is first in line. With a
/// plain lock a virtual thread at the head of the line, ready but without a carrier because others
/// compute, would hold up everyone behind it.
///
/// Interrupts do not end the waiting; they are kept.
final class BargingLock extends ReentrantLock {
  private static final long serialVersionUID = 1L;
  private static final int SPINS = 32;
  private static final long PATIENCE_MICROS = 1000;

  @Override
  public void lock() {
    for (int i = 0; i < SPINS; i++) {
      if (tryLock()) {
        return;
      }
      Thread.onSpinWait();
    }
    boolean interrupted = false;
    boolean locked = false;
    while (!locked) {
      try {
        locked = tryLock(PATIENCE_MICROS, TimeUnit.MICROSECONDS) || tryLock();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
