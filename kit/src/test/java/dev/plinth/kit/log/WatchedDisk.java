package dev.plinth.kit.log;

import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/// A disk that shows every call before it is made, and knows which files are open.
final class WatchedDisk {
  /// Shown a call before it is made; may wait or throw.
  interface Watch {
    void before(String method, Path path);
  }

  final AtomicReference<Watch> watch = new AtomicReference<>((_, _) -> {});
  final Set<DiskFile> open = ConcurrentHashMap.newKeySet();
  private final Disk disk;

  WatchedDisk(Disk disk) {
    this.disk = disk;
  }

  Disk disk() {
    return proxy(
        Disk.class,
        (method, arguments) -> {
          watch.get().before(method.getName(), (Path) arguments[0]);
          Object result = call(method, disk, arguments);
          return result instanceof DiskFile file ? watched(file) : result;
        });
  }

  private DiskFile watched(DiskFile file) {
    open.add(file);
    return proxy(
        DiskFile.class,
        (method, arguments) -> {
          if (method.getName().equals("close")) {
            open.remove(file);
          } else {
            watch.get().before(method.getName(), file.path());
          }
          return call(method, file, arguments);
        });
  }

  private interface Call {
    Object made(Method method, Object[] arguments) throws Throwable;
  }

  private static <T> T proxy(Class<T> type, Call call) {
    Object made =
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> call.made(method, arguments));
    return type.cast(made);
  }

  private static Object call(Method method, Object on, Object[] arguments) throws Throwable {
    try {
      return method.invoke(on, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
