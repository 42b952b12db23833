package dev.plinth.lsm.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicLong;

/// Keeps unpacked blocks in off-heap memory up to a limit; scans do not wash it out.
///
/// A block is named by the identity of its table and its offset there. The replacement is S3-FIFO
/// (Yang et al., SOSP 2023): a new block goes through a small queue and reaches the main one only
/// when it is asked for again, or was dropped a short while ago. Blocks that are not compressed
/// never come here: they are read where they are mapped.
///
/// Any thread may use it. A block that [#pin] or [#add] returned stays until [#unpin]. Memory is
/// taken as it is needed and given back by [#close()], when nobody reads any more.
public final class BlockCache implements AutoCloseable {
  /// Readers look a few bytes past a block's end at once.
  private static final int SLACK_BYTES = 16;

  private static final int SHARDS_MAX = 16;
  private static final int SHARD_SLOTS_MIN = 64;
  private static final long FACTOR = 0x9e3779b97f4a7c15L;

  private final Arena arena = Arena.ofShared();
  private final int blockBytesMax;
  private final CacheShard[] shards;
  private final AtomicLong held = new AtomicLong();

  /// A cache.
  ///
  /// @param bytes the most it takes; less than one block for no cache
  /// @param blockBytesMax larger blocks are not kept
  public BlockCache(long bytes, int blockBytesMax) {
    this.blockBytesMax = blockBytesMax;
    int slotBytes = (blockBytesMax + SLACK_BYTES + 63) & ~63;
    int slots = (int) Math.min(1 << 28, bytes / slotBytes);
    int count = 1;
    while (count < SHARDS_MAX && slots / (2 * count) >= SHARD_SLOTS_MIN) {
      count *= 2;
    }
    this.shards = new CacheShard[count];
    for (int i = 0; i < count; i++) {
      shards[i] = new CacheShard(slots / count, slotBytes, this::allocate);
    }
  }

  /// Finds a block and pins it.
  ///
  /// @return a handle; -1 when it is not there
  public long pin(long identity, long offset) {
    long hash = hash(identity, offset);
    int shard = shard(hash);
    int slot = shards[shard].pin(identity, offset, hash);
    return slot < 0 ? -1 : (long) shard << 32 | slot;
  }

  /// Keeps a block and pins it.
  ///
  /// @param source holds its bytes from 0 on; they are copied
  /// @return a handle; -1 when there is no room for it
  public long add(long identity, long offset, MemorySegment source, int length) {
    if (length > blockBytesMax) {
      return -1;
    }
    long hash = hash(identity, offset);
    int shard = shard(hash);
    int slot = shards[shard].add(identity, offset, hash, source, length);
    return slot < 0 ? -1 : (long) shard << 32 | slot;
  }

  /// Lets a block go.
  public void unpin(long handle) {
    shards[(int) (handle >>> 32)].unpin((int) handle);
  }

  /// The memory that holds a pinned block.
  public MemorySegment segment(long handle) {
    return shards[(int) (handle >>> 32)].segment((int) handle);
  }

  /// Where in [#segment] it starts.
  public long offset(long handle) {
    return shards[(int) (handle >>> 32)].offset((int) handle);
  }

  /// How many bytes it has.
  public int length(long handle) {
    return shards[(int) (handle >>> 32)].length((int) handle);
  }

  /// How often a block was there.
  public long hits() {
    long sum = 0;
    for (CacheShard shard : shards) {
      sum += shard.hits();
    }
    return sum;
  }

  /// How often a block was not there.
  public long misses() {
    long sum = 0;
    for (CacheShard shard : shards) {
      sum += shard.misses();
    }
    return sum;
  }

  /// The off-heap memory it holds, in bytes.
  public long bytesHeld() {
    return held.get();
  }

  /// Gives its memory back; nobody may use it any more.
  @Override
  public void close() {
    arena.close();
  }

  private MemorySegment allocate(long bytes) {
    held.addAndGet(bytes);
    return arena.allocate(bytes, 64);
  }

  private int shard(long hash) {
    return (int) (hash >>> 40) & (shards.length - 1);
  }

  static long hash(long identity, long offset) {
    long mixed = (identity ^ offset * FACTOR) * FACTOR;
    return mixed ^ mixed >>> 29;
  }
}
