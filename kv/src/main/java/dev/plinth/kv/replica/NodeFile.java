package dev.plinth.kv.replica;

import dev.plinth.kv.KvOptions;
import dev.plinth.spi.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The file `NODE` of a node's directory, version 1: whose directory it is. Written once, before
/// anything else; a directory of another node or cluster is refused and left as it was.
///
/// UTF-8 text, a fact a line, the last line the CRC32C (eight hexadecimal digits) of all bytes
/// before it:
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
  private static final String HEAD = "plinth-kv-node 1";
  private static final String CRC = "crc ";

  private NodeFile() {}

  /// Checks that a directory is this node's; makes it so when it is nobody's.
  ///
  /// @throws StorageException.InvalidConfiguration when it is another node's, or a cluster's of
  ///   another name
  static void claim(Path directory, KvOptions options) {
    Path file = directory.resolve(NAME);
    try {
      if (Files.exists(file)) {
        compare(file, read(file), options);
        return;
      }
      Files.createDirectories(directory);
      write(file, options);
    } catch (IOException e) {
      throw new StorageException.Io(file + ": " + e, e);
    }
  }

  private static void compare(Path file, Map<String, String> facts, KvOptions options) {
    require(file, facts, "cluster", "cluster.id", options.cluster());
    require(file, facts, "id", "node.id", options.id());
    require(file, facts, "raft", "raft.address", options.raftAddress());
  }

  private static void require(
      Path file, Map<String, String> facts, String fact, String key, String wanted) {
    @Nullable String found = facts.get(fact);
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

  private static Map<String, String> read(Path file) throws IOException {
    String text = Files.readString(file);
    int end = text.lastIndexOf(CRC);
    if (end < 0 || !text.substring(end).equals(CRC + crc(text.substring(0, end)) + "\n")) {
      throw new StorageException.Corrupt(file, 0, "it does not match its checksum");
    }
    if (!text.startsWith(HEAD + "\n")) {
      throw new StorageException.UnsupportedFormat(
          file + ": begins with '" + text.lines().findFirst().orElse("") + "'; this reads " + HEAD);
    }
    Map<String, String> facts = new TreeMap<>();
    text.substring(0, end)
        .lines()
        .skip(1)
        .forEach(
            line -> {
              int space = line.indexOf(' ');
              facts.put(
                  line.substring(0, Math.max(0, space)), line.substring(Math.max(0, space + 1)));
            });
    return facts;
  }

  private static void write(Path file, KvOptions options) throws IOException {
    String text =
        HEAD
            + "\nid "
            + options.id()
            + "\ncluster "
            + options.cluster()
            + "\nraft "
            + options.raftAddress()
            + "\n";
    byte[] bytes = (text + CRC + crc(text) + "\n").getBytes(StandardCharsets.UTF_8);
    Path half = file.resolveSibling(NAME + ".tmp");
    try (FileChannel channel =
        FileChannel.open(
            half,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
    Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    syncFolder(file.getParent());
  }

  private static void syncFolder(@Nullable Path folder) throws IOException {
    if (folder != null && !System.getProperty("os.name", "").startsWith("Windows")) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  private static String crc(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.UTF_8));
    return String.format("%08x", crc.getValue());
  }
}
