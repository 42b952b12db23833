package dev.plinth.peers.lmdb;

import java.util.ArrayDeque;
import java.util.Deque;
import org.lmdbjava.Cursor;
import org.lmdbjava.Txn;

/// A read transaction with a cursor, for scans; kept and renewed, since making one costs more than
/// a short scan.
final class LmdbWalker {
  final Txn<Window> txn;
  final Cursor<Window> cursor;

  private LmdbWalker(LmdbStore store) {
    txn = store.newRead();
    cursor = store.cursor(txn);
  }

  private void free() {
    cursor.close();
    txn.close();
  }

  /// A few walkers that rest, holding no pages back.
  static final class Pool {
    private static final int KEPT_MAX = 16;

    private final LmdbStore store;
    private final Deque<LmdbWalker> idle = new ArrayDeque<>();

    Pool(LmdbStore store) {
      this.store = store;
    }

    LmdbWalker take() {
      LmdbWalker walker;
      synchronized (idle) {
        walker = idle.poll();
      }
      if (walker == null) {
        return new LmdbWalker(store);
      }
      walker.txn.renew();
      walker.cursor.renew(walker.txn);
      return walker;
    }

    void give(LmdbWalker walker) {
      walker.txn.reset();
      synchronized (idle) {
        if (idle.size() < KEPT_MAX) {
          idle.push(walker);
          return;
        }
      }
      walker.txn.renew();
      walker.free();
    }

    void free() {
      synchronized (idle) {
        for (LmdbWalker walker : idle) {
          walker.txn.renew();
          walker.free();
        }
        idle.clear();
      }
    }
  }
}
