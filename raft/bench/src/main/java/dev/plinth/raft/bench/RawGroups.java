package dev.plinth.raft.bench;

import dev.plinth.bench.machine.DirectorySize;
import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// What the machine can do for threads of which each waits for its entry: nothing but bytes written
/// and synced over a file that was written before, by the last of those that share a sync; it wakes
/// the others.
///
/// The figure of the cell is that of all threads together. Beside it stand two streams of half of
/// the threads each, on one file and on two, whose syncs run at the same time, and threads that
/// sync alone, each on a file of its own.
final class RawGroups {
  private static final long FILE_BYTES = 16 << 20;
  private static final int PAGE_BYTES = 4 << 10;

  private final RaftCell cell;
  private final Path directory;
  private final Disk disk = new SystemDisk();

  RawGroups(RaftCell cell) {
    this.cell = cell;
    this.directory = Path.of(cell.directory());
  }

  Measured run() throws InterruptedException {
    disk.createDirectories(directory);
    for (int i = 0; i < cell.threads(); i++) {
      prefill(file(i));
    }
    time(1, true, new Measured());
    Measured measured = new Measured();
    ProcessIo io = ProcessIo.now();
    measured.nanos = time(1, true, measured);
    measured.io = ProcessIo.now().since(io);
    measured.operations = appendsEach() * cell.threads() * cell.batch();
    measured.userBytes = measured.operations * cell.entryBytes();
    measured.diskBytes = DirectorySize.bytes(directory);
    measured.liveBytes = measured.diskBytes;
    if (cell.threads() % 2 == 0) {
      beside("two.streams.one.file", 2, true, measured);
      beside("two.streams.two.files", 2, false, measured);
    }
    beside("each.its.own.file", cell.threads(), false, measured);
    return measured;
  }

  private void beside(String name, int streams, boolean oneFile, Measured measured)
      throws InterruptedException {
    long nanos = time(streams, oneFile, new Measured());
    measured.perSecond(name + ".entries.per.second", measured.operations, nanos);
  }

  private long appendsEach() {
    return cell.entries() / cell.threads() / cell.batch();
  }

  private Path file(int number) {
    return directory.resolve("raw-" + number);
  }

  /// Page by page, as a log writes its zeros ahead: Linux keeps what one write makes as one piece
  /// of its page cache.
  private void prefill(Path path) {
    MemorySegment zeros = Arena.ofAuto().allocate(PAGE_BYTES, PAGE_BYTES);
    try (DiskFile file = disk.open(path, OpenMode.CREATE)) {
      for (long at = 0; at < FILE_BYTES; at += PAGE_BYTES) {
        file.write(at, zeros, 0, PAGE_BYTES, ByteCause.OTHER);
      }
      file.syncAll();
    }
  }

  /// @param timed gets the time of each write with its sync
  /// @return how long it took all threads
  private long time(int streamCount, boolean oneFile, Measured timed) throws InterruptedException {
    int members = cell.threads() / streamCount;
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    AtomicLong shared = new AtomicLong();
    List<Stream> streams = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < streamCount; i++) {
      DiskFile file = disk.open(file(oneFile ? 0 : i), OpenMode.WRITE);
      Stream stream = new Stream(file, members, oneFile ? shared : new AtomicLong(), failure);
      streams.add(stream);
      for (int member = 0; member < members; member++) {
        threads.add(Thread.ofPlatform().name("raw-" + i + "-" + member).unstarted(stream));
      }
      stream.threads =
          threads.subList(threads.size() - members, threads.size()).toArray(Thread[]::new);
    }
    long start = System.nanoTime();
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    long nanos = System.nanoTime() - start;
    for (Stream stream : streams) {
      stream.file.close();
      timed.latency.add(stream.measured.latency);
    }
    if (failure.get() != null) {
      throw new IllegalStateException(failure.get());
    }
    return nanos;
  }

  /// Threads that share a sync. A member that has arrived waits for the others; the last one writes
  /// for all.
  private final class Stream implements Runnable {
    private final DiskFile file;
    private final int members;
    private final AtomicLong next;
    private final AtomicReference<@Nullable Throwable> failure;
    private final AtomicInteger arrived = new AtomicInteger();
    private final MemorySegment bytes;

    /// Only the last to arrive records; who that is was told by `arrived`.
    private final Measured measured = new Measured();

    private Thread[] threads = {};
    private volatile long turn;

    Stream(
        DiskFile file, int members, AtomicLong next, AtomicReference<@Nullable Throwable> failure) {
      this.file = file;
      this.members = members;
      this.next = next;
      this.failure = failure;
      this.bytes =
          Arena.ofAuto().allocate((long) members * cell.batch() * cell.entryBytes(), PAGE_BYTES);
    }

    @Override
    public void run() {
      for (long i = 0; i < appendsEach() && failure.get() == null; i++) {
        long mine = turn;
        if (arrived.incrementAndGet() == members) {
          writeAndWake(mine);
        } else {
          while (turn == mine && failure.get() == null) {
            LockSupport.park(this);
          }
        }
      }
    }

    private void writeAndWake(long mine) {
      try {
        long size = bytes.byteSize();
        long at = next.getAndIncrement() % (FILE_BYTES / size) * size;
        long start = System.nanoTime();
        file.write(at, bytes, 0, size, ByteCause.OTHER);
        file.syncData();
        measured.time(System.nanoTime() - start);
      } catch (Throwable e) {
        failure.compareAndSet(null, e);
      }
      arrived.set(0);
      turn = mine + 1;
      for (Thread thread : threads) {
        if (thread != Thread.currentThread()) {
          LockSupport.unpark(thread);
        }
      }
    }
  }
}
