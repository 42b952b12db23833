package dev.plinth.kit.log;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.SimDisk;
import dev.plinth.kit.memory.Crc32c;
import dev.plinth.kit.memory.Layouts;
import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Files of version 1 that must be read for ever, byte for byte.
///
/// They hold: three records; a close; the end mark of the reopening; in the second segment a
/// record, the truncation that voids the last two, one more record, and a close.
final class LogGoldenTest {
  private static final Path FOLDER = Path.of("/log");
  private static final long STORE = 0x0123_4567_89ab_cdefL;
  private static final List<String> NAMES = List.of("0000000000000001.log", "0000000000000002.log");

  private static SimDisk disk() throws Exception {
    SimDisk disk = new SimDisk();
    disk.createDirectories(FOLDER);
    for (String name : NAMES) {
      put(disk, name, bytes(name));
    }
    return disk;
  }

  private static void put(SimDisk disk, String name, byte[] bytes) {
    try (DiskFile file = disk.open(FOLDER.resolve(name), OpenMode.CREATE)) {
      file.write(0, MemorySegment.ofArray(bytes), 0, bytes.length, ByteCause.OTHER);
    }
  }

  private static byte[] bytes(String name) throws Exception {
    try (InputStream in = LogGoldenTest.class.getResourceAsStream("golden-1/" + name)) {
      return in.readAllBytes();
    }
  }

  @Test
  void versionOneIsRead() throws Exception {
    Entry.Collector found = new Entry.Collector();
    LogTail tail = LogReader.read(disk(), FOLDER, STORE, 0, 0, found);
    assertEquals(
        List.of(Entry.numbered(1, 0), Entry.numbered(200, 130), Entry.numbered(6, 9)),
        found.entries);
    assertTrue(tail.clean());
    assertEquals(List.of(1L, 2L), tail.numbers());
  }

  @Test
  void theWriterStillWritesTheseBytes() throws Exception {
    SimDisk disk = disk();
    List<Integer> kinds = new ArrayList<>();
    for (int i = 0; i < NAMES.size(); i++) {
      byte[] golden = bytes(NAMES.get(i));
      MemorySegment original = MemorySegment.ofArray(golden);
      byte[] again = new byte[golden.length];
      MemorySegment copy = MemorySegment.ofArray(again);
      try (SegmentScan scan =
          new SegmentScan(disk, FOLDER.resolve(NAMES.get(i)), LogFormat.MAGIC, STORE, i + 1)) {
        SegmentHeader header = scan.header();
        LogFormat.putHeader(copy, LogFormat.MAGIC, STORE, i + 1, header.salt(), header.previous());
        while (scan.next()) {
          kinds.add(scan.kind());
          long at = scan.offset();
          long body =
              LogFormat.putPrefix(
                  copy, at, scan.kind(), scan.length(), scan.first(), scan.second());
          MemorySegment.copy(original, body, copy, body, scan.length());
          LogFormat.putCrc(copy, at, scan.end(), header.seed(), at, new Crc32c());
        }
      }
      assertArrayEquals(golden, again);
    }
    assertEquals(List.of(1, 0x81, 0x80, 0x83, 1, 3, 2, 1, 0x84, 4, 1, 0x81, 1, 3), kinds);
  }

  @Test
  void aNewerVersionIsRefused() throws Exception {
    byte[] newer = bytes(NAMES.getFirst());
    MemorySegment header = MemorySegment.ofArray(newer);
    header.set(Layouts.INT, 8, LogFormat.VERSION + 1);
    header.set(Layouts.INT, 12, LogFormat.headerCrc(header));
    SimDisk disk = new SimDisk();
    disk.createDirectories(FOLDER);
    put(disk, NAMES.getFirst(), newer);
    assertThrows(
        StorageException.UnsupportedFormat.class,
        () -> LogReader.read(disk, FOLDER, STORE, 0, 0, new Entry.Collector()));
  }
}
