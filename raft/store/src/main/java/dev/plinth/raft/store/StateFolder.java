package dev.plinth.raft.store;

import dev.plinth.kit.memory.Crc32c;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// What the file `STATE` says of a folder that holds an exported state machine, version 1: UTF-8
/// text, one fact a line, the last line the CRC32C (eight hexadecimal digits) of all bytes before
/// it. These bytes are on disks.
///
/// ```
/// plinth-state 1
/// kind checkpoint | chunks
/// engine NAME
/// group NUMBER INDEX TERM        for every group that has applied something
/// crc DIGITS
/// ```
///
/// A `checkpoint` is an engine's directory named `state`. `chunks` are in the file `state.chunks`,
/// each behind its length (8 bytes, little-endian).
///
/// @param kind how the state is kept
/// @param engine the engine that it was taken from
/// @param applied what each group was applied up to
record StateFolder(Kind kind, String engine, SortedMap<Long, StateMachineStore.Applied> applied) {
  static final String FILE = "STATE";
  static final String CHECKPOINT = "state";
  static final String CHUNKS = "state.chunks";

  private static final String HEAD = "plinth-state ";
  private static final String VERSION = HEAD + "1";
  private static final String CRC = "crc ";
  private static final int BYTES_MAX = 1 << 20;

  /// How a state is kept in a folder.
  enum Kind {
    CHECKPOINT("checkpoint"),
    CHUNKS("chunks");

    private final String word;

    Kind(String word) {
      this.word = word;
    }
  }

  StateFolder {
    applied = Collections.unmodifiableSortedMap(new TreeMap<>(applied));
  }

  /// Writes the file, durably; the folder is synced by the caller.
  void write(Disk disk, Path folder) {
    StringBuilder text = new StringBuilder(VERSION).append('\n');
    text.append("kind ").append(kind.word).append('\n');
    text.append("engine ").append(engine).append('\n');
    applied.forEach(
        (group, at) ->
            text.append("group ")
                .append(group)
                .append(' ')
                .append(at.index())
                .append(' ')
                .append(at.term())
                .append('\n'));
    String crc = crc(text.toString());
    text.append(CRC).append(crc).append('\n');
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    try (DiskFile file = disk.open(folder.resolve(FILE), OpenMode.CREATE)) {
      file.write(0, MemorySegment.ofArray(bytes), 0, bytes.length, ByteCause.MANIFEST);
      file.syncAll();
    }
  }

  /// Reads the file.
  ///
  /// @throws StorageException.Corrupt when it does not match its checksum
  /// @throws StorageException.UnsupportedFormat when it is not there, or of another version
  static StateFolder read(Disk disk, Path folder) {
    Path path = folder.resolve(FILE);
    if (!disk.exists(path)) {
      throw new StorageException.UnsupportedFormat(
          path + ": is missing; the folder holds no exported state machine");
    }
    String text = text(disk, path);
    int end = text.lastIndexOf(CRC);
    if (end < 0 || !text.substring(end).equals(CRC + crc(text.substring(0, end)) + "\n")) {
      throw new StorageException.Corrupt(path, 0, "it does not match its checksum");
    }
    List<String> lines = text.substring(0, end).lines().toList();
    if (!lines.getFirst().equals(VERSION)) {
      throw new StorageException.UnsupportedFormat(
          path + ": begins with '" + lines.getFirst() + "'; this reads '" + VERSION + "'");
    }
    return parse(path, lines);
  }

  private static String text(Disk disk, Path path) {
    try (DiskFile file = disk.open(path, OpenMode.READ)) {
      byte[] bytes = new byte[(int) Math.min(file.size(), BYTES_MAX)];
      int read = file.read(0, MemorySegment.ofArray(bytes), 0, bytes.length);
      return new String(bytes, 0, read, StandardCharsets.UTF_8);
    }
  }

  private static StateFolder parse(Path path, List<String> lines) {
    Map<String, String> facts = new TreeMap<>();
    SortedMap<Long, StateMachineStore.Applied> applied = new TreeMap<>();
    try {
      for (String line : lines.subList(1, lines.size())) {
        List<String> words = new ArrayList<>(List.of(line.split(" ", -1)));
        if (words.getFirst().equals("group")) {
          applied.put(
              Long.parseLong(words.get(1)),
              new StateMachineStore.Applied(
                  Long.parseLong(words.get(2)), Long.parseLong(words.get(3))));
        } else {
          facts.put(words.getFirst(), words.get(1));
        }
      }
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      throw new StorageException.UnsupportedFormat(path + ": holds a line that is not understood");
    }
    for (Kind kind : Kind.values()) {
      if (kind.word.equals(facts.get("kind")) && facts.containsKey("engine")) {
        return new StateFolder(kind, facts.getOrDefault("engine", ""), applied);
      }
    }
    throw new StorageException.UnsupportedFormat(path + ": names no kind that is known: " + facts);
  }

  /// Whether a name is a folder. A disk has no question for it, but a file cannot be listed; where
  /// listing a folder fails, opening it as a file fails too and tells.
  static boolean isFolder(Disk disk, Path path) {
    try {
      return disk.list(path) != null;
    } catch (StorageException.Io e) {
      return false;
    }
  }

  private static String crc(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int crc = new Crc32c().start().add(MemorySegment.ofArray(bytes), 0, bytes.length).value();
    return String.format("%08x", crc);
  }
}
