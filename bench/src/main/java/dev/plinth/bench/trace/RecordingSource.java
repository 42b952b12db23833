package dev.plinth.bench.trace;

import dev.plinth.bench.trace.TraceFormat.Kind;
import dev.plinth.spi.EntrySource;
import java.lang.foreign.MemorySegment;

/// Entries on their way into an engine, recorded as puts.
record RecordingSource(EntrySource entries, TraceWriter trace) implements EntrySource {
  @Override
  public boolean next() {
    boolean found = entries.next();
    if (found) {
      trace.record(
          Kind.PUT,
          entries.keySegment(),
          entries.keyOffset(),
          entries.keyLength(),
          entries.valueLength());
    }
    return found;
  }

  @Override
  public MemorySegment keySegment() {
    return entries.keySegment();
  }

  @Override
  public long keyOffset() {
    return entries.keyOffset();
  }

  @Override
  public int keyLength() {
    return entries.keyLength();
  }

  @Override
  public MemorySegment valueSegment() {
    return entries.valueSegment();
  }

  @Override
  public long valueOffset() {
    return entries.valueOffset();
  }

  @Override
  public int valueLength() {
    return entries.valueLength();
  }

  @Override
  public void close() {
    entries.close();
  }
}
