package dev.plinth.kit.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.plinth.spi.disk.OpenMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ChannelDiskTest extends SystemDiskContract {
  ChannelDiskTest() {
    super(new SystemDisk(false));
  }

  @Test
  void goesOnWhenAnInterruptClosedTheReadersChannel() {
    Path path = folder.resolve("f");
    byte[] bytes = random(100_000, 9);
    try (ChannelFile file = ChannelFile.open(path, OpenMode.CREATE);
        Arena arena = Arena.ofConfined()) {
      write(file, 0, bytes);
      file.loseReading();
      disk.rename(path, folder.resolve("g"));
      disk.open(path, OpenMode.CREATE).close();
      assertArrayEquals(bytes, read(file, bytes.length));
      assertEquals(-1, file.map(0, bytes.length, arena).mismatch(MemorySegment.ofArray(bytes)));
    }
  }
}
