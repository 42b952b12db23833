package dev.plinth.peers;

import dev.plinth.spi.EntrySource;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Entries from a list.
final class ListSource implements EntrySource {
  private final List<byte[][]> entries;
  private int at = -1;

  ListSource(List<byte[][]> entries) {
    this.entries = entries;
  }

  @Override
  public boolean next() {
    at++;
    return at < entries.size();
  }

  @Override
  public MemorySegment keySegment() {
    return MemorySegment.ofArray(entries.get(at)[0]);
  }

  @Override
  public long keyOffset() {
    return 0;
  }

  @Override
  public int keyLength() {
    return entries.get(at)[0].length;
  }

  @Override
  public MemorySegment valueSegment() {
    return MemorySegment.ofArray(entries.get(at)[1]);
  }

  @Override
  public long valueOffset() {
    return 0;
  }

  @Override
  public int valueLength() {
    return entries.get(at)[1].length;
  }

  @Override
  public void close() {
    // A list holds nothing open.
  }
}
