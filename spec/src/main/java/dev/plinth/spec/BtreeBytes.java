package dev.plinth.spec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads pages and meta slots of a B-tree as `docs/formats/btree.md` draws them; shares nothing
/// with the engine.
final class BtreeBytes {
  /// Where pages begin; the meta slots lie before.
  static final long PAGES_OFFSET = 8192;

  private static final int PAGE_BYTES_OFFSET = 24;
  private static final int COMMIT_OFFSET = 32;
  private static final int ROOT_OFFSET = 48;
  private static final int LEAF = 1;
  private static final int COUNT_OFFSET = 2;
  private static final int PREFIX_OFFSET = 8;
  private static final int NUMBER_OFFSET = 24;
  private static final int SLOTS_OFFSET = 32;
  private static final int SLOT_BYTES = 8;
  private static final int CELL_OFFSET = 4;
  private static final int LENGTH_OFFSET = 6;
  private static final int VALUE_LENGTH_BYTES = 2;

  private BtreeBytes() {}

  /// What a meta slot says.
  record Meta(int pageBytes, long commit, long root) {}

  /// A page of the tree: keys of a leaf, children of an inner page.
  record Page(long number, boolean leaf, List<String> keys, List<Long> children) {}

  static Meta meta(byte[] slot) {
    ByteBuffer in = ByteBuffer.wrap(slot).order(ByteOrder.LITTLE_ENDIAN);
    return new Meta(
        in.getInt(PAGE_BYTES_OFFSET), in.getLong(COMMIT_OFFSET), in.getLong(ROOT_OFFSET));
  }

  /// A page; null for bytes that are none, such as those of an extent.
  static @Nullable Page page(byte[] bytes, long number) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int kind = in.get(0);
    if (kind < LEAF || kind > LEAF + 1 || in.getLong(NUMBER_OFFSET) != number) {
      return null;
    }
    List<String> keys = new ArrayList<>();
    List<Long> children = new ArrayList<>();
    int prefix = in.getShort(PREFIX_OFFSET);
    String head = text(bytes, bytes.length - prefix, prefix);
    for (int i = 0; i < in.getShort(COUNT_OFFSET); i++) {
      int slot = SLOTS_OFFSET + i * SLOT_BYTES;
      int cell = in.getShort(slot + CELL_OFFSET);
      if (kind == LEAF) {
        keys.add(head + text(bytes, cell + VALUE_LENGTH_BYTES, in.getShort(slot + LENGTH_OFFSET)));
      } else {
        children.add(in.getLong(cell));
      }
    }
    return new Page(number, kind == LEAF, keys, children);
  }

  private static String text(byte[] bytes, int offset, int length) {
    return new String(bytes, offset, length, StandardCharsets.US_ASCII);
  }
}
