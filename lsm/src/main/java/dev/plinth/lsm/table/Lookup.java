package dev.plinth.lsm.table;

import dev.plinth.kit.memory.KeyHash;
import dev.plinth.kit.memory.Keys;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// One point read on its way through the tree: the key it looks for, in native memory, and the
/// entry that was found. Reused for read after read; not thread-safe.
public final class Lookup {
  final Block index = new Block(1);
  final Block data = new Block(TableFormat.RESTART_INTERVAL);
  final UnpackedBlocks unpacker = new UnpackedBlocks();

  private final BlobReader blob = new BlobReader();
  private MemorySegment key = Arena.ofAuto().allocate(256, 8);
  private int length;
  private long hash;
  private long tag;
  private MemorySegment valueSegment = MemorySegment.NULL;
  private long valueOffset;
  private int valueLength;
  private long blocks;
  private int refused;
  private int falsePasses;

  /// Looks for another key; it is copied.
  public void start(MemorySegment source, long offset, int keyLength) {
    if (keyLength > key.byteSize()) {
      key = Arena.ofAuto().allocate(keyLength, 8);
    }
    MemorySegment.copy(source, offset, key, 0, keyLength);
    length = keyLength;
    hash = KeyHash.of(key, 0, keyLength);
    blocks = 0;
    refused = 0;
    falsePasses = 0;
  }

  /// Lets go what it found.
  public void end() {
    unpacker.release();
    blob.release();
  }

  /// Puts the value in the place of the reference that was found.
  public void fetchBlob(BlobSource blobs) {
    blob.fetch(blobs, valueSegment, valueOffset, valueLength);
    valueSegment = blob.segment();
    valueOffset = blob.offset();
    valueLength = blob.length();
    blocks++;
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

  /// Counts a table whose filter told that the key is not there.
  public void countRefused() {
    refused++;
  }

  /// Counts a table whose filter let the key pass, and that holds no entry of it to be seen.
  public void countFalsePass() {
    falsePasses++;
  }

  /// How many tables were passed over by their filters.
  public int refused() {
    return refused;
  }

  /// How many tables were searched in vain.
  public int falsePasses() {
    return falsePasses;
  }

  void touch() {
    blocks++;
  }
}
