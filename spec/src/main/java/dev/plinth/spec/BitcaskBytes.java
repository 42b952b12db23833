package dev.plinth.spec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Reads Bitcask's data files and manifest edits as `docs/formats/bitcask.md` draws them: a second
/// reader, which knows nothing of the engine's and checks no checksum.
final class BitcaskBytes {
  private static final int HEAD_BYTES = 32;
  private static final int CRC_BYTES = 4;
  private static final int WATERMARK_BYTES = 17;
  private static final int PUT = 1;
  private static final int DELETE = 2;
  private static final int WATERMARK = 5;

  private BitcaskBytes() {}

  /// A put or delete.
  ///
  /// @param delta its sequence above the file's base
  record Change(String key, long delta, boolean isDelete) {}

  /// An edit of the manifest that concerns files.
  sealed interface Edit {
    /// A file is there, or is sealed now.
    ///
    /// @param merged whether a merge made it
    record Named(int number, boolean merged, boolean sealed, long base) implements Edit {}

    /// A file counts no more.
    record Drop(int number) implements Edit {}
  }

  static boolean isData(Path path) {
    return String.valueOf(path.getFileName()).matches("[0-9]{8}\\.data");
  }

  static int number(Path path) {
    return Integer.parseInt(String.valueOf(path.getFileName()).substring(0, 8));
  }

  /// The puts and deletes among bytes of a data file that begin with its head or a record.
  static List<Change> records(long offset, MemorySegment written) {
    byte[] bytes = written.toArray(ValueLayout.JAVA_BYTE);
    List<Change> found = new ArrayList<>();
    int[] at = {offset == 0 ? HEAD_BYTES : 0};
    while (at[0] + CRC_BYTES < bytes.length) {
      int kind = bytes[at[0] + CRC_BYTES] & 7;
      if (kind == 0) {
        break;
      }
      if (kind == WATERMARK) {
        at[0] += WATERMARK_BYTES;
        continue;
      }
      at[0] += CRC_BYTES + 1;
      long delta = LogBytes.varint(bytes, at);
      int keyLength = (int) LogBytes.varint(bytes, at);
      int valueLength = (int) LogBytes.varint(bytes, at);
      if (kind == PUT || kind == DELETE) {
        String key = new String(bytes, at[0], keyLength, StandardCharsets.US_ASCII);
        found.add(new Change(key, delta, kind == DELETE));
      }
      at[0] += keyLength + valueLength;
    }
    return found;
  }

  /// The edits of one commit that concern files.
  static List<Edit> edits(long offset, MemorySegment bytes) {
    List<Edit> edits = new ArrayList<>();
    for (LogBytes.Logged record : LogBytes.records(offset, bytes)) {
      byte[] body = record.bytes();
      int[] at = {0};
      while (at[0] < body.length) {
        edit(body, at, edits);
      }
    }
    return edits;
  }

  private static void edit(byte[] body, int[] at, List<Edit> edits) {
    int kind = (int) LogBytes.varint(body, at);
    switch (kind) {
      case 1 -> {
        int number = (int) LogBytes.varint(body, at);
        boolean merged = LogBytes.varint(body, at) == 1;
        boolean sealed = LogBytes.varint(body, at) == 1;
        at[0] += Long.BYTES;
        long base = LogBytes.varint(body, at);
        for (int i = 0; i < 6; i++) {
          LogBytes.varint(body, at);
        }
        edits.add(new Edit.Named(number, merged, sealed, base));
      }
      case 2 -> edits.add(new Edit.Drop((int) LogBytes.varint(body, at)));
      case 3, 4, 5 -> {
        LogBytes.varint(body, at);
        LogBytes.varint(body, at);
      }
      default -> throw new IllegalStateException("edit of kind " + kind + " in " + text(body));
    }
  }

  private static String text(byte[] body) {
    return ByteBuffer.wrap(body).order(ByteOrder.LITTLE_ENDIAN) + Arrays.toString(body);
  }
}
