package dev.plinth.kit.directory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.conformance.disk.SimDisk;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The room kept for a full disk: how much it is, and when it is taken and given up.
class SpaceReserveTest {
  private static final Path PATH = Path.of("/store");
  private static final Path FILE = PATH.resolve(SpaceReserve.NAME);
  private static final long MIB = 1 << 20;

  @Test
  void isAQuarterOfAMemtableOrWhatTheLogTakesAsTables() {
    assertEquals(MIB, SpaceReserve.bytes(32 << 10));
    assertEquals(4 * MIB, SpaceReserve.bytes(16 * MIB));
    assertEquals(16 * MIB, SpaceReserve.bytes(256 * MIB));
    assertEquals(2 * MIB, SpaceReserve.bytes(32 << 10, 2 * MIB));
    assertEquals(4 * MIB, SpaceReserve.bytes(16 * MIB, 2 * MIB));
    assertEquals(16 * MIB, SpaceReserve.bytes(16 * MIB, 64 * MIB));
  }

  @Test
  void isTakenWhereThereIsRoomAndGivenUpWhereThereIsNone() {
    SimDisk disk = new SimDisk();
    disk.createDirectories(PATH);
    disk.capacity(3 * MIB);
    SpaceReserve.take(disk, PATH, MIB);
    assertFalse(disk.exists(FILE), "less than four times as much is left");

    disk.capacity(4 * MIB);
    SpaceReserve.take(disk, PATH, MIB);
    assertTrue(disk.exists(FILE));
    assertEquals(3 * MIB, disk.usableBytes(PATH));

    SpaceReserve.giveUpWhenFull(disk, PATH, MIB);
    assertTrue(disk.exists(FILE), "the disk is not full");
    disk.capacity(2 * MIB - 4096);
    SpaceReserve.giveUpWhenFull(disk, PATH, MIB);
    assertFalse(disk.exists(FILE));
    assertFalse(SpaceReserve.giveUp(disk, PATH), "there is nothing more to give");
  }
}
