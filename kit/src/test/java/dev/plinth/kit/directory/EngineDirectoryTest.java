package dev.plinth.kit.directory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.plinth.kit.disk.SystemDisk;
import dev.plinth.spi.EngineOptions;
import dev.plinth.spi.StorageException;
import dev.plinth.spi.disk.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EngineDirectoryTest {
  private static final EngineOptions OPTIONS = EngineOptions.of(List.of(), Map.of());

  private final Disk disk = new SystemDisk();

  @TempDir Path folder;
  private Path path;

  @BeforeEach
  void name() {
    path = folder.resolve("a/store");
  }

  private EngineDirectory open(String engine, int version) {
    return EngineDirectory.open(disk, path, engine, version, OPTIONS);
  }

  private UUID openAndClose() {
    try (EngineDirectory directory = open("btree", 2)) {
      return directory.storeId();
    }
  }

  @Test
  void createsAndKnowsItsOwnAgain() throws IOException {
    UUID id;
    try (EngineDirectory directory = open("btree", 2)) {
      assertTrue(directory.created());
      assertEquals(path, directory.path());
      assertSame(disk, directory.disk());
      assertEquals(path.resolve("x"), directory.file("x"));
      assertEquals(2, directory.formatVersion());
      id = directory.storeId();
      assertThrows(StorageException.Locked.class, this::openAndClose);
    }
    assertEquals(List.of("IDENTITY", "LOCK", "OPTIONS"), disk.list(path));
    Files.write(path.resolve("data"), new byte[1]);
    EngineDirectory again = open("btree", 3);
    assertFalse(again.created());
    assertEquals(2, again.formatVersion());
    assertEquals(id, again.storeId());
    again.close();
    again.close();
    assertEquals(id, openAndClose());
  }

  @Test
  void writesOptionsDownWhenTheyChange() throws IOException {
    openAndClose();
    Path file = path.resolve("OPTIONS");
    String text = Files.readString(file);
    assertTrue(text.startsWith("# How this store was opened last."), text);
    assertTrue(text.endsWith("engine = btree\nchecked = off\nwal = on\n"), text);
    Object before = Files.readAttributes(file, "unix:ino").get("ino");
    openAndClose();
    assertEquals(before, Files.readAttributes(file, "unix:ino").get("ino"));
    Map<String, String> given = Map.of("wal", "off");
    EngineDirectory.open(disk, path, "btree", 2, EngineOptions.of(List.of(), given)).close();
    assertTrue(Files.readString(file).endsWith("wal = off\n"));
    assertFalse(Files.exists(path.resolve("OPTIONS.tmp")));
  }

  @Test
  void refusesOthersAndChangesNothing() throws IOException {
    openAndClose();
    Files.delete(path.resolve("LOCK"));
    assertRefused("belongs to the engine btree, not bitcask", () -> open("bitcask", 2));
    assertRefused("version 2 of the format of btree", () -> open("btree", 1));
    assertEquals(List.of("IDENTITY", "OPTIONS"), disk.list(path));
    openAndClose();
  }

  @Test
  void refusesWhatItDoesNotUnderstand() throws IOException {
    Files.createDirectories(path);
    Files.write(path.resolve("LOCK"), new byte[0]);
    Files.writeString(path.resolve("thesis.tex"), "x");
    assertRefused("holds thesis.tex", this::openAndClose);
    assertEquals(List.of("LOCK", "thesis.tex"), disk.list(path));
    Files.delete(path.resolve("thesis.tex"));
    Files.createDirectory(path.resolve("lost+found"));
    Files.write(path.resolve("IDENTITY.tmp"), new byte[100]);
    openAndClose();
    Files.writeString(path.resolve("IDENTITY"), "0b5e2e36-6a3f-4f0b-9a57-e3ba5d2c9a6f");
    assertRefused("this is not an identity of Plinth", this::openAndClose);
    Files.write(path.resolve("IDENTITY"), new byte[2 << 20]);
    assertRefused("bytes are too many", this::openAndClose);
    path = Files.writeString(folder.resolve("file"), "x");
    assertThrows(StorageException.Io.class, this::openAndClose);
  }

  @Test
  void anyFlippedBitOfTheIdentityIsReported() throws IOException {
    openAndClose();
    Path file = path.resolve("IDENTITY");
    byte[] good = Files.readAllBytes(file);
    Random random = new Random(5);
    for (int i = 0; i < good.length; i++) {
      byte[] bad = good.clone();
      bad[i] ^= (byte) (1 << random.nextInt(8));
      Files.write(file, bad);
      StorageException.Corrupt e = assertThrows(StorageException.Corrupt.class, this::openAndClose);
      assertEquals(file, e.file());
    }
    for (int length : new int[] {0, 5, 63, 65}) {
      Files.write(file, Arrays.copyOf(good, length));
      assertThrows(StorageException.Corrupt.class, this::openAndClose);
    }
    Files.write(file, good);
    openAndClose();
  }

  @Test
  void anIdentityThatEndsEarlyIsReported() {
    openAndClose();
    Disk ending =
        new StoppingDisk(Integer.MAX_VALUE, new StorageException.Io("stopped", null)) {
          @Override
          Object result(String method, Object result) {
            return method.equals("read") ? (Object) 60 : result;
          }
        }.over(disk);
    String message =
        assertThrows(
                StorageException.Corrupt.class,
                () -> EngineDirectory.open(ending, path, "btree", 2, OPTIONS))
            .getMessage();
    assertTrue(message.contains("damaged at offset 60"), message);
  }

  @Test
  void refusesIdentitiesOfNewerVersionsAndUnknownShape() {
    IdentityFormat.Identity identity =
        new IdentityFormat.Identity("lsm-leveled", 7, new UUID(3, 4));
    Path file = Path.of("IDENTITY");
    byte[] bytes = IdentityFormat.encode(identity);
    assertEquals(identity, IdentityFormat.decode(file, bytes));
    bytes[8] = 2;
    repair(bytes);
    assertRefused("the identity has version 2", () -> IdentityFormat.decode(file, bytes));
    bytes[8] = 1;
    bytes[32] = 24;
    repair(bytes);
    assertThrows(StorageException.Corrupt.class, () -> IdentityFormat.decode(file, bytes));
    bytes[0] = 'X';
    repair(bytes);
    assertThrows(StorageException.Corrupt.class, () -> IdentityFormat.decode(file, bytes));
  }

  /// The bytes of version 1, for ever.
  @Test
  void goldenIdentity() {
    byte[] bytes =
        IdentityFormat.encode(
            new IdentityFormat.Identity(
                "btree", 2, new UUID(0x0123456789abcdefL, 0xfedcba9876543210L)));
    assertEquals(
        "504c494e544849440100000002000000efcdab89674523011032547698badcfe"
            + "056274726565000000000000000000000000000000000000000000006675afa6",
        HexFormat.of().formatHex(bytes));
  }

  @Test
  void refusesNamesAndVersionsThatAreNone() {
    assertThrows(IllegalArgumentException.class, () -> open("B-Tree", 1));
    assertThrows(IllegalArgumentException.class, () -> open("a".repeat(24), 1));
    assertThrows(IllegalArgumentException.class, () -> open("btree", 0));
    assertFalse(Files.exists(folder.resolve("a")));
  }

  @Test
  void opensAfterAStopAtAnyStepOfCreation() {
    StorageException failure = new StorageException.Io("stopped", null);
    StoppingDisk whole = new StoppingDisk(Integer.MAX_VALUE, failure);
    EngineDirectory.open(whole.over(disk), path, "btree", 2, OPTIONS).close();
    assertEquals(
        List.of(
            "syncDirectory " + folder.getParent().getFileName(),
            "createDirectories a",
            "syncDirectory " + folder.getFileName(),
            "createDirectories store",
            "syncDirectory a",
            "lock LOCK",
            "open IDENTITY.tmp",
            "write MANIFEST",
            "syncAll ",
            "rename IDENTITY.tmp",
            "syncDirectory store",
            "open OPTIONS.tmp",
            "write MANIFEST",
            "syncAll ",
            "rename OPTIONS.tmp",
            "syncDirectory store"),
        whole.changes);
    for (int step = 1; step <= whole.changes.size(); step++) {
      path = folder.resolve("stop" + step + "/store");
      Disk stopping = new StoppingDisk(step, failure).over(disk);
      assertSame(
          failure,
          assertThrows(
              StorageException.class,
              () -> EngineDirectory.open(stopping, path, "btree", 2, OPTIONS)));
      StoppingDisk second = new StoppingDisk(Integer.MAX_VALUE, failure);
      EngineDirectory.open(second.over(disk), path, "btree", 2, OPTIONS).close();
      // What the stopped one made may not be durable yet: the next one sees to it.
      assertTrue(second.changes.contains("syncDirectory store"), second.changes::toString);
      assertTrue(
          step > 10 || second.changes.contains("syncDirectory stop" + step),
          second.changes::toString);
      openAndClose();
    }
  }

  @Test
  void opensOnAFullDiskWithoutWritingOptionsDown() throws IOException {
    openAndClose();
    Files.writeString(path.resolve("data"), "x");
    Disk full = new StoppingDisk(3, new StorageException.NoSpace("full", null)).over(disk);
    Map<String, String> given = Map.of("wal", "off");
    EngineDirectory.open(full, path, "btree", 2, EngineOptions.of(List.of(), given)).close();
    assertTrue(Files.readString(path.resolve("OPTIONS")).endsWith("wal = on\n"));
  }

  @Test
  void aCheckpointIsAStoreOnceItIsStamped() throws IOException {
    UUID original = openAndClose();
    path = folder.resolve("copy/1");
    EngineDirectory.prepare(disk, path);
    EngineDirectory.prepare(disk, path);
    Files.writeString(path.resolve("data"), "x");
    assertThrows(
        StorageException.InvalidConfiguration.class, () -> EngineDirectory.prepare(disk, path));
    assertRefused("a checkpoint that was not finished", this::openAndClose);
    EngineDirectory.stamp(disk, path, "btree", 2, OPTIONS);
    assertNotEquals(original, openAndClose());
  }

  @Test
  void ownNames() {
    for (String name : List.of("LOCK", "IDENTITY", "OPTIONS", "IDENTITY.tmp", "OPTIONS.tmp")) {
      assertTrue(EngineDirectory.isOwnName(name));
    }
    assertFalse(EngineDirectory.isOwnName("000001.log"));
  }

  private static void repair(byte[] bytes) {
    byte[] checksum =
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(0, crc(bytes)).array();
    System.arraycopy(checksum, 0, bytes, 60, 4);
  }

  private static int crc(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, 60);
    return (int) crc.getValue();
  }

  private static void assertRefused(String part, Runnable action) {
    String message =
        assertThrows(StorageException.UnsupportedFormat.class, action::run).getMessage();
    assertTrue(message.contains(part), message);
  }
}
