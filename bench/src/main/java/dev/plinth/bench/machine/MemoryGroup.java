package dev.plinth.bench.machine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// A control group of Linux (version 1 or 2) that limits memory and page cache of the process that
/// is started in it. It lies below the group of this process, so that limits that hold for this
/// process go on holding. Closing it removes it once its process has ended.
public final class MemoryGroup implements AutoCloseable {
  private static final AtomicInteger NUMBER = new AtomicInteger();
  private static final String PROCESSES = "cgroup.procs";
  private static final String LIMIT_1 = "memory.limit_in_bytes";
  private static final String LIMIT_2 = "memory.max";
  private static final int REMOVALS_MAX = 200;
  private static final int REMOVAL_MILLIS = 10;

  private final Path folder;
  private final boolean unified;

  private MemoryGroup(Path folder, boolean unified) {
    this.folder = folder;
    this.unified = unified;
  }

  /// Makes a group.
  ///
  /// @return empty where the system does not allow that
  public static Optional<MemoryGroup> make(long limitBytes) {
    List<MemoryGroup> places = new ArrayList<>();
    ownFolder(false).ifPresent(own -> places.add(new MemoryGroup(own, false)));
    ownFolder(true)
        .ifPresent(
            own -> {
              places.add(new MemoryGroup(own, true));
              if (own.getParent() != null && Files.exists(own.getParent().resolve(PROCESSES))) {
                places.add(new MemoryGroup(own.getParent(), true));
              }
            });
    for (MemoryGroup place : places) {
      Optional<MemoryGroup> group = place.below(limitBytes);
      if (group.isPresent()) {
        return group;
      }
    }
    return Optional.empty();
  }

  /// What it is, for people.
  public String how() {
    return "a memory control group of its own (version " + (unified ? 2 : 1) + ")";
  }

  /// Its folder.
  public Path folder() {
    return folder;
  }

  /// The command that runs another one within the group.
  public List<String> command(List<String> inner) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "/bin/sh",
                "-c",
                "echo $$ > \"$0\" && exec \"$@\"",
                folder.resolve(PROCESSES).toString()));
    command.addAll(inner);
    return command;
  }

  /// Lifts the limit of the group in a folder, for what comes after a measurement.
  public static void lift(Path folder) {
    try {
      if (Files.exists(folder.resolve(LIMIT_2))) {
        write(folder.resolve(LIMIT_2), "max");
      } else {
        write(folder.resolve(LIMIT_1), "-1");
      }
    } catch (IOException e) {
      // The cell goes on within its limit, which is slower and never wrong.
      System.err.println("the memory limit stays: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    for (int i = 0; i < REMOVALS_MAX; i++) {
      try {
        Files.deleteIfExists(folder);
        return;
      } catch (IOException e) {
        if (!pause()) {
          return;
        }
      }
    }
  }

  private static boolean pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(REMOVAL_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Optional<MemoryGroup> below(long limitBytes) {
    String name = "plinth-bench-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
    MemoryGroup group = new MemoryGroup(folder.resolve(name), unified);
    try {
      Files.createDirectory(group.folder);
    } catch (IOException e) {
      return Optional.empty();
    }
    if (group.limit(limitBytes) && group.takesProcesses()) {
      return Optional.of(group);
    }
    group.close();
    return Optional.empty();
  }

  private boolean limit(long bytes) {
    Path file = folder.resolve(unified ? LIMIT_2 : LIMIT_1);
    if (!Files.exists(file)) {
      return false;
    }
    try {
      write(file, Long.toString(bytes));
      swapOff();
      return Files.readString(file).strip().matches("[0-9]+");
    } catch (IOException e) {
      return false;
    }
  }

  /// Swapping would let a process have more than its limit.
  private void swapOff() {
    try {
      write(folder.resolve(unified ? "memory.swap.max" : "memory.swappiness"), "0");
    } catch (IOException e) {
      // A kernel without swap has no such file.
      return;
    }
  }

  private boolean takesProcesses() {
    try {
      Process process = new ProcessBuilder(command(List.of("/bin/true"))).start();
      return process.waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// The folder of this process's own group.
  private static Optional<Path> ownFolder(boolean unified) {
    try {
      String path = null;
      for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
        String[] parts = line.split(":", 3);
        boolean mine =
            unified ? parts[1].isEmpty() : List.of(parts[1].split(",", -1)).contains("memory");
        path = mine ? parts[2] : path;
      }
      for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
        String[] halves = line.split(" - ", 2);
        String[] left = halves[0].split(" ", -1);
        String[] right = halves[1].split(" ", -1);
        boolean mine =
            unified
                ? right[0].equals("cgroup2")
                : right[0].equals("cgroup") && List.of(right[2].split(",", -1)).contains("memory");
        if (path != null && mine) {
          return Optional.of(below(Path.of(left[4]), left[3], path));
        }
      }
    } catch (IOException | ArrayIndexOutOfBoundsException e) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  /// Where a group is seen from here: its path within the mounted part, or the mount itself.
  private static Path below(Path mount, String root, String path) {
    String inner = path.startsWith(root) ? path.substring(root.length()) : "";
    Path found = mount.resolve(inner.replaceFirst("^/+", "")).normalize();
    return Files.isDirectory(found) ? found : mount;
  }

  private static void write(Path file, String text) throws IOException {
    Files.write(file, text.getBytes(StandardCharsets.UTF_8));
  }
}
