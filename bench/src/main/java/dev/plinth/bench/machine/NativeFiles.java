package dev.plinth.bench.machine;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Calls of Linux's C library that Java lacks: how many blocks a file occupies, and a sync of one
/// file system. Elsewhere they say that they cannot tell.
public final class NativeFiles {
  private static final int AT_FDCWD = -100;
  private static final int NO_FOLLOW = 0x100;
  private static final int STATX_BLOCKS = 0x400;
  private static final long STATX_BYTES = 256;
  private static final long BLOCKS_OFFSET = 48;
  private static final long BLOCK_BYTES = 512;
  private static final Linker LINKER = Linker.nativeLinker();

  private static final @Nullable MethodHandle STATX =
      find(
          "statx",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS));
  private static final @Nullable MethodHandle OPEN =
      find(
          "open",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final @Nullable MethodHandle CLOSE =
      find("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final @Nullable MethodHandle SYNCFS =
      find("syncfs", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  private NativeFiles() {}

  /// Whether [#allocatedBytes] counts blocks here.
  public static boolean countsBlocks() {
    return STATX != null;
  }

  /// The bytes of the blocks that a file occupies.
  ///
  /// @return -1 when the system does not tell, or there is no such file
  public static long allocatedBytes(Path file) {
    if (STATX == null) {
      return -1;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(file.toAbsolutePath().toString());
      MemorySegment stat = arena.allocate(STATX_BYTES, 8);
      int result = (int) STATX.invokeExact(AT_FDCWD, name, NO_FOLLOW, STATX_BLOCKS, stat);
      return result == 0 ? stat.get(ValueLayout.JAVA_LONG, BLOCKS_OFFSET) * BLOCK_BYTES : -1;
    } catch (Throwable e) {
      throw new IllegalStateException("statx cannot be called", e);
    }
  }

  /// Writes everything that the file system of a folder still holds in memory to its device.
  ///
  /// @return whether that was possible
  public static boolean syncFileSystem(Path folder) {
    MethodHandle sync = SYNCFS;
    if (sync == null) {
      return false;
    }
    boolean[] done = {false};
    withDescriptor(folder, descriptor -> done[0] = (int) sync.invokeExact(descriptor) == 0);
    return done[0];
  }

  /// What is done with an open file.
  interface DescriptorUse {
    void use(int descriptor) throws Throwable;
  }

  /// Opens a file or folder for reading, does something with it, and closes it; nothing where it
  /// cannot be opened.
  static void withDescriptor(Path file, DescriptorUse use) {
    if (OPEN == null || CLOSE == null) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(file.toAbsolutePath().toString());
      int descriptor = (int) OPEN.invokeExact(name, 0, 0);
      if (descriptor < 0) {
        return;
      }
      try {
        use.use(descriptor);
      } finally {
        int _ = (int) CLOSE.invokeExact(descriptor);
      }
    } catch (Throwable e) {
      throw new IllegalStateException("a function of the C library cannot be called", e);
    }
  }

  /// A function of the C library; null where there is none.
  static @Nullable MethodHandle find(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    if (!System.getProperty("os.name").equals("Linux")) {
      return null;
    }
    SymbolLookup lookup = LINKER.defaultLookup();
    return lookup
        .find(name)
        .map(symbol -> LINKER.downcallHandle(symbol, descriptor, options))
        .orElse(null);
  }
}
