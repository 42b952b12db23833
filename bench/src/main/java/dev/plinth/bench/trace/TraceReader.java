package dev.plinth.bench.trace;

import dev.plinth.bench.trace.TraceFormat.Kind;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/// Reads a trace, record by record. Not thread-safe; nothing is allocated per record.
public final class TraceReader implements AutoCloseable {
  private static final int BLOCK_LIMIT = 1 << 28;

  private final Path file;
  private final FileChannel channel;
  private final CRC32C checksum = new CRC32C();
  private ByteBuffer block = ByteBuffer.allocateDirect(TraceFormat.BLOCK_BYTES_MAX);
  private MemorySegment memory = MemorySegment.ofBuffer(block);
  private Kind kind = Kind.FLUSH;
  private long keyOffset;
  private int keyLength;
  private long toOffset;
  private int toLength;
  private int number;

  /// Opens a trace.
  ///
  /// @throws StorageException.Io when the file is no trace
  /// @throws StorageException.UnsupportedFormat when a newer release wrote it
  public TraceReader(Path file) {
    this.file = file;
    try {
      channel = FileChannel.open(file, StandardOpenOption.READ);
      block.order(ByteOrder.LITTLE_ENDIAN).limit(TraceFormat.HEADER_BYTES);
      if (!fill() || block.getLong(0) != TraceFormat.MAGIC) {
        channel.close();
        throw TraceFormat.damaged(file, "this is no trace of an engine");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int version = block.getInt(8);
    if (version != TraceFormat.VERSION) {
      throw new StorageException.UnsupportedFormat(
          file
              + ": a trace of version "
              + version
              + ", this release reads "
              + TraceFormat.VERSION
              + "; use the release that recorded it");
    }
    block.limit(0);
  }

  /// Goes to the next record.
  ///
  /// @return whether there is one
  /// @throws StorageException.Io when the trace is damaged
  public boolean next() {
    if (!block.hasRemaining() && !nextBlock()) {
      return false;
    }
    kind = TraceFormat.kind(block.get() & 0xff, file);
    number = -1;
    if (kind != Kind.BATCH && kind != Kind.FLUSH) {
      keyLength = varint();
      keyOffset = skip(keyLength);
    }
    if (kind == Kind.DELETE_RANGE) {
      toLength = varint();
      toOffset = skip(toLength);
    }
    if (kind == Kind.PUT || kind == Kind.READ_HIT || kind == Kind.SCAN || kind == Kind.BATCH) {
      number = varint();
    }
    return true;
  }

  /// What was done.
  public Kind kind() {
    return kind;
  }

  /// The memory that holds key and bounds until the next call of [#next()].
  public MemorySegment memory() {
    return memory;
  }

  /// Where the key, or the first bound of a range, begins.
  public long keyOffset() {
    return keyOffset;
  }

  /// Bytes of the key, or of the first bound.
  public int keyLength() {
    return keyLength;
  }

  /// Where the second bound of a range begins.
  public long toOffset() {
    return toOffset;
  }

  /// Bytes of the second bound.
  public int toLength() {
    return toLength;
  }

  /// Bytes of the value, entries of a scan, or operations of a batch; -1 where the kind has none.
  public int number() {
    return number;
  }

  /// A copy of the key, or of the first bound.
  public byte[] key() {
    return copy(keyOffset, keyLength);
  }

  /// A copy of the second bound.
  public byte[] to() {
    return copy(toOffset, toLength);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] copy(long offset, int length) {
    byte[] copy = new byte[length];
    block.get((int) offset, copy);
    return copy;
  }

  private boolean nextBlock() {
    try {
      block.clear().limit(TraceFormat.BLOCK_HEADER_BYTES);
      if (!fill()) {
        block.limit(0);
        return false;
      }
      int length = block.getInt(0);
      int expected = block.getInt(4);
      if (length < 1 || length > BLOCK_LIMIT) {
        throw TraceFormat.damaged(file, "a block has " + length + " bytes");
      }
      if (length > block.capacity()) {
        block = ByteBuffer.allocateDirect(length).order(ByteOrder.LITTLE_ENDIAN);
        memory = MemorySegment.ofBuffer(block);
      }
      block.clear().limit(length);
      if (!fill()) {
        block.limit(0);
        return false;
      }
      checksum.reset();
      checksum.update(block.duplicate());
      if ((int) checksum.getValue() != expected) {
        throw TraceFormat.damaged(file, "a block has another checksum than was written");
      }
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Reads until the limit and goes back to the beginning.
  private boolean fill() throws IOException {
    while (block.hasRemaining()) {
      if (channel.read(block) < 0) {
        return false;
      }
    }
    block.flip();
    return true;
  }

  private long skip(int length) {
    int at = block.position();
    if (length > block.remaining()) {
      throw TraceFormat.damaged(file, "a record is longer than its block");
    }
    block.position(at + length);
    return at;
  }

  private int varint() {
    int result = 0;
    for (int shift = 0; shift < Integer.SIZE; shift += 7) {
      byte next = block.get();
      result |= (next & 0x7f) << shift;
      if (next >= 0) {
        return result;
      }
    }
    throw TraceFormat.damaged(file, "a number is too long");
  }
}
