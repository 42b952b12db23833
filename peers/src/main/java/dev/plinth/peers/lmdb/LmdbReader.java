package dev.plinth.peers.lmdb;

import dev.plinth.peers.PeerSlot;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.Txn;

/// A read transaction that point reads use again: it is renewed only when something was committed
/// since, and the writer resets idle ones so that they hold no old pages back.
final class LmdbReader extends PeerSlot {
  private static final int KEY_BYTES = 512;
  private static final long NEVER = -1;

  private final LmdbStore store;
  private final Txn<Window> txn;
  private final Window keyWindow = new Window();
  private final MemorySegment key = Arena.ofAuto().allocate(KEY_BYTES, 8);
  private long shows = NEVER;
  private boolean active;

  LmdbReader(LmdbStore store) {
    this.store = store;
    this.txn = store.newRead();
    this.txn.reset();
  }

  /// The value of a key in the newest committed state, where LMDB keeps it; null when absent.
  @Nullable Window find(MemorySegment segment, long offset, int length) {
    renew();
    countRead();
    return store.get(txn, keyAt(segment, offset, length));
  }

  /// How many entries there are.
  long entries() {
    renew();
    return store.entries(txn);
  }

  boolean isActive() {
    return active;
  }

  /// Lets go of the pages it shows.
  void reset() {
    if (active) {
      txn.reset();
      active = false;
    }
  }

  @Override
  protected void free() {
    if (!active) {
      txn.renew();
    }
    txn.close();
  }

  private void renew() {
    long newest = store.generation();
    if (active && shows == newest) {
      return;
    }
    reset();
    txn.renew();
    active = true;
    shows = LmdbStore.isCommitting(newest) ? NEVER : newest;
  }

  private Window keyAt(MemorySegment segment, long offset, int length) {
    if (segment.isNative()) {
      return keyWindow.at(segment.address() + offset, length);
    }
    MemorySegment.copy(segment, offset, key, 0, length);
    return keyWindow.at(key.address(), length);
  }
}
