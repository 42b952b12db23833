package dev.plinth.bench.soak;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Syncs 4 KiB of a preallocated file over and over: what the device makes anybody wait for.
final class SyncProbe {
  private static final int PAGE_BYTES = 4 << 10;
  private static final int PAGES = 256;
  private static final long PAUSE_NANOS = 10_000_000;

  private final Path file;
  private volatile long nanosMax;

  SyncProbe(Path file) {
    this.file = file;
  }

  /// The longest write and sync.
  long nanosMax() {
    return nanosMax;
  }

  /// Goes on as long as it is asked to; of one thread.
  void run(BooleanSupplier goesOn) {
    ByteBuffer page = ByteBuffer.allocateDirect(PAGE_BYTES);
    try {
      try (FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        for (int i = 0; i < PAGES; i++) {
          write(channel, page, i);
        }
        channel.force(true);
        for (int i = 0; goesOn.getAsBoolean(); i++) {
          long before = System.nanoTime();
          write(channel, page, i % PAGES);
          channel.force(false);
          nanosMax = Math.max(nanosMax, System.nanoTime() - before);
          LockSupport.parkNanos(PAUSE_NANOS);
        }
      } finally {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(FileChannel channel, ByteBuffer page, int number) throws IOException {
    page.clear();
    while (page.hasRemaining()) {
      channel.write(page, (long) number * PAGE_BYTES + page.position());
    }
  }
}
