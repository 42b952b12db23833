package dev.plinth.engine.bitcask;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A lock in which no platform thread ever queues behind a virtual one.
///
/// A queueing lock passes its turn to the next in line. When that is a virtual thread and others
/// keep all carriers busy it cannot take its turn, and platform threads behind it would wait for as
/// long. Here virtual threads take turns among themselves; the one whose turn it is parks beside
/// the queue and takes the lock when it finds it free. Not reentrant for virtual threads.
final class TurnLock {
  private final ReentrantLock lock = new ReentrantLock();
  private final ReentrantLock virtualTurn = new ReentrantLock();
  private volatile @Nullable Thread virtualWaiter;

  /// Takes the lock, parking while another thread has it.
  void lock() {
    if (lock.tryLock()) {
      return;
    }
    if (Thread.currentThread().isVirtual()) {
      lockVirtual();
    } else {
      lock.lock();
    }
  }

  /// Gives the lock back.
  void unlock() {
    lock.unlock();
    Thread waiter = virtualWaiter;
    if (waiter != null) {
      LockSupport.unpark(waiter);
    }
  }

  boolean isHeldByCurrentThread() {
    return lock.isHeldByCurrentThread();
  }

  private void lockVirtual() {
    boolean interrupted = false;
    virtualTurn.lock();
    try {
      virtualWaiter = Thread.currentThread();
      while (!lock.tryLock()) {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
      virtualWaiter = null;
    } finally {
      virtualTurn.unlock();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
