package dev.plinth.kit.epoch;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A full memory barrier on every processor that runs a thread of this process: Linux's
/// `membarrier`. It lets one side of a protocol do without fences and the other pay about a
/// microsecond.
///
/// Where the system has none, [#AVAILABLE] is false, [#run] does nothing, and both sides must make
/// fences. Any thread may call it.
final class ProcessBarrier {
  private static final int REGISTER_PRIVATE_EXPEDITED = 1 << 4;
  private static final int PRIVATE_EXPEDITED = 1 << 3;

  private static final long NUMBER = number();
  private static final @Nullable MethodHandle SYSCALL = link();

  /// Whether [#run] is a barrier. The system property `plinth.barrier=off` switches it off.
  static final boolean AVAILABLE = register();

  private ProcessBarrier() {}

  /// Makes every thread of the process pass a full barrier before it returns.
  static void run() {
    if (AVAILABLE && call(PRIVATE_EXPEDITED) != 0) {
      throw new IllegalStateException("membarrier was registered and is refused now");
    }
  }

  private static boolean register() {
    return SYSCALL != null
        && !"off".equals(System.getProperty("plinth.barrier"))
        && call(REGISTER_PRIVATE_EXPEDITED) == 0
        && call(PRIVATE_EXPEDITED) == 0;
  }

  /// The number of the call on this machine, or -1.
  private static long number() {
    if (!System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux")) {
      return -1;
    }
    return switch (System.getProperty("os.arch", "")) {
      case "amd64", "x86_64" -> 324;
      case "aarch64" -> 283;
      default -> -1;
    };
  }

  private static @Nullable MethodHandle link() {
    if (NUMBER < 0) {
      return null;
    }
    Linker linker = Linker.nativeLinker();
    return linker
        .defaultLookup()
        .find("syscall")
        .map(
            address ->
                linker.downcallHandle(
                    address,
                    FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT),
                    Linker.Option.firstVariadicArg(1)))
        .orElse(null);
  }

  private static long call(int command) {
    MethodHandle handle = SYSCALL;
    if (handle == null) {
      return -1;
    }
    try {
      return (long) handle.invokeExact(NUMBER, command, 0, 0);
    } catch (Throwable e) {
      if (e instanceof Error error) {
        throw error;
      }
      return -1;
    }
  }
}
