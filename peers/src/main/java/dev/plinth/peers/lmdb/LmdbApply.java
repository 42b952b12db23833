package dev.plinth.peers.lmdb;

import dev.plinth.spi.BatchVisitor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.lmdbjava.Cursor;
import org.lmdbjava.GetOp;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

/// Applies waiting operations, in their order, to a write transaction. A run of ascending keys
/// behind the last one of the store is appended, which fills pages to the brim.
final class LmdbApply implements BatchVisitor {
  private static final PutFlags[] PLAIN = {};
  private static final PutFlags[] APPEND = {PutFlags.MDB_APPEND};

  private final LmdbStore store;
  private final Txn<Window> txn;
  private final Window key = new Window();
  private final Window value = new Window();
  private MemorySegment last = MemorySegment.NULL;
  private boolean appending;
  private long lastAddress;
  private long lastLength;

  /// @param append whether to try to append
  LmdbApply(LmdbStore store, Txn<Window> txn, boolean append) {
    this.store = store;
    this.txn = txn;
    if (append) {
      findLast();
    }
  }

  @Override
  public void put(
      MemorySegment segment, long keyOffset, int keyLength, long valueOffset, int valueLength) {
    long address = segment.address();
    key.at(address + keyOffset, keyLength);
    value.at(address + valueOffset, valueLength);
    appending = appending && Window.compare(lastAddress, lastLength, key.address(), keyLength) < 0;
    if (appending) {
      lastAddress = key.address();
      lastLength = keyLength;
    }
    store.put(txn, key, value, appending ? APPEND : PLAIN);
  }

  @Override
  public void delete(MemorySegment segment, long keyOffset, int keyLength) {
    appending = false;
    store.delete(txn, key.at(segment.address() + keyOffset, keyLength));
  }

  @Override
  public void deleteRange(
      MemorySegment segment, long fromOffset, int fromLength, long toOffset, int toLength) {
    appending = false;
    if (fromLength == 0 && toLength == 0) {
      store.deleteAll(txn);
      return;
    }
    long end = segment.address() + toOffset;
    try (Cursor<Window> cursor = store.cursor(txn)) {
      boolean more =
          fromLength == 0
              ? cursor.first()
              : cursor.get(key.at(segment.address() + fromOffset, fromLength), GetOp.MDB_SET_RANGE);
      while (more && (toLength == 0 || before(cursor.key(), end, toLength))) {
        cursor.delete();
        more = cursor.next();
      }
    }
  }

  private static boolean before(Window at, long end, int endLength) {
    return Window.compare(at.address(), at.bytes(), end, endLength) < 0;
  }

  private void findLast() {
    appending = true;
    try (Cursor<Window> cursor = store.cursor(txn)) {
      if (cursor.last()) {
        lastLength = cursor.key().bytes();
        last = Arena.ofAuto().allocate(lastLength);
        MemorySegment.copy(Window.SHOWN, cursor.key().address(), last, 0, lastLength);
        lastAddress = last.address();
      }
    }
  }
}
