package dev.plinth.kit.log;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A record as a test sees it.
record Entry(int type, long first, long second, String body) {

  /// An entry with a body of a given length that tells its number.
  static Entry numbered(long number, int length) {
    StringBuilder body = new StringBuilder(length + 24).append(number).append(':');
    while (body.length() < length) {
      body.append((char) ('a' + (body.length() * 7L + number) % 26));
    }
    return new Entry((int) (number % 5), number, number * 3, body.substring(0, length));
  }

  MemorySegment segment() {
    return MemorySegment.ofArray(body.getBytes(StandardCharsets.ISO_8859_1));
  }

  static Entry of(
      int type, long first, long second, MemorySegment segment, long offset, int length) {
    byte[] bytes = segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
    return new Entry(type, first, second, new String(bytes, StandardCharsets.ISO_8859_1));
  }

  /// Collects what a log shows, and forgets what was truncated.
  static final class Collector implements LogVisitor {
    final List<Entry> entries = new ArrayList<>();
    final List<Long> positions = new ArrayList<>();

    @Override
    public void record(
        int type,
        long position,
        long first,
        long second,
        MemorySegment segment,
        long offset,
        int length) {
      entries.add(Entry.of(type, first, second, segment, offset, length));
      positions.add(position);
    }

    @Override
    public void truncated(long position) {
      while (!positions.isEmpty() && positions.getLast() > position) {
        positions.removeLast();
        entries.removeLast();
      }
    }
  }
}
