package dev.plinth.conformance.model;

import dev.plinth.spi.EntrySource;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Entries of a list, for ingestion.
public final class ListedEntries implements EntrySource {
  private final List<Mutation.Put> entries;
  private int at = -1;
  private MemorySegment key = MemorySegment.NULL;
  private MemorySegment value = MemorySegment.NULL;

  /// Shows the entries in their order.
  public ListedEntries(List<Mutation.Put> entries) {
    this.entries = List.copyOf(entries);
  }

  @Override
  public boolean next() {
    if (at + 1 >= entries.size()) {
      return false;
    }
    at++;
    key = MemorySegment.ofArray(entries.get(at).key().bytes());
    value = MemorySegment.ofArray(entries.get(at).value().bytes());
    return true;
  }

  @Override
  public MemorySegment keySegment() {
    return key;
  }

  @Override
  public long keyOffset() {
    return 0;
  }

  @Override
  public int keyLength() {
    return (int) key.byteSize();
  }

  @Override
  public MemorySegment valueSegment() {
    return value;
  }

  @Override
  public long valueOffset() {
    return 0;
  }

  @Override
  public int valueLength() {
    return (int) value.byteSize();
  }

  @Override
  public void close() {}
}
