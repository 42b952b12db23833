package dev.plinth.bench.trace;

import dev.plinth.bench.trace.TraceFormat.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/// Writes a trace. Threads may share it: records get the order in which they come.
final class TraceWriter implements AutoCloseable {
  private static final int RECORD_OVERHEAD = 32;

  private final Path file;
  private final FileChannel channel;
  private final CRC32C checksum = new CRC32C();
  private ByteBuffer block = buffer(TraceFormat.BLOCK_BYTES_MAX);
  private boolean closed;

  TraceWriter(Path file) {
    this.file = file;
    try {
      channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
      ByteBuffer header = ByteBuffer.allocate(TraceFormat.HEADER_BYTES);
      header.order(ByteOrder.LITTLE_ENDIAN).putLong(TraceFormat.MAGIC);
      write(header.putInt(TraceFormat.VERSION).putInt(0).flip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// A record with a key, and a number where the kind has one.
  ///
  /// @param number the length of the value or the number of entries; -1 for none
  synchronized void record(Kind kind, MemorySegment key, long offset, int length, int number) {
    room(length + RECORD_OVERHEAD);
    block.put((byte) kind.ordinal());
    bytes(key, offset, length);
    if (number >= 0) {
      varint(number);
    }
  }

  /// A record with the bounds of a range.
  synchronized void range(
      MemorySegment from, long at, int length, MemorySegment to, long toAt, int toLength) {
    room(length + toLength + RECORD_OVERHEAD);
    block.put((byte) Kind.DELETE_RANGE.ordinal());
    bytes(from, at, length);
    bytes(to, toAt, toLength);
  }

  /// The head of a batch, or a flush.
  ///
  /// @param number how many entries follow; -1 for none
  synchronized void mark(Kind kind, int number) {
    room(RECORD_OVERHEAD);
    block.put((byte) kind.ordinal());
    if (number >= 0) {
      varint(number);
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try (channel) {
      flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void room(int bytes) {
    if (block.remaining() >= bytes) {
      return;
    }
    flush();
    if (block.remaining() < bytes) {
      block = buffer(bytes + TraceFormat.BLOCK_HEADER_BYTES);
    }
  }

  private void flush() {
    int records = block.position() - TraceFormat.BLOCK_HEADER_BYTES;
    if (records == 0) {
      return;
    }
    block.flip();
    checksum.reset();
    checksum.update(block.slice(TraceFormat.BLOCK_HEADER_BYTES, records));
    block.putInt(0, records).putInt(4, (int) checksum.getValue());
    try {
      write(block);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the trace " + file + " cannot be written: " + e.getMessage() + "; make room for it", e);
    }
    block.clear().position(TraceFormat.BLOCK_HEADER_BYTES);
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private void bytes(MemorySegment segment, long offset, int length) {
    varint(length);
    MemorySegment target = MemorySegment.ofBuffer(block);
    MemorySegment.copy(segment, offset, target, 0, length);
    block.position(block.position() + length);
  }

  private void varint(int number) {
    int rest = number;
    while (rest >= 0x80) {
      block.put((byte) (rest | 0x80));
      rest >>>= 7;
    }
    block.put((byte) rest);
  }

  private static ByteBuffer buffer(int bytes) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return buffer.position(TraceFormat.BLOCK_HEADER_BYTES);
  }
}
