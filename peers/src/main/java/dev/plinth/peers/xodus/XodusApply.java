package dev.plinth.peers.xodus;

import dev.plinth.spi.BatchVisitor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import jetbrains.exodus.ArrayByteIterable;
import jetbrains.exodus.ByteIterable;
import jetbrains.exodus.env.Cursor;
import jetbrains.exodus.env.Store;
import jetbrains.exodus.env.Transaction;

/// Applies operations, in their order, to a transaction of Xodus.
final class XodusApply implements BatchVisitor {
  private static final int KEYS_AT_A_TIME = 4096;

  private final Store store;
  private final Transaction txn;

  XodusApply(Store store, Transaction txn) {
    this.store = store;
    this.txn = txn;
  }

  @Override
  public void put(
      MemorySegment segment, long keyOffset, int keyLength, long valueOffset, int valueLength) {
    store.put(
        txn, iterable(segment, keyOffset, keyLength), iterable(segment, valueOffset, valueLength));
  }

  @Override
  public void delete(MemorySegment segment, long keyOffset, int keyLength) {
    store.delete(txn, iterable(segment, keyOffset, keyLength));
  }

  @Override
  public void deleteRange(
      MemorySegment segment, long fromOffset, int fromLength, long toOffset, int toLength) {
    ByteIterable from = iterable(segment, fromOffset, fromLength);
    byte[] to = segment.asSlice(toOffset, toLength).toArray(ValueLayout.JAVA_BYTE);
    List<ByteIterable> keys = keys(from, to);
    while (!keys.isEmpty()) {
      keys.forEach(key -> store.delete(txn, key));
      keys = keys(from, to);
    }
  }

  private List<ByteIterable> keys(ByteIterable from, byte[] to) {
    List<ByteIterable> keys = new ArrayList<>();
    try (Cursor cursor = store.openCursor(txn)) {
      boolean more = cursor.getSearchKeyRange(from) != null;
      while (more && keys.size() < KEYS_AT_A_TIME) {
        byte[] key = XodusStore.bytes(cursor.getKey());
        if (to.length > 0 && Arrays.compareUnsigned(key, to) >= 0) {
          return keys;
        }
        keys.add(new ArrayByteIterable(key));
        more = cursor.getNext();
      }
    }
    return keys;
  }

  private static ByteIterable iterable(MemorySegment segment, long offset, int length) {
    return new ArrayByteIterable(segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE));
  }
}
