package dev.plinth.kit.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import dev.plinth.spi.disk.ReadAdvice;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeteredDiskTest {
  private final MeteredDisk disk = new MeteredDisk(new SystemDisk());

  @TempDir Path folder;

  @Test
  void countsBytesByCauseReadsAndSyncs() {
    MemorySegment memory = MemorySegment.ofArray(new byte[100]);
    try (DiskFile file = disk.open(folder.resolve("f"), OpenMode.CREATE)) {
      assertEquals(folder.resolve("f"), file.path());
      file.write(0, memory, 0, 100, ByteCause.LOG);
      file.write(100, memory, 0, 30, ByteCause.LOG);
      file.write(130, memory, 0, 7, ByteCause.MANIFEST);
      assertEquals(100, file.read(0, memory, 0, 100));
      assertEquals(37, file.read(100, memory, 0, 100));
      disk.mappedBytesTouched(1_000);
      file.syncData();
      file.syncAll();
      disk.syncDirectory(folder);
      assertEquals(130, disk.ledger().bytes(ByteCause.LOG));
      assertEquals(7, disk.ledger().bytes(ByteCause.MANIFEST));
      assertEquals(137, disk.ledger().total());
      assertEquals(1_137, disk.fileBytesRead());
      assertEquals(2, disk.reads());
      assertEquals(3, disk.writes());
      assertEquals(3, disk.syncs());
      assertTrue(disk.syncNanos() > 0);
      assertEquals(137, file.size());
      file.reserve(200);
      file.truncate(150);
      file.advise(0, 0, ReadAdvice.RANDOM);
      assertEquals(150, file.map(0, 150, Arena.ofAuto()).byteSize());
      assertEquals(137, disk.ledger().total());
    }
  }

  @Test
  void passesEverythingOn() {
    Path deep = folder.resolve("a/b");
    disk.createDirectories(deep);
    disk.open(deep.resolve("f"), OpenMode.CREATE).close();
    disk.link(deep.resolve("f"), deep.resolve("g"));
    disk.rename(deep.resolve("f"), deep.resolve("h"));
    assertEquals(List.of("g", "h"), disk.list(deep));
    disk.delete(deep.resolve("g"));
    assertFalse(disk.exists(deep.resolve("g")));
    assertEquals(0, disk.size(deep.resolve("h")));
    assertTrue(disk.usableBytes(deep) > 0);
    try (var _ = disk.lock(deep.resolve("LOCK"))) {
      assertThrows(StorageException.Locked.class, () -> disk.lock(deep.resolve("LOCK")));
    }
  }
}
