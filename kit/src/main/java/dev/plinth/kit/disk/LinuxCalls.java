package dev.plinth.kit.disk;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.Charset;
import java.nio.file.Path;

/// The system calls of 64-bit Linux (x86-64 and AArch64) that Java's file classes lack, or make
/// with a lock or an interrupt in the way.
///
/// Every method gives the call's result, or the negative error number. Calls cut short by a signal
/// are made again. Any thread may call it; no interrupt has an effect.
final class LinuxCalls {
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_CREAT = 0x40;
  static final int O_EXCL = 0x80;
  private static final int O_CLOEXEC = 0x80000;
  private static final int NEW_FILE_RIGHTS = 0b110_110_110;
  private static final int SEEK_END = 2;
  private static final int PROT_READ = 1;
  private static final int MAP_SHARED = 1;

  private static final int SYNC_FILE_RANGE_WRITE = 2;

  /// Of `fallocate`: the file does not grow.
  static final int KEEP_SIZE = 1;

  /// Of `fallocate`: room is given back, and the file keeps its size.
  static final int PUNCH_HOLE = 2 | KEEP_SIZE;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final long ERRNO_OFFSET =
      Linker.Option.captureStateLayout().byteOffset(MemoryLayout.PathElement.groupElement("errno"));
  private static final Charset PATHS =
      Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

  private static final MethodHandle OPEN =
      link(
          "open",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
          ERRNO,
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle CLOSE =
      link("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  // pread and pwrite get one argument more than they have: the segment whose address is passed. It
  // travels in a register that they do not read, and makes the linker keep the memory alive during
  // the call, without a slice for each call.
  private static final FunctionDescriptor TRANSFER =
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS);
  private static final MethodHandle PREAD = link("pread", TRANSFER, ERRNO);
  private static final MethodHandle PWRITE = link("pwrite", TRANSFER, ERRNO);
  private static final FunctionDescriptor ONE_FILE = FunctionDescriptor.of(JAVA_INT, JAVA_INT);
  private static final MethodHandle FSYNC = link("fsync", ONE_FILE, ERRNO);
  private static final MethodHandle FDATASYNC = link("fdatasync", ONE_FILE, ERRNO);
  private static final MethodHandle LSEEK =
      link("lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT), ERRNO);
  private static final MethodHandle FTRUNCATE =
      link("ftruncate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG), ERRNO);
  private static final MethodHandle FALLOCATE =
      link(
          "fallocate",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG),
          ERRNO);
  private static final MethodHandle SYNC_FILE_RANGE =
      link(
          "sync_file_range",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle FADVISE =
      link(
          "posix_fadvise",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle MADVISE =
      link("madvise", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle MMAP =
      link(
          "mmap",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG),
          ERRNO);
  private static final MethodHandle MUNMAP =
      link("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));

  /// The bytes of a page of memory.
  static final long PAGE_BYTES = pageBytes();

  private LinuxCalls() {}

  private interface Call {
    long run(MemorySegment callState) throws Throwable;
  }

  static int open(Path file, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(file.toString(), PATHS);
      return (int)
          repeat(state -> (int) OPEN.invokeExact(state, name, flags | O_CLOEXEC, NEW_FILE_RIGHTS));
    }
  }

  static void close(int descriptor) {
    try {
      int _ = (int) CLOSE.invokeExact(descriptor);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// One read, maybe short, into native memory.
  static long pread(
      Scratch scratch,
      int descriptor,
      MemorySegment target,
      long targetOffset,
      long length,
      long offset) {
    try {
      long address = target.address() + targetOffset;
      long count =
          (long)
              PREAD.invokeExact(scratch.callState(), descriptor, address, length, offset, target);
      return count >= 0 ? count : -scratch.errno(ERRNO_OFFSET);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// One write, maybe short, from native memory.
  static long pwrite(
      Scratch scratch,
      int descriptor,
      MemorySegment source,
      long sourceOffset,
      long length,
      long offset) {
    try {
      long address = source.address() + sourceOffset;
      long count =
          (long)
              PWRITE.invokeExact(scratch.callState(), descriptor, address, length, offset, source);
      return count >= 0 ? count : -scratch.errno(ERRNO_OFFSET);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  static int fsync(int descriptor) {
    return (int) repeat(state -> (int) FSYNC.invokeExact(state, descriptor));
  }

  static int fdatasync(int descriptor) {
    return (int) repeat(state -> (int) FDATASYNC.invokeExact(state, descriptor));
  }

  static long size(int descriptor) {
    return repeat(state -> (long) LSEEK.invokeExact(state, descriptor, 0L, SEEK_END));
  }

  static int ftruncate(int descriptor, long size) {
    return (int) repeat(state -> (int) FTRUNCATE.invokeExact(state, descriptor, size));
  }

  /// @param mode 0, or [#KEEP_SIZE], or [#PUNCH_HOLE]
  static int fallocate(int descriptor, int mode, long offset, long length) {
    return (int)
        repeat(state -> (int) FALLOCATE.invokeExact(state, descriptor, mode, offset, length));
  }

  /// Begins to write changed pages without waiting. A hint; its result does not matter, since a
  /// failed write is told by the next sync of the same descriptor.
  static void writeBack(int descriptor, long offset, long length) {
    try {
      int _ = (int) SYNC_FILE_RANGE.invokeExact(descriptor, offset, length, SYNC_FILE_RANGE_WRITE);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// A hint; its result does not matter.
  static void fadvise(int descriptor, long offset, long length, int advice) {
    try {
      int _ = (int) FADVISE.invokeExact(descriptor, offset, length, advice);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// A hint; its result does not matter.
  static void madvise(long address, long length, int advice) {
    try {
      int _ = (int) MADVISE.invokeExact(address, length, advice);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// Maps for reading; addresses are below 2^63.
  static long mmap(int descriptor, long offset, long length) {
    return repeat(
        state ->
            (long) MMAP.invokeExact(state, 0L, length, PROT_READ, MAP_SHARED, descriptor, offset));
  }

  static void munmap(long address, long length) {
    try {
      int _ = (int) MUNMAP.invokeExact(address, length);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static long repeat(Call call) {
    Scratch scratch = Scratch.borrow();
    try {
      while (true) {
        long result = call.run(scratch.callState());
        int errno = result >= 0 ? 0 : scratch.errno(ERRNO_OFFSET);
        if (errno != DiskErrors.EINTR) {
          return result >= 0 ? result : -errno;
        }
      }
    } catch (Throwable e) {
      throw unexpected(e);
    } finally {
      scratch.giveBack();
    }
  }

  private static long pageBytes() {
    try {
      return (int) link("getpagesize", FunctionDescriptor.of(JAVA_INT)).invokeExact();
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static MethodHandle link(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, options);
  }

  /// Downcalls throw nothing of their own; what comes is an error or a misuse of a segment.
  private static RuntimeException unexpected(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
  }
}
