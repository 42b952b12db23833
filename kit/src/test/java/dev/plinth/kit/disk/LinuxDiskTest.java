package dev.plinth.kit.disk;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.plinth.spi.ByteCause;
import dev.plinth.spi.disk.DiskFile;
import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(
    value = OS.LINUX,
    architectures = {"amd64", "aarch64"})
class LinuxDiskTest extends SystemDiskContract {
  LinuxDiskTest() {
    super(new SystemDisk(true));
  }

  @Test
  void isTheDefaultHere() {
    assertEquals(
        LinuxFile.class, new SystemDisk().open(folder.resolve("f"), OpenMode.CREATE).getClass());
  }

  /// 512-byte blocks, as `stat` tells them.
  private long blocks(Path file) throws Exception {
    Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
    return Long.parseLong(new String(stat.getInputStream().readAllBytes(), US_ASCII).strip());
  }

  @Test
  void discardedRoomGoesBackToTheFileSystem() throws Exception {
    Path path = folder.resolve("f");
    try (DiskFile file = disk.open(path, OpenMode.CREATE)) {
      write(file, 0, random(1 << 20, 5));
      file.syncData();
      long before = blocks(path);
      assumeTrue(file.discard(0, 512 << 10), "this file system takes no room back");
      assertTrue(blocks(path) <= before - 1000, before + " blocks, then " + blocks(path));
      file.reserve(0, 512 << 10);
      assertTrue(blocks(path) >= before, before + " blocks, then " + blocks(path));
      assertEquals(1 << 20, file.size());
    }
  }

  @Test
  void closesDescriptorsAndMappings() throws Exception {
    long before = descriptors();
    for (int i = 0; i < 300; i++) {
      LinuxFile file = LinuxFile.open(folder.resolve("f" + i), OpenMode.CREATE);
      write(file, 0, new byte[10]);
      file.close();
      file.close();
      disk.syncDirectory(folder);
    }
    assertTrue(descriptors() < before + 50);
  }

  @Test
  void forgetsMappingsThatWereUnmapped() {
    LinuxMappings mappings = new LinuxMappings();
    Path path = folder.resolve("f");
    try (LinuxFile file = LinuxFile.open(path, OpenMode.CREATE)) {
      write(file, 0, new byte[10_000]);
    }
    int descriptor = LinuxCalls.open(path, LinuxCalls.O_RDONLY);
    try (Arena arena = Arena.ofConfined()) {
      mappings.map(path, descriptor, 5_000, 10, arena);
      assertEquals(1, mappings.count());
    }
    assertEquals(0, mappings.count());
    LinuxCalls.close(descriptor);
    assertFailsWith(
        "mapping 10 bytes at offset 0 failed: not open for this (errno 9)",
        () -> mappings.map(path, -1, 0, 10, Arena.global()));
  }

  @Test
  void memoryThatMayNotBeUsedIsRefusedAndTheFileStaysUsable() throws Exception {
    try (LinuxFile file = LinuxFile.open(folder.resolve("f"), OpenMode.CREATE)) {
      MemorySegment gone;
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment foreign = arena.allocate(10);
        gone = foreign;
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    file.write(0, foreign, 0, 10, ByteCause.LOG);
                  } catch (Throwable e) {
                    failure.set(e);
                  }
                })
            .join();
        assertEquals(WrongThreadException.class, failure.get().getClass());
      }
      assertThrows(IllegalStateException.class, () -> file.write(0, gone, 0, 10, ByteCause.LOG));
      assertThrows(IllegalStateException.class, () -> file.read(0, gone, 0, 10));
      assertEquals(0, file.size());
      write(file, 0, new byte[10]);
      assertEquals(10, file.size());
    }
  }

  @Test
  void readsAndWritesAllocateNothing() {
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (LinuxFile file = LinuxFile.open(folder.resolve("f"), OpenMode.CREATE);
        Arena arena = Arena.ofShared()) {
      MemorySegment memory = arena.allocate(200);
      long best = Long.MAX_VALUE;
      for (int round = 0; round < 400 && best > 0; round++) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 5_000; i++) {
          file.write(i & 63, memory, i & 63, 130, ByteCause.LOG);
          file.read(i & 63, memory, i & 63, 130);
        }
        best = Math.min(best, (threads.getCurrentThreadAllocatedBytes() - before) / 10_000);
      }
      assertEquals(0, best);
    }
  }

  private static long descriptors() throws Exception {
    try (Stream<?> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }
}
