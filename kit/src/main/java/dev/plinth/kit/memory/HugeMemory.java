package dev.plinth.kit.memory;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Native memory for what is read at random all over: on Linux in pages of 2 MiB where the system
/// gives them, so that a read costs one cache miss and not a walk through page tables beside it;
/// and memory that costs nothing until it is written.
///
/// Any thread may call it.
public final class HugeMemory {
  /// The bytes of a huge page; smaller requests get ordinary memory.
  public static final long PAGE_BYTES = 2L << 20;

  private static final long SMALL_PAGE_BYTES = 4 << 10;

  /// Smaller requests are cheaper to fill with zeros than to map.
  private static final long UNTOUCHED_BYTES_MIN = 128 << 10;

  private static final int READ_WRITE = 1 | 2;
  private static final int PRIVATE_ANONYMOUS = 0x22;
  private static final int HUGE_PAGES = 14;
  private static final int NOT_NEEDED = 4;

  private static final @Nullable MethodHandle MAP =
      link(
          "mmap",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final @Nullable MethodHandle UNMAP =
      link("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final @Nullable MethodHandle ADVISE =
      link("madvise", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));

  private HugeMemory() {}

  /// Allocates memory filled with zeros, aligned to 64 bytes at least. The system takes it page by
  /// page when it is first written.
  ///
  /// @param arena whose end frees it
  public static MemorySegment allocate(long bytes, Arena arena) {
    if (bytes < PAGE_BYTES || MAP == null || UNMAP == null || ADVISE == null) {
      return arena.allocate(bytes, 64);
    }
    long span = bytes + PAGE_BYTES;
    long address = map(span);
    if (address < 0) {
      return arena.allocate(bytes, 64);
    }
    long aligned = (address + PAGE_BYTES - 1) & -PAGE_BYTES;
    try {
      int _ = (int) ADVISE.invokeExact(aligned, bytes, HUGE_PAGES);
      return MemorySegment.ofAddress(aligned).reinterpret(bytes, arena, _ -> unmap(address, span));
    } catch (Throwable e) {
      unmap(address, span);
      throw unexpected(e);
    }
  }

  /// Gives the pages of memory from [#allocate] back to the system, which hands out zeros in their
  /// place when they are touched again. Does nothing where it is not known how.
  ///
  /// @return whether it was done: the memory takes no room now and is filled with zeros
  public static boolean giveBack(MemorySegment memory) {
    if (memory.byteSize() < PAGE_BYTES || memory.address() % PAGE_BYTES != 0 || ADVISE == null) {
      return false;
    }
    try {
      return (int) ADVISE.invokeExact(memory.address(), memory.byteSize(), NOT_NEEDED) == 0;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /// Allocates memory of ordinary pages filled with zeros, aligned to 4 KiB at least, of which the
  /// system takes what is written: a large buffer that is seldom filled costs next to nothing to
  /// have and to free.
  ///
  /// @param arena whose end frees it
  public static MemorySegment untouched(long bytes, Arena arena) {
    long address = bytes < UNTOUCHED_BYTES_MIN ? -1 : map(bytes);
    if (address < 0) {
      return arena.allocate(bytes, SMALL_PAGE_BYTES);
    }
    return MemorySegment.ofAddress(address).reinterpret(bytes, arena, _ -> unmap(address, bytes));
  }

  /// @return the address; negative when the system refuses
  private static long map(long bytes) {
    if (MAP == null) {
      return -1;
    }
    try {
      return (long) MAP.invokeExact(0L, bytes, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static void unmap(long address, long bytes) {
    if (UNMAP == null) {
      return;
    }
    try {
      int _ = (int) UNMAP.invokeExact(address, bytes);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static @Nullable MethodHandle link(String name, FunctionDescriptor descriptor) {
    boolean linux = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux");
    if (!linux) {
      return null;
    }
    Linker linker = Linker.nativeLinker();
    return linker
        .defaultLookup()
        .find(name)
        .map(address -> linker.downcallHandle(address, descriptor))
        .orElse(null);
  }

  private static RuntimeException unexpected(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
  }
}
