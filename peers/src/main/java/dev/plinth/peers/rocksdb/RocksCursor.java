package dev.plinth.peers.rocksdb;

import dev.plinth.peers.PeerCursor;
import dev.plinth.spi.KeyRange;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;

/// A RocksDB iterator with its bounds. Key and value are fetched when they are asked for, each into
/// a direct buffer of the cursor's own.
final class RocksCursor extends PeerCursor {
  private static final int KEY_BYTES = 256;
  private static final int VALUE_BYTES = 4 << 10;
  private static final int UNKNOWN = -1;

  private final RocksEngine engine;
  private final @Nullable Slice lower;
  private final @Nullable Slice upper;
  private final ReadOptions options;
  private final RocksIterator iterator;
  private final Fetched key = new Fetched(KEY_BYTES);
  private final Fetched value = new Fetched(VALUE_BYTES);
  private final Fetched target = new Fetched(KEY_BYTES);
  private int keyLength = UNKNOWN;
  private int valueLength = UNKNOWN;

  /// @param snapshot what it shows; null for the newest state
  RocksCursor(RocksEngine engine, KeyRange range, @Nullable Snapshot snapshot) {
    super(engine);
    this.engine = engine;
    byte[] from = range.from();
    byte[] to = range.to();
    lower = from == null || from.length == 0 ? null : new Slice(from);
    upper = to == null ? null : new Slice(to);
    options = new ReadOptions();
    if (lower != null) {
      options.setIterateLowerBound(lower);
    }
    if (upper != null) {
      options.setIterateUpperBound(upper);
    }
    if (snapshot != null) {
      options.setSnapshot(snapshot);
    }
    iterator = engine.handles().db.newIterator(engine.handles().entries, options);
  }

  @Override
  public boolean seek(MemorySegment segment, long offset, int length) {
    requireOpen();
    iterator.seek(target.filled(segment, offset, length));
    return landed(arrived());
  }

  @Override
  public boolean seekAtOrBefore(MemorySegment segment, long offset, int length) {
    requireOpen();
    iterator.seekForPrev(target.filled(segment, offset, length));
    return landed(arrived());
  }

  @Override
  public MemorySegment keySegment() {
    keyLength();
    return key.shown;
  }

  @Override
  public long keyOffset() {
    return 0;
  }

  @Override
  public int keyLength() {
    requireEntry();
    if (keyLength == UNKNOWN) {
      int length = iterator.key(key.room(0));
      if (length > key.capacity()) {
        length = iterator.key(key.room(length));
      }
      keyLength = length;
    }
    return keyLength;
  }

  @Override
  public MemorySegment valueSegment() {
    valueLength();
    return value.shown;
  }

  @Override
  public long valueOffset() {
    return 0;
  }

  @Override
  public int valueLength() {
    requireEntry();
    if (valueLength == UNKNOWN) {
      int length = iterator.value(value.room(0));
      if (length > value.capacity()) {
        length = iterator.value(value.room(length));
      }
      valueLength = length;
    }
    return valueLength;
  }

  @Override
  protected boolean moveFirst() {
    iterator.seekToFirst();
    return arrived();
  }

  @Override
  protected boolean moveLast() {
    iterator.seekToLast();
    return arrived();
  }

  @Override
  protected boolean moveNext() {
    iterator.next();
    return arrived();
  }

  @Override
  protected boolean movePrevious() {
    iterator.prev();
    return arrived();
  }

  @Override
  protected void free() {
    iterator.close();
    options.close();
    if (lower != null) {
      lower.close();
    }
    if (upper != null) {
      upper.close();
    }
  }

  private boolean arrived() {
    keyLength = UNKNOWN;
    valueLength = UNKNOWN;
    if (iterator.isValid()) {
      return true;
    }
    try {
      iterator.status();
    } catch (RocksDBException e) {
      throw engine.translated(e);
    }
    return false;
  }

  /// A direct buffer that grows.
  private static final class Fetched {
    private MemorySegment segment = MemorySegment.NULL;
    private MemorySegment shown = MemorySegment.NULL;
    private ByteBuffer buffer = ByteBuffer.allocate(0);

    Fetched(int bytes) {
      room(bytes);
    }

    int capacity() {
      return buffer.capacity();
    }

    ByteBuffer room(int bytes) {
      if (bytes > segment.byteSize()) {
        segment = Arena.ofAuto().allocate(bytes, 8);
        shown = segment.asReadOnly();
        buffer = segment.asByteBuffer();
      }
      return buffer.clear();
    }

    ByteBuffer filled(MemorySegment source, long offset, int length) {
      room(length);
      MemorySegment.copy(source, offset, segment, 0, length);
      return buffer.limit(length);
    }
  }
}
