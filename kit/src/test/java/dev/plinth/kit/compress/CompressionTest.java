package dev.plinth.kit.compress;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.plinth.spi.StorageException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class CompressionTest {
  private static final int HEAD = 3;

  @ParameterizedTest
  @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void whatIsPackedComesBack(Compression compression) throws Exception {
    Packer packer = new Packer(compression);
    Unpacker unpacker = new Unpacker();
    Random random = new Random(1);
    for (int bytes = 64; bytes < 40_000; bytes = bytes * 3 / 2) {
      byte[] plain = compressible(random, bytes);
      int stored = packer.pack(MemorySegment.ofArray(plain), 0, bytes, HEAD, 0);
      unpacker.unpack(compression, packer.segment(), HEAD, stored - HEAD, bytes);
      assertArrayEquals(plain, unpacker.segment().asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE));
    }
  }

  @ParameterizedTest
  @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void whatDoesNotShrinkIsLeft(Compression compression) {
    byte[] noise = new byte[1000];
    new Random(2).nextBytes(noise);
    assertEquals(
        -1, new Packer(compression).pack(MemorySegment.ofArray(noise), 0, noise.length, 0, 0));
  }

  @ParameterizedTest
  @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void cutBytesAreMalformed(Compression compression) {
    Packer packer = new Packer(compression);
    int bytes = 5000;
    int stored =
        packer.pack(MemorySegment.ofArray(compressible(new Random(3), bytes)), 0, bytes, 0, 0);
    Unpacker unpacker = new Unpacker();
    assertThrows(
        Unpacker.Malformed.class,
        () -> unpacker.unpack(compression, packer.segment(), 0, stored / 2, bytes));
    assertThrows(
        Unpacker.Malformed.class,
        () -> unpacker.unpack(compression, packer.segment(), 0, stored, bytes + 1));
  }

  @Test
  void codesAndNamesAreTwoWay() {
    for (Compression one : Compression.values()) {
      assertSame(one, Compression.of(one.code()));
      assertSame(one, Compression.named(one.name().toLowerCase(java.util.Locale.ROOT)));
    }
    assertNull(Compression.of(3));
    assertThrows(StorageException.InvalidConfiguration.class, () -> Compression.named("snappy"));
  }

  private static byte[] compressible(Random random, int bytes) {
    byte[] plain = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      plain[i] = (byte) (i % 16 < 12 ? i % 16 : random.nextInt(256));
    }
    return plain;
  }
}
