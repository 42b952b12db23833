package dev.plinth.bench.workload;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// The regular files below a folder as entries: relative path -> content. Content over
/// [#PART_BYTES] is split: the first part has the path as its key, part `n` the path, a zero byte
/// and eight digits. Links and special files are passed over and counted.
///
/// @param parts the entries in ascending order of path and part
/// @param skipped how many links and special files there were
public record FolderTree(List<Part> parts, long skipped) {
  /// The most bytes of content that one entry holds.
  public static final int PART_BYTES = 1 << 20;

  /// One entry.
  ///
  /// @param file the file
  /// @param key the key's bytes
  /// @param offset where in the file the content starts
  /// @param length how many bytes it has
  @SuppressWarnings("ArrayRecordComponent") // Never compared: one array a key, without a copy.
  public record Part(Path file, byte[] key, long offset, int length) {}

  /// Reads the names and sizes below a folder.
  public static FolderTree of(Path folder) {
    List<Part> parts = new ArrayList<>();
    long[] skipped = new long[1];
    try {
      Files.walkFileTree(
          folder,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (attributes.isRegularFile()) {
                split(folder, file, attributes.size(), parts);
              } else {
                skipped[0]++;
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the folder to ingest: " + e.getMessage(), e);
    }
    parts.sort(Comparator.comparing(Part::key, java.util.Arrays::compareUnsigned));
    return new FolderTree(parts, skipped[0]);
  }

  /// Bytes of all keys and contents.
  public long bytes() {
    return parts.stream().mapToLong(part -> part.key().length + (long) part.length()).sum();
  }

  /// Bytes of all keys.
  public long keyBytes() {
    return parts.stream().mapToLong(part -> part.key().length).sum();
  }

  /// Reads the content of an entry into the start of a buffer.
  ///
  /// @throws UncheckedIOException when the file became shorter meanwhile or cannot be read
  public static void read(Part part, MemorySegment buffer) {
    try (FileChannel channel = FileChannel.open(part.file(), StandardOpenOption.READ)) {
      ByteBuffer target = buffer.asSlice(0, part.length()).asByteBuffer();
      while (target.hasRemaining()) {
        if (channel.read(target, part.offset() + target.position()) < 0) {
          throw new IOException(part.file() + " became shorter while it was read");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void split(Path folder, Path file, long size, List<Part> parts) {
    String name = folder.relativize(file).toString().replace('\\', '/');
    long offset = 0;
    int number = 0;
    do {
      int length = (int) Math.min(PART_BYTES, size - offset);
      String key = number == 0 ? name : String.format("%s\0%08d", name, number);
      parts.add(new Part(file, key.getBytes(StandardCharsets.UTF_8), offset, length));
      offset += length;
      number++;
    } while (offset < size);
  }
}
