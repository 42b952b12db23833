package dev.plinth.kit.directory;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Stops a process, so to speak, before its n-th change of the disk: that call and all later ones
/// fail. Also remembers the changes.
class StoppingDisk {
  private static final Set<String> READING =
      Set.of("exists", "size", "list", "read", "path", "close");

  final List<String> changes = new ArrayList<>();
  private final int stop;
  private final StorageException failure;

  StoppingDisk(int stop, StorageException failure) {
    this.stop = stop;
    this.failure = failure;
  }

  Disk over(Disk disk) {
    return wrap(Disk.class, disk);
  }

  /// What a call is made to return.
  Object result(String method, Object result) {
    return result;
  }

  private <T> T wrap(Class<T> type, T target) {
    Object proxy =
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> {
              boolean reading =
                  READING.contains(method.getName())
                      || (arguments != null
                          && arguments.length == 2
                          && arguments[1] == OpenMode.READ);
              if (!reading) {
                changes.add(method.getName() + " " + name(arguments));
                if (changes.size() >= stop) {
                  throw failure;
                }
              }
              try {
                Object result = result(method.getName(), method.invoke(target, arguments));
                return result instanceof DiskFile file ? wrap(DiskFile.class, file) : result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
    return type.cast(proxy);
  }

  private static String name(Object[] arguments) {
    for (Object argument : arguments == null ? new Object[0] : arguments) {
      if (argument instanceof Path path) {
        return path.getFileName().toString();
      }
      if (argument instanceof ByteCause cause) {
        return cause.toString();
      }
    }
    return "";
  }
}
