package com.example.journal;

import dev.plinth.spi.BatchVisitor;
import dev.plinth.spi.WriteBatch;
import java.lang.foreign.MemorySegment;

/// Copies operations into another batch, and counts puts.
final class Copying implements BatchVisitor {
  private final WriteBatch target;
  private int puts;

  Copying(WriteBatch target) {
    this.target = target;
  }

  static boolean holdsPuts(WriteBatch batch) {
    Copying copying = new Copying(new WriteBatch());
    batch.forEach(copying);
    return copying.puts > 0;
  }

  @Override
  public void put(MemorySegment memory, long key, int keyLength, long value, int valueLength) {
    target.put(memory, key, keyLength, memory, value, valueLength);
    puts++;
  }

  @Override
  public void delete(MemorySegment memory, long key, int keyLength) {
    target.delete(memory, key, keyLength);
  }

  @Override
  public void deleteRange(MemorySegment memory, long from, int fromLength, long to, int toLength) {
    target.deleteRange(memory, from, fromLength, memory, to, toLength);
  }
}
