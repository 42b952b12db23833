package dev.plinth.kv.replica;

import dev.plinth.kv.KvOptions;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32C;

/// The file `NODE` of a node's directory, version 1: whose directory it is. Written once, before
/// anything else; a directory of another node or cluster is refused and left as it was, and so is
/// one that has a node's data but no `NODE`.
///
/// UTF-8 text, a fact a line, always in this order; the last line has the CRC32C of all bytes
/// before it, as eight lower-case hexadecimal digits:
///
/// ```
/// plinth-kv-node 1
/// id NAME
/// cluster NAME
/// raft HOST:PORT
/// crc DIGITS
/// ```
final class NodeFile {
  private static final String NAME = "NODE";
  private static final String HEAD = "plinth-kv-node ";
  private static final String VERSION = "1";
  private static final String CRC = "crc ";
  private static final int BYTES_MAX = 4096;

  private NodeFile() {}

  /// Checks that a directory is this node's; makes it so when it is nobody's.
  ///
  /// @param directory an absolute path
  /// @throws StorageException.InvalidConfiguration when it is another node's, or a cluster's of
  ///   another name
  /// @throws StorageException.Corrupt when the file is damaged, or missing beside a node's data
  static void claim(Disk disk, Path directory, KvOptions options) {
    Path file = directory.resolve(NAME);
    if (disk.exists(file)) {
      compare(file, read(disk, file), options);
      // A kill may have come between the name and its sync.
      makeDurable(disk, directory);
      disk.syncDirectory(directory);
      return;
    }
    for (String name : disk.list(directory)) {
      if (Replica.FOLDERS.contains(name)) {
        throw new StorageException.Corrupt(
            file, 0, "it is missing beside '" + name + "': whose data that is cannot be said");
      }
    }
    makeDurable(disk, directory);
    write(disk, file, options);
  }

  private record Facts(String id, String cluster, String raft) {}

  private static void compare(Path file, Facts facts, KvOptions options) {
    require(file, facts.cluster, "cluster.id", options.cluster());
    require(file, facts.id, "node.id", options.id());
    require(file, facts.raft, "raft.address", options.raftAddress());
  }

  private static void require(Path file, String found, String key, String wanted) {
    if (!wanted.equals(found)) {
      throw new StorageException.InvalidConfiguration(
          file
              + ": this directory belongs to "
              + key
              + " = "
              + found
              + ", not "
              + wanted
              + "; give that value or another directory");
    }
  }

  private static Facts read(Disk disk, Path path) {
    byte[] bytes;
    try (DiskFile file = disk.open(path, OpenMode.READ)) {
      bytes = new byte[(int) Math.min(file.size(), BYTES_MAX + 1)];
      int read = file.read(0, MemorySegment.ofArray(bytes), 0, bytes.length);
      if (read != bytes.length || read > BYTES_MAX) {
        throw new StorageException.Corrupt(path, read, "it is longer or shorter than it can be");
      }
    }
    // One character a byte, so that whatever stands there can be compared with its checksum.
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    int end = text.lastIndexOf(CRC);
    if (end < 0 || !text.substring(end).equals(CRC + crc(bytes, end) + "\n")) {
      throw new StorageException.Corrupt(path, 0, "it does not match its checksum");
    }
    List<String> lines = new String(bytes, 0, end, StandardCharsets.UTF_8).lines().toList();
    String first = lines.isEmpty() ? "" : lines.getFirst();
    if (!first.equals(HEAD + VERSION)) {
      throw new StorageException.UnsupportedFormat(
          path + ": begins with '" + first + "'; this reads '" + HEAD + VERSION + "'");
    }
    if (lines.size() != 4) {
      throw new StorageException.Corrupt(path, 0, "it has " + lines.size() + " lines, not 4");
    }
    return new Facts(
        fact(path, lines.get(1), "id "),
        fact(path, lines.get(2), "cluster "),
        fact(path, lines.get(3), "raft "));
  }

  private static String fact(Path path, String line, String name) {
    if (!line.startsWith(name)) {
      throw new StorageException.Corrupt(path, 0, "'" + line + "' stands where '" + name + "' is");
    }
    return line.substring(name.length());
  }

  private static void write(Disk disk, Path path, KvOptions options) {
    String facts =
        (HEAD + VERSION + "\n")
            + ("id " + options.id() + "\n")
            + ("cluster " + options.cluster() + "\n")
            + ("raft " + options.raftAddress() + "\n");
    byte[] head = facts.getBytes(StandardCharsets.UTF_8);
    byte[] bytes = (facts + CRC + crc(head, head.length) + "\n").getBytes(StandardCharsets.UTF_8);
    Path half = path.resolveSibling(NAME + ".tmp");
    if (disk.exists(half)) {
      disk.delete(half);
    }
    try (DiskFile file = disk.open(half, OpenMode.CREATE)) {
      file.write(0, MemorySegment.ofArray(bytes), 0, bytes.length, ByteCause.MANIFEST);
      file.syncAll();
    }
    disk.rename(half, path);
    disk.syncDirectory(path.resolveSibling(""));
  }

  /// Makes a folder with the missing ones above it, each name durable before the next is made.
  private static void makeDurable(Disk disk, Path directory) {
    Path above = directory.getParent();
    if (above == null) {
      return;
    }
    if (!disk.exists(directory)) {
      makeDurable(disk, above);
      disk.createDirectories(directory);
    }
    disk.syncDirectory(above);
  }

  private static String crc(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return String.format("%08x", crc.getValue());
  }
}
