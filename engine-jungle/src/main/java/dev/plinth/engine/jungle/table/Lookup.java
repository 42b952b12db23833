package dev.plinth.engine.jungle.table;

import dev.plinth.kit.log.LogWriter;
import dev.plinth.kit.memory.KeyHash;
import dev.plinth.kit.memory.Keys;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// One point read on its way through the tree: the key it looks for, in native memory, and the
/// entry that was found. Reused for read after read; not thread-safe.
public final class Lookup {
  final LeafPage leaf = new LeafPage();

  private final LoggedValue logged = new LoggedValue();
  private MemorySegment key = Arena.ofAuto().allocate(256, 8);
  private int length;
  private long hash;
  private long tag;
  private MemorySegment valueSegment = MemorySegment.NULL;
  private long valueOffset;
  private int valueLength;
  private long blocks;

  /// Looks for another key; it is copied.
  public void start(MemorySegment source, long offset, int keyLength) {
    if (keyLength > key.byteSize()) {
      key = Arena.ofAuto().allocate(keyLength, 8);
    }
    MemorySegment.copy(source, offset, key, 0, keyLength);
    length = keyLength;
    hash = KeyHash.of(key, 0, keyLength);
    blocks = 0;
  }

  /// The memory that holds the key, from 0 on.
  public MemorySegment key() {
    return key;
  }

  /// How long the key is.
  public int length() {
    return length;
  }

  /// The key's hash.
  public long hash() {
    return hash;
  }

  /// The key's first eight bytes.
  public long prefix() {
    return Keys.prefix(key, 0, length);
  }

  /// Says which entry was found.
  public void found(long entryTag, MemorySegment segment, long offset, int bytes) {
    tag = entryTag;
    valueSegment = segment;
    valueOffset = offset;
    valueLength = bytes;
  }

  /// Says that the value of an entry stands in the log, and reads it.
  ///
  /// @param segment holds what stands for it
  public void foundInLog(long entryTag, LogWriter log, MemorySegment segment, long offset) {
    logged.read(log, segment, offset);
    found(entryTag, logged.segment(), 0, logged.length());
  }

  /// Forgets what was found, before it waits for another use.
  public void clear() {
    logged.clear();
  }

  /// The tag of the entry found.
  public long tag() {
    return tag;
  }

  /// The memory that holds the value found.
  public MemorySegment valueSegment() {
    return valueSegment;
  }

  /// Where the value starts.
  public long valueOffset() {
    return valueOffset;
  }

  /// How long the value is.
  public int valueLength() {
    return valueLength;
  }

  /// How many blocks of tables this read touched.
  public long blocks() {
    return blocks;
  }

  void touch() {
    blocks++;
  }
}
