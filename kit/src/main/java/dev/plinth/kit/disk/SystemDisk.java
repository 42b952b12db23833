package dev.plinth.kit.disk;

import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;

/// The operating system's disk.
///
/// On 64-bit Linux, where native access is allowed, it makes the system calls itself: reads take no
/// lock, no interrupt closes a file, files are preallocated and told how they will be read.
/// Elsewhere it uses `FileChannel` in a way that survives interrupts too; there advice has no
/// effect, and reserved room is not allocated. Any thread may use it.
public final class SystemDisk implements Disk {
  private static final boolean LINUX_CALLS = linuxCalls();

  private final boolean linux;

  /// The disk of this machine.
  public SystemDisk() {
    this(LINUX_CALLS);
  }

  SystemDisk(boolean linux) {
    this.linux = linux;
  }

  /// Whether this machine allows the system calls of Linux.
  static boolean linuxCalls() {
    String architecture = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    boolean known =
        System.getProperty("os.name", "").equals("Linux")
            && List.of("amd64", "x86_64", "aarch64").contains(architecture);
    if (!known) {
      return false;
    }
    try {
      return LinuxCalls.PAGE_BYTES > 0;
    } catch (LinkageError | RuntimeException e) {
      System.getLogger("dev.plinth")
          .log(System.Logger.Level.INFO, "no native access, files go through FileChannel: {0}", e);
      return false;
    }
  }

  @Override
  public DiskFile open(Path path, OpenMode mode) {
    return linux ? LinuxFile.open(path, mode) : ChannelFile.open(path, mode);
  }

  @Override
  public boolean exists(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }

  @Override
  public long size(Path path) {
    return DiskErrors.attempt("asking for the size", path, -1, () -> Files.size(path));
  }

  @Override
  public List<String> list(Path directory) {
    if (!exists(directory)) {
      return List.of();
    }
    return DiskErrors.attempt(
        "listing",
        directory,
        -1,
        () -> {
          try (Stream<Path> paths = Files.list(directory)) {
            return paths.map(path -> path.getFileName().toString()).sorted().toList();
          }
        });
  }

  @Override
  public void createDirectories(Path directory) {
    DiskErrors.attempt(
        "creating the directory", directory, -1, () -> Files.createDirectories(directory));
  }

  @Override
  public void rename(Path from, Path to) {
    DiskErrors.attempt(
        "renaming to " + to,
        from,
        -1,
        () ->
            Files.move(
                from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING));
  }

  @Override
  public void delete(Path path) {
    DiskErrors.attempt(
        "deleting",
        path,
        -1,
        () -> {
          Files.delete(path);
          return 0;
        });
  }

  @Override
  public void link(Path existing, Path link) {
    DiskErrors.attempt("linking as " + link, existing, -1, () -> Files.createLink(link, existing));
  }

  @Override
  public void syncDirectory(Path directory) {
    if (linux) {
      LinuxFile.syncDirectory(directory);
    } else {
      ChannelFile.syncDirectory(directory);
    }
  }

  @Override
  public Lock lock(Path file) {
    return FileLocks.lock(file);
  }

  @Override
  public long usableBytes(Path directory) {
    return DiskErrors.attempt(
        "asking for free space",
        directory,
        -1,
        () -> Files.getFileStore(directory).getUsableSpace());
  }

  @Override
  public void willNeed(MemorySegment mapped, long offset, long length) {
    Objects.checkFromIndexSize(offset, length, mapped.byteSize());
    if (linux && mapped.isNative()) {
      LinuxMappings.willNeed(mapped.address() + offset, length);
    }
  }
}
