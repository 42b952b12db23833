package dev.plinth.spi;

import static dev.plinth.spi.WriteBatchTest.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class KeyRangeTest {

  @Test
  void boundsAreInclusiveAndExclusive() {
    KeyRange range = KeyRange.of(bytes("b"), bytes("d"));
    assertFalse(range.contains(bytes("a")));
    assertTrue(range.contains(bytes("b")));
    assertTrue(range.contains(bytes("czz")));
    assertFalse(range.contains(bytes("d")));
  }

  @Test
  void keysCompareAsUnsignedBytes() {
    KeyRange range = KeyRange.of(new byte[] {(byte) 0x80}, null);
    assertFalse(range.contains(new byte[] {0x7f, 1}));
    assertTrue(range.contains(new byte[] {(byte) 0xff}));
  }

  @Test
  void prefixEndsBehindItsLastExtension() {
    KeyRange range = KeyRange.prefix(new byte[] {1, (byte) 0xff});
    assertTrue(range.contains(new byte[] {1, (byte) 0xff, (byte) 0xff}));
    assertFalse(range.contains(new byte[] {2}));
    KeyRange open = KeyRange.prefix(new byte[] {(byte) 0xff, (byte) 0xff});
    assertNull(open.to());
    assertFalse(open.contains(new byte[] {(byte) 0xff, (byte) 0xfe}));
    assertTrue(KeyRange.prefix(new byte[0]).contains(bytes("any")));
  }

  @Test
  void knowsWhenNothingFits() {
    assertTrue(KeyRange.of(bytes("b"), bytes("b")).isEmpty());
    assertTrue(KeyRange.of(null, new byte[0]).isEmpty());
    assertFalse(KeyRange.all().isEmpty());
    assertFalse(KeyRange.of(bytes("a"), bytes("a\0")).isEmpty());
  }

  @Test
  void ownsItsBounds() {
    byte[] from = bytes("b");
    KeyRange range = KeyRange.of(from, null);
    from[0] = 'z';
    assertTrue(range.contains(bytes("c")));
    range.from()[0] = 'z';
    assertTrue(range.contains(bytes("c")));
    assertEquals(KeyRange.of(bytes("b"), null), range);
    assertEquals(KeyRange.of(bytes("b"), null).hashCode(), range.hashCode());
    assertEquals("[62, ..)", range.toString());
  }
}
