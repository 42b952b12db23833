package dev.plinth.peers.xodus;

import dev.plinth.peers.HeapView;
import dev.plinth.peers.HeapWalk;
import jetbrains.exodus.ArrayByteIterable;
import jetbrains.exodus.env.Cursor;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.Transaction;
import org.jspecify.annotations.Nullable;

/// A read-only transaction of Xodus.
final class XodusView implements HeapView {
  private final XodusStore owner;
  private final Store store;
  private final Transaction txn;

  XodusView(XodusStore owner, Store store, Transaction txn) {
    this.owner = owner;
    this.store = store;
    this.txn = txn;
  }

  @Override
  public byte @Nullable [] get(byte[] key) {
    return owner.translating(() -> XodusStore.get(store, txn, key));
  }

  @Override
  public HeapWalk walk() {
    return owner.translating(() -> new Walk(store.openCursor(txn)));
  }

  @Override
  public void close() {
    txn.abort();
  }

  private final class Walk implements HeapWalk {
    private final Cursor cursor;

    Walk(Cursor cursor) {
      this.cursor = cursor;
    }

    @Override
    public boolean seek(byte[] key) {
      return owner.translating(() -> cursor.getSearchKeyRange(new ArrayByteIterable(key)) != null);
    }

    @Override
    public boolean last() {
      return owner.translating(cursor::getLast);
    }

    @Override
    public boolean before(byte[] key) {
      return owner.translating(() -> seek(key) ? cursor.getPrev() : cursor.getLast());
    }

    @Override
    public boolean next() {
      return owner.translating(cursor::getNext);
    }

    @Override
    public boolean previous() {
      return owner.translating(cursor::getPrev);
    }

    @Override
    public byte[] key() {
      return XodusStore.bytes(cursor.getKey());
    }

    @Override
    public byte[] value() {
      return XodusStore.bytes(cursor.getValue());
    }

    @Override
    public void close() {
      cursor.close();
    }
  }
}
