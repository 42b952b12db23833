package dev.plinth.bench.oracle;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BiConsumer;

/// Where the map in memory stays between two cells: the number of entries, then for each the length
/// of its key, its key, the length of its value, its value. Made for one run on one machine;
/// nothing protects it against a crash.
record OracleFile(Path directory) {
  private static final String NAME = "oracle.map";

  /// Shows what was written; nothing where nothing was.
  void read(BiConsumer<byte[], byte[]> visitor) {
    Path file = directory.resolve(NAME);
    if (!Files.exists(file)) {
      return;
    }
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      for (long left = in.readLong(); left > 0; left--) {
        byte[] key = in.readNBytes(in.readInt());
        visitor.accept(key, in.readNBytes(in.readInt()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Writes all entries.
  void write(OracleMap entries) {
    try {
      Files.createDirectories(directory);
      try (DataOutputStream out =
          new DataOutputStream(
              new BufferedOutputStream(Files.newOutputStream(directory.resolve(NAME))))) {
        out.writeLong(entries.size());
        entries.forEach(
            (key, value) -> {
              write(out, key);
              write(out, value);
            });
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(DataOutputStream out, byte[] bytes) {
    try {
      out.writeInt(bytes.length);
      out.write(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
