package dev.plinth.kit.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class RawMemoryTest {
  @Test
  void numbersComeBack() {
    try (SlabPool pool = new SlabPool(4096, 4096)) {
      long at = pool.acquire().address();
      RawMemory.putByte(at + 1, (byte) -2);
      RawMemory.putShort(at + 3, (short) -300);
      RawMemory.putInt(at + 5, -70_000);
      RawMemory.putLong(at + 9, -5_000_000_000L);
      assertEquals(-2, RawMemory.getByte(at + 1));
      assertEquals(-300, RawMemory.getShort(at + 3));
      assertEquals(-70_000, RawMemory.getInt(at + 5));
      assertEquals(-5_000_000_000L, RawMemory.getLong(at + 9));
      RawMemory.clear(at, 64);
      assertEquals(0, RawMemory.getLong(at + 9));
    }
  }

  @Test
  void orderedNumbersComeBack() {
    try (SlabPool pool = new SlabPool(4096, 4096)) {
      long at = pool.acquire().address();
      RawMemory.putIntRelease(at, 5);
      assertEquals(5, RawMemory.getIntAcquire(at));
      RawMemory.putIntVolatile(at, 6);
      assertEquals(6, RawMemory.getIntVolatile(at));
      assertTrue(RawMemory.compareAndSetInt(at, 6, 7));
      assertFalse(RawMemory.compareAndSetInt(at, 6, 8));
      assertEquals(7, RawMemory.getAndAddInt(at, 3));
      assertEquals(10, RawMemory.getInt(at));
      RawMemory.putLongRelease(at, 5);
      assertEquals(5, RawMemory.getLongAcquire(at));
      RawMemory.putLongVolatile(at, 6);
      assertEquals(6, RawMemory.getLongVolatile(at));
      assertTrue(RawMemory.compareAndSetLong(at, 6, 7));
      assertFalse(RawMemory.compareAndSetLong(at, 6, 8));
      assertEquals(7, RawMemory.getAndAddLong(at, -3));
      assertEquals(4, RawMemory.getLong(at));
      assertThrows(IllegalArgumentException.class, () -> RawMemory.getLongVolatile(at + 1));
    }
  }

  @Test
  void copiesAndCompares() {
    MemorySegment hello = MemorySegment.ofArray("hello world".getBytes(StandardCharsets.US_ASCII));
    try (SlabPool pool = new SlabPool(4096, 4096)) {
      long at = pool.acquire().address();
      RawMemory.copyIn(hello, 0, at, 11);
      RawMemory.copy(at, at + 4, 11);
      assertEquals(0, RawMemory.compare(at + 4, 11, hello, 0, 11));
      assertTrue(RawMemory.compare(at + 4, 4, hello, 0, 11) < 0);
      assertTrue(RawMemory.compare(at + 4, 5, at + 10, 5) < 0);
      MemorySegment target = MemorySegment.ofArray(new byte[20]);
      RawMemory.copyOut(at + 4, target, 2, 11);
      assertTrue(Keys.equal(hello, 0, 11, target, 2, 11));
      assertEquals(Keys.prefix(hello, 0, 11), RawMemory.prefix(at + 4, 11));
      assertTrue(Keys.equal(hello, 0, 11, RawMemory.all(), at + 4, 11));
      assertTrue(RawMemory.all().isReadOnly());
    }
  }

  @Test
  void liveRangesKnowWhatIsAlive() {
    LiveRanges live = new LiveRanges();
    live.add(1000, 100);
    live.require(1000, 100);
    live.require(1099, 1);
    assertThrows(IllegalStateException.class, () -> live.require(999, 1));
    assertThrows(IllegalStateException.class, () -> live.require(1099, 2));
    assertThrows(IllegalStateException.class, () -> live.require(1000, -1));
    assertThrows(IllegalStateException.class, () -> live.add(1000, 5));
    live.remove(1000);
    assertThrows(IllegalStateException.class, () -> live.require(1000, 1));
    assertThrows(IllegalStateException.class, () -> live.remove(1000));
  }

  @Test
  void checkedModeFindsUseAfterRelease() throws Exception {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-Dplinth.checked=true",
                    "-Xmx64m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Misuse.class.getName()))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    assertTrue(output.contains("found: 8 bytes at address"), output);
  }

  /// Reads a slab after its release; run in a JVM of its own, in checked mode.
  static final class Misuse {
    private Misuse() {}

    public static void main(String[] arguments) {
      try (SlabPool pool = new SlabPool(4096, 4096)) {
        SlabPool.Slab slab = pool.acquire();
        RawMemory.putLong(slab.address(), 1);
        pool.release(slab);
        RawMemory.getLong(slab.address());
      } catch (IllegalStateException e) {
        System.out.println("found: " + e.getMessage());
      }
    }
  }
}
