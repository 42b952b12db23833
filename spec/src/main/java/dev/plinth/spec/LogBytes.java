package dev.plinth.spec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Reads log segments and manifests as `docs/formats/log.md` draws them: a second reader, which
/// knows nothing of the kit's and checks no checksum, since it is shown what is being written.
final class LogBytes {
  private static final int HEADER_BYTES = 64;
  private static final int CRC_BYTES = 4;
  private static final int USER = 128;

  private LogBytes() {}

  /// Whether a file is a segment in use.
  static boolean isSegment(Path path) {
    return String.valueOf(path.getFileName()).matches("[0-9a-f]{16}\\.log");
  }

  static long number(Path path) {
    return Long.parseLong(String.valueOf(path.getFileName()).substring(0, 16), 16);
  }

  /// A record of the user's.
  ///
  /// @param type its type
  /// @param first its first number
  /// @param second its second number
  /// @param body its body
  record Logged(int type, long first, long second, MemorySegment body) {
    byte[] bytes() {
      return body.toArray(ValueLayout.JAVA_BYTE);
    }
  }

  /// The first numbers of the users' records among bytes that are written at an offset.
  static List<Long> users(long offset, MemorySegment bytes) {
    return records(offset, bytes).stream().map(Logged::first).toList();
  }

  /// The users' records among bytes that begin with a header or a record.
  static List<Logged> records(long offset, MemorySegment written) {
    byte[] bytes = written.toArray(ValueLayout.JAVA_BYTE);
    List<Logged> found = new ArrayList<>();
    int[] at = {offset == 0 ? HEADER_BYTES : 0};
    while (at[0] + CRC_BYTES + 1 < bytes.length) {
      at[0] += CRC_BYTES;
      int kind = bytes[at[0]++] & 0xff;
      if (kind == 0) {
        break;
      }
      int length = (int) varint(bytes, at);
      long first = varint(bytes, at);
      long second = varint(bytes, at);
      if (kind >= USER) {
        byte[] body = Arrays.copyOfRange(bytes, at[0], at[0] + length);
        found.add(new Logged(kind - USER, first, second, MemorySegment.ofArray(body)));
      }
      at[0] += length;
    }
    return found;
  }

  /// A number in LEB128.
  static long varint(byte[] bytes, int[] at) {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = bytes[at[0]++];
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }
}
