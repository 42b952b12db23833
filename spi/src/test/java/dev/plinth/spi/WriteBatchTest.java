package dev.plinth.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WriteBatchTest {

  @Test
  void showsItsOperationsInOrder() {
    WriteBatch batch =
        new WriteBatch()
            .put(bytes("a"), bytes("1"))
            .delete(bytes("b"))
            .deleteRange(KeyRange.of(bytes("c"), bytes("f")))
            .deleteRange(KeyRange.all())
            .put(bytes("z"), new byte[0]);

    assertEquals(
        List.of("put a=1", "delete b", "range c..f", "range ..", "put z="), operationsOf(batch));
    assertEquals(5, batch.count());
    assertEquals(2 + 1 + 2 + 0 + 1, batch.userBytes());
  }

  @Test
  void encodingOfVersionOneStaysAsItIs() {
    WriteBatch batch =
        new WriteBatch()
            .put(bytes("key"), bytes("value"))
            .delete(bytes("d"))
            .deleteRange(KeyRange.of(bytes("a"), null));

    assertEquals(
        "0103056b657976616c7565" + "02010064" + "03010061",
        HexFormat.of().formatHex(encoded(batch)));
  }

  @Test
  void longFieldsTakeMoreThanOneByte() {
    byte[] key = new byte[300];
    byte[] value = new byte[70_000];
    new Random(1).nextBytes(value);
    WriteBatch batch = new WriteBatch().put(key, value);
    assertEquals(1 + 2 + 3 + 300 + 70_000, batch.bytes());

    byte[][] seen = new byte[1][];
    batch.forEach(
        new Recorder(new ArrayList<>()) {
          @Override
          public void put(MemorySegment s, long ko, int kl, long vo, int vl) {
            assertEquals(300, kl);
            seen[0] = s.asSlice(vo, vl).toArray(ValueLayout.JAVA_BYTE);
          }
        });
    assertArrayEquals(value, seen[0]);
  }

  @Test
  void emptyRangesAddNothing() {
    WriteBatch batch =
        new WriteBatch()
            .deleteRange(KeyRange.of(bytes("b"), bytes("a")))
            .deleteRange(KeyRange.of(null, new byte[0]));
    assertTrue(batch.isEmpty());
  }

  @Test
  void clearKeepsMemoryAndDropsTheRest() {
    WriteBatch batch = new WriteBatch().put(bytes("a"), new byte[100_000]).applied(3, 7);
    MemorySegment memory = batch.segment();
    assertEquals(3, batch.group());
    assertEquals(7, batch.appliedIndex());
    batch.clear();
    assertTrue(batch.isEmpty());
    assertEquals(0, batch.bytes());
    assertEquals(0, batch.userBytes());
    assertEquals(WriteBatch.NO_GROUP, batch.group());
    assertEquals(-1, batch.appliedIndex());
    assertEquals(memory.address(), batch.segment().address());
  }

  @Test
  void refusesWhatGoesOverItsLimitAndKeepsWhatItHas() {
    WriteBatch batch = new WriteBatch(64).put(bytes("a"), new byte[40]);
    long before = batch.bytes();
    assertThrows(StorageException.LimitExceeded.class, () -> batch.put(bytes("b"), new byte[40]));
    assertEquals(before, batch.bytes());
    assertEquals(1, batch.count());
    assertThrows(StorageException.LimitExceeded.class, () -> batch.put(new byte[0], bytes("x")));
    assertThrows(StorageException.LimitExceeded.class, () -> batch.delete(new byte[0]));
    assertThrows(IllegalArgumentException.class, () -> batch.applied(-1, 0));
    assertThrows(IllegalArgumentException.class, () -> new WriteBatch(0));
    assertEquals(1, batch.count());
  }

  @Test
  void decodingDamagedBytesStopsAtTheBadOperation() {
    WriteBatch batch = new WriteBatch().put(bytes("a"), bytes("1")).put(bytes("b"), bytes("2"));
    byte[] good = encoded(batch);
    for (int length = 0; length < good.length; length++) {
      List<String> seen = new ArrayList<>();
      long bad = WriteBatch.decode(MemorySegment.ofArray(good), 0, length, new Recorder(seen));
      assertEquals(length == 0 || length == 5 ? -1 : length < 5 ? 0 : 5, bad, "cut at " + length);
      assertEquals(length / 5, seen.size());
    }
    for (int i = 0; i < good.length; i++) {
      for (int flip = 1; flip < 256; flip++) {
        byte[] damaged = good.clone();
        damaged[i] ^= (byte) flip;
        WriteBatch.decode(
            MemorySegment.ofArray(damaged), 0, damaged.length, new Recorder(new ArrayList<>()));
      }
    }
  }

  private static List<String> operationsOf(WriteBatch batch) {
    List<String> seen = new ArrayList<>();
    batch.forEach(new Recorder(seen));
    return seen;
  }

  private static byte[] encoded(WriteBatch batch) {
    return batch.segment().asSlice(0, batch.bytes()).toArray(ValueLayout.JAVA_BYTE);
  }

  static byte[] bytes(String text) {
    return text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
  }

  private static class Recorder implements BatchVisitor {
    private final List<String> seen;

    Recorder(List<String> seen) {
      this.seen = seen;
    }

    @Override
    public void put(MemorySegment s, long ko, int kl, long vo, int vl) {
      seen.add("put " + text(s, ko, kl) + "=" + text(s, vo, vl));
    }

    @Override
    public void delete(MemorySegment s, long ko, int kl) {
      seen.add("delete " + text(s, ko, kl));
    }

    @Override
    public void deleteRange(MemorySegment s, long fo, int fl, long to, int tl) {
      seen.add("range " + text(s, fo, fl) + ".." + text(s, to, tl));
    }

    private static String text(MemorySegment s, long offset, int length) {
      byte[] copy = s.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
      return new String(copy, java.nio.charset.StandardCharsets.ISO_8859_1);
    }
  }
}
