package dev.plinth.peers;

import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A peer's folder: says whose it is, keeps everyone else out, and tells its size.
///
/// Beside the store's own files it holds `PEER`, one line with the peer's name, and `PEER.lock`.
/// The lock is ours because LMDB lets two openers in.
public final class PeerDirectory implements AutoCloseable {
  private static final String MARKER = "PEER";
  private static final String LOCK = "PEER.lock";
  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final Path key;
  private final boolean created;
  private final FileChannel channel;

  private PeerDirectory(Path path, Path key, boolean created, FileChannel channel) {
    this.path = path;
    this.key = key;
    this.created = created;
    this.channel = channel;
  }

  /// Takes a folder for a peer, creating it when missing.
  ///
  /// @throws StorageException.Locked when it is open elsewhere
  /// @throws StorageException.UnsupportedFormat when another store wrote it; it is left as it was
  public static PeerDirectory take(Path path, String peer) {
    try {
      boolean created = requireOwner(path, peer);
      Files.createDirectories(path);
      Path key = path.toRealPath();
      if (!OPEN.add(key)) {
        throw locked(path);
      }
      FileChannel channel = null;
      try {
        channel =
            FileChannel.open(
                path.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.tryLock();
        if (lock == null) {
          throw locked(path);
        }
        if (created) {
          mark(path, peer);
        }
        return new PeerDirectory(path, key, created, channel);
      } catch (IOException | RuntimeException e) {
        OPEN.remove(key);
        closeQuietly(channel);
        throw e;
      }
    } catch (OverlappingFileLockException e) {
      throw locked(path);
    } catch (IOException e) {
      throw failed("open", path, e);
    }
  }

  /// Says whose a folder is that a peer has just filled.
  public static void mark(Path path, String peer) {
    try {
      Files.writeString(path.resolve(MARKER), peer + "\n");
    } catch (IOException e) {
      throw failed("mark", path, e);
    }
  }

  /// Creates an empty folder.
  ///
  /// @throws StorageException.Io when it exists or its parent does not
  public static void create(Path path) {
    try {
      Files.createDirectory(path);
    } catch (IOException e) {
      throw failed("create", path, e);
    }
  }

  /// Deletes a file when it exists.
  public static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw failed("delete", file, e);
    }
  }

  /// Where it is.
  public Path path() {
    return path;
  }

  /// The number and bytes of the files below it, our two left out. A file that goes while they are
  /// counted takes no space any more.
  public Contents contents() {
    FileSum sum = new FileSum();
    try {
      Files.walkFileTree(path, sum);
    } catch (IOException e) {
      throw failed("list", path, e);
    }
    return new Contents(sum.files, sum.bytes);
  }

  /// Adds files up.
  private static final class FileSum extends SimpleFileVisitor<Path> {
    private long files;
    private long bytes;

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (attributes.isRegularFile() && !file.getFileName().toString().startsWith(MARKER)) {
        files++;
        bytes += attributes.size();
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      if (e instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw e;
    }
  }

  /// Copies the store's files to another folder, ours and the store's locks left out.
  public static void copy(Path from, Path to, Set<String> leftOut) {
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (Files.isRegularFile(file) && !name.startsWith(MARKER) && !leftOut.contains(name)) {
          Files.copy(file, to.resolve(name));
        }
      }
    } catch (IOException e) {
      throw failed("copy", from, e);
    }
  }

  /// The size of one file in it.
  public long bytes(String file) {
    try {
      return Files.size(path.resolve(file));
    } catch (IOException e) {
      throw failed("measure " + file + " in", path, e);
    }
  }

  /// Lets others in after an open that failed, and takes away what was created for it.
  public void release() {
    close();
    if (created) {
      delete(path.resolve(MARKER));
      delete(path.resolve(LOCK));
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw failed("release", path, e);
    } finally {
      OPEN.remove(key);
    }
  }

  private static boolean requireOwner(Path path, String peer) throws IOException {
    if (!Files.exists(path)) {
      return true;
    }
    Path marker = path.resolve(MARKER);
    if (Files.exists(marker)) {
      String owner = Files.readString(marker).strip();
      if (!owner.equals(peer)) {
        throw new StorageException.UnsupportedFormat(
            path + ": belongs to " + owner + ", not " + peer + "; open it with engine = " + owner);
      }
      return false;
    }
    try (Stream<Path> files = Files.list(path)) {
      if (files.anyMatch(file -> !file.getFileName().toString().equals(LOCK))) {
        throw new StorageException.UnsupportedFormat(
            path + ": holds files that " + peer + " did not write; give it an empty folder");
      }
    }
    return true;
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // The reason why the open failed is the one to tell.
    }
  }

  private static StorageException locked(Path path) {
    return new StorageException.Locked(
        path + ": open in this or another process; close it there first");
  }

  private static StorageException failed(String what, Path path, Exception e) {
    return new StorageException.Io(path + ": cannot " + what + " the folder: " + e, e);
  }

  /// What a folder holds.
  ///
  /// @param files how many files
  /// @param bytes their sizes added up
  public record Contents(long files, long bytes) {}
}
