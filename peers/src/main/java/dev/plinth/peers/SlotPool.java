package dev.plinth.peers;

import dev.plinth.spi.StorageException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Lends slots to operations, and knows when none is lent: an atomic exchange to take one and one
/// to give it back, each thread preferring a place of its own. Any thread, platform or virtual.
///
/// @param <S> the slots
public final class SlotPool<S extends PeerSlot> {
  private static final int PLACES = 128;
  private static final int STRIDE = 16;

  private final AtomicReferenceArray<S> places = new AtomicReferenceArray<>(PLACES * STRIDE);
  private final Supplier<S> maker;
  private final String name;
  private final List<S> made = new ArrayList<>();
  private long goneReads;
  private long goneBytes;
  private volatile boolean closed;

  /// A pool without slots.
  ///
  /// @param name whose it is, for messages
  public SlotPool(String name, Supplier<S> maker) {
    this.name = name;
    this.maker = maker;
  }

  /// Takes a slot; give it back soon.
  ///
  /// @throws StorageException.Closed after [#close]
  public S take() {
    int home = home();
    S slot = places.getAndSet(home, null);
    if (slot == null) {
      slot = takeElsewhere(home);
    }
    if (closed) {
      give(slot);
      throw closed();
    }
    return slot;
  }

  /// Gives a slot back.
  public void give(S slot) {
    int home = home();
    if (!places.compareAndSet(home, null, slot)) {
      giveElsewhere(slot, home);
    }
  }

  /// Shows every slot that is not lent, each held while it is shown.
  public void forEachIdle(Consumer<? super S> visitor) {
    for (int i = 0; i < PLACES; i++) {
      S slot = places.get(i * STRIDE) == null ? null : places.getAndSet(i * STRIDE, null);
      if (slot != null) {
        try {
          visitor.accept(slot);
        } finally {
          give(slot);
        }
      }
    }
  }

  /// The point reads of all slots.
  public synchronized long readOperations() {
    return goneReads + made.stream().mapToLong(PeerSlot::readOperations).sum();
  }

  /// The user bytes of all slots.
  public synchronized long userBytes() {
    return goneBytes + made.stream().mapToLong(PeerSlot::userBytes).sum();
  }

  /// Lends no more, waits for what is lent, and frees it.
  ///
  /// @return whether everything came back in time
  boolean close(long nanos) {
    closed = true;
    long deadline = System.nanoTime() + nanos;
    while (true) {
      for (int i = 0; i < PLACES; i++) {
        S slot = places.getAndSet(i * STRIDE, null);
        if (slot != null) {
          drop(slot);
        }
      }
      if (allGone()) {
        return true;
      }
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  private static int home() {
    long id = Thread.currentThread().threadId() * 0x9e3779b97f4a7c15L;
    return (int) (id >>> 57) * STRIDE;
  }

  private S takeElsewhere(int home) {
    for (int step = 1; step < 8; step++) {
      int place = (home + step * STRIDE) % (PLACES * STRIDE);
      S slot = places.get(place) == null ? null : places.getAndSet(place, null);
      if (slot != null) {
        return slot;
      }
    }
    return make();
  }

  private synchronized S make() {
    if (closed) {
      throw closed();
    }
    S slot = maker.get();
    made.add(slot);
    return slot;
  }

  private void giveElsewhere(S slot, int home) {
    for (int step = 1; step < PLACES; step++) {
      if (places.compareAndSet((home + step * STRIDE) % (PLACES * STRIDE), null, slot)) {
        return;
      }
    }
    drop(slot);
  }

  private synchronized void drop(S slot) {
    goneReads += slot.readOperations();
    goneBytes += slot.userBytes();
    made.remove(slot);
    slot.free();
  }

  private synchronized boolean allGone() {
    return made.isEmpty();
  }

  private StorageException closed() {
    return new StorageException.Closed(name + " was closed");
  }
}
